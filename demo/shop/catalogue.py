"""The catalogue: somebody leaves an address, and perhaps agrees to the newsletter."""

from collections.abc import Sequence
from datetime import UTC, datetime

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from demo.shop.catalogue_form import NEW_WORDING, NOT_OUR_FORM, REFUSED_ADDRESS, Entry, Mistake
from demo.shop.leads import Agreed, Lead, Refused, tell
from demo.shop.pages import page
from demo.shop.purposes import Purpose, newsletter
from demo.shop.visit import Visit, give_cookie


def ask(visit: Visit) -> Response:
    visit.kept(visit.website.visitor_cookie)
    return form_page(visit, _newsletter(visit), Entry())


def send(visit: Visit) -> Response:
    entry = Entry.of(visit.request.form, visit.website)
    if not visit.is_from_our_form():
        return form_page(visit, _newsletter(visit), entry, [NOT_OUR_FORM], 403)
    if mistakes := entry.mistakes():
        return form_page(visit, _newsletter(visit), entry, mistakes, 400)
    purpose = _newsletter(visit) if entry.newsletter else None
    if purpose and not entry.agreed_to(purpose):
        return form_page(visit, purpose, entry.unticked(), [NEW_WORDING], 400)
    try:
        made = tell(visit.shop.http, visit.scim, _lead(visit, entry, purpose))
    except Refused:
        return form_page(visit, purpose or _newsletter(visit), entry, [REFUSED_ADDRESS], 400)
    return _thanked(visit, made)


def thanks(visit: Visit) -> Response:
    return page(visit, "thanks.html")


def form_page(
    visit: Visit, purpose: Purpose, entry: Entry, mistakes: Sequence[Mistake] = (), status: int = 200
) -> Response:
    return page(
        visit,
        "catalogue.html",
        status,
        entry={"email": entry.email, "newsletter": entry.newsletter},
        interests=[
            {"value": value, "label": label, "ticked": value in entry.interests}
            for value, label in visit.website.interests.items()
        ],
        purpose={
            "title": purpose.title,
            "text": purpose.text,
            "version": str(purpose.version),
            "text_hash": purpose.text_hash,
            "locale": purpose.locale,
        },
        mistakes=[{"field": one.field, "sentence": one.sentence} for one in mistakes],
        mistake_of={one.field: one.sentence for one in mistakes if one.field},
    )


def _newsletter(visit: Visit) -> Purpose:
    return newsletter(visit.shop.http, visit.facts.base_url, visit.scim)


def _lead(visit: Visit, entry: Entry, purpose: Purpose | None) -> Lead:
    surface = f"{visit.shop.url}{visit.website.at('/catalogue')}"
    agreed = Agreed(purpose, surface, datetime.now(UTC)) if purpose else None
    visitor = visit.held(visit.website.visitor_cookie) or None
    return Lead(entry.email, entry.interests, visit.website.source, visitor, agreed)


def _thanked(visit: Visit, made: str) -> Response:
    """The same answer, cookie included, for a new customer and for a known one, of whom nothing is kept."""
    answer = redirect(visit.website.at("/catalogue/thanks"), 303)
    records = visit.shop.records[visit.website]
    name = records.put(made or visit.record)
    records.take(visit.held(visit.website.record_cookie))
    give_cookie(answer, visit.website.record_cookie, name)
    return answer
