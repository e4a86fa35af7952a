"""The catalogue: somebody leaves an address, and perhaps agrees to the newsletter and to being recognised.

Each yes goes to the CIAM with a proof of its own. Only with a yes to analytics does a visit get a number, a
cookie that lasts as long as the browser is open, and only then is the number sent; without it, it isn't sent
at all.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from demo.shop.catalogue_form import NOT_OUR_FORM, REFUSED_ADDRESS, Entry, Mistake, new_wording
from demo.shop.leads import Agreed, Lead, Refused, tell
from demo.shop.pages import page
from demo.shop.purposes import ANALYTICS, Purpose, purposes
from demo.shop.visit import Visit, give_cookie


def ask(visit: Visit) -> Response:
    return form_page(visit, _purposes(visit), Entry())


def send(visit: Visit) -> Response:
    entry = Entry.of(visit.request.form, visit.website)
    if not visit.is_from_our_form():
        return form_page(visit, _purposes(visit), entry, [NOT_OUR_FORM], 403)
    if mistakes := entry.mistakes():
        return form_page(visit, _purposes(visit), entry, mistakes, 400)
    asked = _purposes(visit) if entry.ticks else ()
    ticked = [one for one in asked if one.key in entry.ticks]
    if renewed := [one for one in ticked if not entry.agreed_to(one)]:
        return form_page(visit, asked, entry.without(renewed), [new_wording(one) for one in renewed], 400)
    try:
        made = tell(visit.shop.http, visit.scim, _lead(visit, entry, ticked))
    except Refused:
        return form_page(visit, asked or _purposes(visit), entry, [REFUSED_ADDRESS], 400)
    return _thanked(visit, made)


def thanks(visit: Visit) -> Response:
    return page(visit, "thanks.html")


def form_page(
    visit: Visit,
    asked: Sequence[Purpose],
    entry: Entry,
    mistakes: Sequence[Mistake] = (),
    status: int = 200,
) -> Response:
    mistake_of = {one.field: one.sentence for one in mistakes if one.field}
    return page(
        visit,
        "catalogue.html",
        status,
        email=entry.email,
        interests=[
            {"value": value, "label": label, "ticked": value in entry.interests}
            for value, label in visit.website.interests.items()
        ],
        purposes=[
            {
                "key": one.key,
                "title": one.title,
                "text": one.text,
                "version": str(one.version),
                "text_hash": one.text_hash,
                "locale": one.locale,
                "ticked": one.key in entry.ticks,
                "mistake": mistake_of.get(one.key, ""),
            }
            for one in asked
        ],
        mistakes=[{"field": one.field, "sentence": one.sentence} for one in mistakes],
        email_mistake=mistake_of.get("email", ""),
    )


def _purposes(visit: Visit) -> tuple[Purpose, ...]:
    return purposes(visit.shop.http, visit.facts.base_url, visit.scim)


def _lead(visit: Visit, entry: Entry, ticked: Sequence[Purpose]) -> Lead:
    surface, now = f"{visit.shop.url}{visit.website.at('/catalogue')}", datetime.now(UTC)
    may_count = any(one.key == ANALYTICS for one in ticked)
    visitor = visit.kept(visit.website.visitor_cookie) if may_count else None
    agreed = tuple(Agreed(one, surface, now) for one in ticked)
    return Lead(entry.email, entry.interests, visit.website.source, visitor, agreed)


def _thanked(visit: Visit, made: str) -> Response:
    """The same answer, cookie included, for a new customer and for a known one, of whom nothing is kept."""
    answer = redirect(visit.website.at("/catalogue/thanks"), 303)
    records = visit.shop.records[visit.website]
    name = records.put(made or visit.record)
    records.take(visit.held(visit.website.record_cookie))
    give_cookie(answer, visit.website.record_cookie, name)
    return answer
