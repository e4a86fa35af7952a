"""Global Privacy Control: a browser that says `Sec-GPC: 1` says no to sale, sharing and targeted advertising
(W3C, Global Privacy Control; for California 11 CCR 7025).

A signed-in customer's request with the signal withdraws what the session's brand has purposes for that heed
it, once: a no that stands needs no other. Only an explicit choice is stronger (7025 (c)): a yes that was
clicked in a request which itself carried the signal, so that the browser's wish was known and this one yes
was meant as an exception. The ledger keeps that as the end of the record's surface (`clicks.WITH_SIGNAL`);
what websites report has no part behind a `#` and is no click, so that nobody else can say it. A yes clicked
in another browser, without the signal, does not count against it.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import assurance_of
from accounts.models import Account, Brand
from accounts.overview import Panel, PanelMaker
from consent import ledger
from consent.clicks import WITH_SIGNAL, answered, carries_signal
from consent.ledger import Given, Shown
from consent.models import ConsentRecord, Decision, LawfulBasis, Method, Purpose, PurposeVersion

SUPPORTED_SINCE = dt.date(2026, 11, 22)
NOES = {Decision.REFUSED, Decision.WITHDRAWN}


def heed(request: HttpRequest, account: Account, brand: Brand | None, now: dt.datetime) -> None:
    """Write down what the browser's signal says, if it carries one that changes anything."""
    if brand is None or not carries_signal(request) or not _objections(request, account, brand, now):
        return
    with transaction.atomic():
        Account.objects.locked([account.pk])
        ledger.write(_objections(request, account, brand, now), now)


def heeding(make: PanelMaker) -> PanelMaker:
    """A panel of the customer's overview that is made after the request's signal was heeded, to show it."""

    def panel(request: HttpRequest, account: Account) -> Panel:
        heed(request, account, assurance_of(request).brand, timezone.now())
        return make(request, account)

    return panel


def _objections(request: HttpRequest, account: Account, brand: Brand, now: dt.datetime) -> list[Given]:
    versions = [version for version in ledger.latest_versions(brand) if _heeds(version.purpose)]
    stands = ledger.current([account.pk], [version.purpose for version in versions])
    said = [(version, stands.get((account.pk, version.purpose_id))) for version in versions]
    return [
        _objection(request, account, version, now, was_given=ledger.is_given(record, now))
        for version, record in said
        if not _is_settled(record)
    ]


def _objection(
    request: HttpRequest, account: Account, version: PurposeVersion, now: dt.datetime, *, was_given: bool
) -> Given:
    """To the latest wording, so that it isn't asked either; no text was shown."""
    shown = Shown(version, text_hash="", locale="", surface=f"{settings.BASE_URL}{request.path}")
    decision = Decision.WITHDRAWN if was_given else Decision.REFUSED
    return answered(request, account, shown, decision, Method.SIGNAL, now)


def _heeds(purpose: Purpose) -> bool:
    """Terms and contracts are no sale."""
    return purpose.heeds_gpc and not purpose.required and purpose.lawful_basis != LawfulBasis.CONTRACT


def _is_settled(record: ConsentRecord | None) -> bool:
    """Whether the signal changes nothing: they have said no, or yes in spite of it."""
    if record is None or record.decision in NOES:
        return record is not None
    is_yes = record.decision == Decision.GIVEN and record.method == Method.CLICK
    return is_yes and record.surface.endswith(WITH_SIGNAL)


@require_safe
def support(request: HttpRequest) -> JsonResponse:
    """`/.well-known/gpc.json`: that we heed the signal, and since when (W3C, Global Privacy Control)."""
    return JsonResponse({"gpc": True, "lastUpdate": SUPPORTED_SINCE.isoformat()})
