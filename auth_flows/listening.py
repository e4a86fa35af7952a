"""What happens to sessions and tokens when an account changes."""

import uuid
from collections.abc import Collection, Sequence

from django.db.models import F, Q

from accounts.events import EventType
from accounts.models import Event
from auth_flows import devices, recoveries
from auth_flows.models import BrowserSession
from auth_flows.oidc.standing import revoke_families

REVOKED, SUSPENDED = EventType.SESSIONS_REVOKED, EventType.ACCOUNT_SUSPENDED
BRAND_ENDS = {EventType.MEMBERSHIP_SUSPENDED, EventType.MEMBERSHIP_ENDED}


def on_events(events: Sequence[Event]) -> None:
    """A revocation or suspension ends every session of an account; leaving a brand ends those of the brand,
    and what its apps were given, for good: coming back brings none of it back. Once a way to prove it
    changes, no device is trusted any more."""
    suspended, revoked = _of(events, {SUSPENDED}), _of(events, {REVOKED})
    if suspended:
        BrowserSession.objects.filter(account__in=suspended).delete()
    if revoked:
        # One that has begun since stays: events may be told at the end of what they tell of.
        old = BrowserSession.objects.filter(account__in=revoked, epoch__lt=F("account__session_epoch"))
        old.delete()
    doubted = _of(events, devices.TRUST_ENDS)
    if doubted:
        devices.trust_none_of(doubted)
    recoveries.on_events(events)
    left = {
        (event.account_id, event.brand_id)
        for event in events
        if event.type in BRAND_ENDS and event.account_id and event.brand_id
    }
    for account_id, brand_id in left:
        _leave(account_id, brand_id)


def _of(events: Sequence[Event], types: Collection[str]) -> set[uuid.UUID]:
    return {event.account_id for event in events if event.type in types and event.account_id}


def _leave(account_id: uuid.UUID, brand_id: uuid.UUID) -> None:
    revoke_families(Q(user=account_id, application__brand=brand_id))
    BrowserSession.objects.filter(account=account_id, brand=brand_id).delete()
