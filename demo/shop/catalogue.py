"""The catalogue: somebody leaves an address, and perhaps agrees to the newsletter."""

from collections.abc import Sequence
from datetime import UTC, datetime

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from demo.shop.catalogue_form import INTERESTS, NEW_WORDING, NOT_OUR_FORM, REFUSED_ADDRESS, Entry, Mistake
from demo.shop.leads import Agreed, Lead, Outcome, tell
from demo.shop.pages import page
from demo.shop.purposes import Purpose, newsletter
from demo.shop.visit import VISITOR, Visit

THANKS = "/catalogue/thanks"


def ask(visit: Visit) -> Response:
    visit.kept(VISITOR)
    return form_page(visit, _newsletter(visit), Entry())


def send(visit: Visit) -> Response:
    entry = Entry.of(visit.request.form)
    if not visit.is_from_our_form():
        return form_page(visit, _newsletter(visit), entry, [NOT_OUR_FORM], 403)
    if mistakes := entry.mistakes():
        return form_page(visit, _newsletter(visit), entry, mistakes, 400)
    purpose = _newsletter(visit) if entry.newsletter else None
    if purpose and not entry.agreed_to(purpose):
        return form_page(visit, purpose, entry.unticked(), [NEW_WORDING], 400)
    if tell(visit.shop.http, visit.facts.scim, _lead(visit, entry, purpose)) is Outcome.REFUSED:
        return form_page(visit, purpose or _newsletter(visit), entry, [REFUSED_ADDRESS], 400)
    return redirect(THANKS, 303)


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
            for value, label in INTERESTS.items()
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
    return newsletter(visit.shop.http, visit.facts)


def _lead(visit: Visit, entry: Entry, purpose: Purpose | None) -> Lead:
    agreed = Agreed(purpose, f"{visit.shop.url}/catalogue", datetime.now(UTC)) if purpose else None
    return Lead(entry.email, entry.interests, visit.held(VISITOR) or None, agreed)
