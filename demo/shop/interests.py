"""The second form: what a visitor likes, changed in the record that the first form made."""

from collections.abc import Sequence

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from demo.shop.catalogue_form import CHANGED_AGAIN, NOT_OUR_FORM, Mistake, ticked
from demo.shop.known import no_record, own_record
from demo.shop.pages import page
from demo.shop.record import Record, Saved, save_interests
from demo.shop.visit import Visit

AGAIN = "again"


def ask(visit: Visit) -> Response:
    record = own_record(visit)
    return _form_page(visit, record, record.interests) if record else no_record(visit)


def send(visit: Visit) -> Response:
    wanted = ticked(visit.request.form, visit.website)
    if not visit.is_from_our_form():
        return _once_more(visit, wanted, NOT_OUR_FORM, 403)
    if not visit.record:
        return no_record(visit)
    shown = visit.request.form.get("version", "")
    match save_interests(visit.shop.http, visit.scim, visit.record, wanted, shown):
        case Saved.GONE:
            return no_record(visit)
        case Saved.NOT:
            return _once_more(visit, wanted, CHANGED_AGAIN, 409)
        case Saved.AFTER_READING_AGAIN:
            return redirect(visit.website.at(f"/interests/saved?{AGAIN}=1"), 303)
        case Saved.AT_ONCE:
            return redirect(visit.website.at("/interests/saved"), 303)


def saved(visit: Visit) -> Response:
    record = own_record(visit)
    if record is None:
        return no_record(visit)
    labels = [visit.website.interests.get(one, one) for one in record.interests]
    return page(visit, "saved.html", interests=labels, again=AGAIN in visit.request.args)


def _once_more(visit: Visit, wanted: Sequence[str], mistake: Mistake, status: int) -> Response:
    record = own_record(visit)
    return _form_page(visit, record, wanted, [mistake], status) if record else no_record(visit)


def _form_page(
    visit: Visit, record: Record, wanted: Sequence[str], mistakes: Sequence[Mistake] = (), status: int = 200
) -> Response:
    return page(
        visit,
        "interests.html",
        status,
        interests=[
            {"value": value, "label": label, "ticked": value in wanted}
            for value, label in visit.website.interests.items()
        ],
        version=record.version,
        mistakes=[{"field": one.field, "sentence": one.sentence} for one in mistakes],
    )
