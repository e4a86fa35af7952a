"""The page behind the link of a confirmation mail: the exact wording, and the buttons.

Looking at it changes nothing: programs that check mail for harm open every link.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from consent import ledger
from consent.clicks import clicked
from consent.confirmation_links import Asked, Gone, read, wording
from consent.confirming import confirm, still_waits
from consent.models import ConsentRecord, Decision

ANSWERS = {"yes": Decision.GIVEN, "no": Decision.REFUSED}
# What the ledger names as the page. The rest of the address is a secret.
SURFACE = "/preferences/confirm/"


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Shows nothing of the person: whoever holds the link may have been forwarded it."""
    try:
        asked = read(token, timezone.now())
    except Gone:
        return _private(render(request, "consent/confirm_gone.html", status=410))
    if request.method == "POST":
        _take(request, asked)
        return _private(redirect(request.path))
    stands = ledger.current([asked.account.pk], [record.version.purpose for record in asked.records])
    rows = [_row(record, stands.get((asked.account.pk, record.purpose_id))) for record in asked.records]
    context = {"brand": asked.brand, "rows": rows, "waits": any(row["state"] == "pending" for row in rows)}
    return _private(render(request, "consent/confirm.html", context))


def _take(request: HttpRequest, asked: Asked) -> None:
    decision = ANSWERS.get(request.POST.get("answer", ""))
    record = next((one for one in asked.records if str(one.pk) == request.POST.get("record")), None)
    if decision is None or record is None:
        return
    locale = wording(record)[0]
    answer = clicked(request, asked.account, record.version, locale, decision, SURFACE)
    confirm(asked, record, answer, answer.said_at)


def _row(record: ConsentRecord, stands: ConsentRecord | None) -> dict[str, object]:
    """`state` is pending, given, refused, or over: something else was answered since."""
    locale, title, text = wording(record)
    state = "over"
    if still_waits(record, stands):
        state = "pending"
    elif stands is not None and stands.parent_id == record.pk and _was_here(stands):
        state = str(stands.decision)
    return {"record": record.pk, "locale": locale, "title": title, "text": text, "state": state}


def _was_here(record: ConsentRecord) -> bool:
    return record.surface.partition("#")[0].endswith(SURFACE)


def _private(response: HttpResponse) -> HttpResponse:
    """The address is its reader's secret: no cache keeps it, and no Referer has more of it than the host.

    With `no-referrer` browsers would send our own form with `Origin: null`, as if it came from elsewhere
    (Fetch, "append a request Origin header"), and it would be refused.
    """
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "strict-origin"
    return response
