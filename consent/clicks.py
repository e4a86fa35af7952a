"""An answer that somebody gave on a page of ours, with what proves it."""

import datetime as dt

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.events import Actor
from accounts.models import Account
from ciam.lib.crypto import keyed_hash
from consent.ledger import Given, Shown
from consent.models import Decision, Method, PurposeVersion, text_hash

WITH_SIGNAL = "#sec-gpc=1"
"""Ends the surface of a yes that was given while the browser asked for no sale or sharing (`gpc.py`)."""


def carries_signal(request: HttpRequest) -> bool:
    """Whether the browser sends Global Privacy Control's `Sec-GPC: 1` (W3C, Global Privacy Control)."""
    return request.headers.get("Sec-GPC") == "1"


def clicked(
    request: HttpRequest,
    account: Account,
    version: PurposeVersion,
    locale: str,
    decision: Decision,
    page: str,
    now: dt.datetime | None = None,
) -> Given:
    """`locale` is the one in which the wording was shown, `page` the path on which it was."""
    shown = Shown(version, text_hash(version.texts[locale]), locale, f"{settings.BASE_URL}{page}")
    if decision == Decision.GIVEN and version.purpose.heeds_gpc and carries_signal(request):
        shown = Shown(version, shown.text_hash, locale, shown.surface + WITH_SIGNAL)
    return answered(request, account, shown, decision, Method.CLICK, now or timezone.now())


def answered(
    request: HttpRequest,
    account: Account,
    shown: Shown,
    decision: Decision,
    method: Method,
    now: dt.datetime,
) -> Given:
    """What the customer's own browser says, with its traces."""
    return Given(
        account_id=account.pk,
        shown=shown,
        decision=decision,
        method=method,
        actor=Actor("customer", str(account.pk)),
        said_at=now,
        address_hash=keyed_hash("address", str(request.META.get("REMOTE_ADDR", ""))),
        agent_hash=keyed_hash("agent", str(request.META.get("HTTP_USER_AGENT", ""))),
    )
