"""Websites that reach for what is nobody's to set by SCIM: rights, secrets, somebody's place.

It is never applied, whether refused or left out; that it was tried is told as an event, for whoever watches.
"""

import datetime as dt
import re

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, UnreadablePostError

from accounts import events
from accounts.events import Change, EventType
from ciam.lib.throttle import Limit, TooMany, hit
from provisioning.websites import Caller

FORBIDDEN = re.compile(
    rb'"(?:[^"\\]*[.:])?(is_?staff|is_?superuser|is_?admin|password\w*|roles|entitlements|permissions|realm|tenant\w*)"',
    re.IGNORECASE,
)
TOLD = Limit("overreach told", most=20, seconds=3_600)


def tell(caller: Caller, request: HttpRequest, now: dt.datetime) -> None:
    """Some twenty an hour of a website are told; more would only hide the others."""
    named = _named(request)
    if not named:
        return
    try:
        hit(TOLD, str(caller.website.pk), now)
    except TooMany:
        return
    with transaction.atomic():
        change = Change(EventType.WEBSITE_OVERREACHED, None, caller.actor, caller.brand.pk, named)
        events.record([change], now)


def _named(request: HttpRequest) -> tuple[str, ...]:
    if request.method not in {"POST", "PUT", "PATCH"}:
        return ()
    try:
        found = FORBIDDEN.findall(request.body)
    except (RequestDataTooBig, UnreadablePostError):
        return ()
    return tuple(sorted({name.decode().lower()[:60] for name in found}))
