"""What happens to sessions and tokens when an account changes."""

import uuid
from collections.abc import Sequence

from django.db.models import F, Q

from accounts.events import EventType
from accounts.models import Event
from auth_flows import recoveries
from auth_flows.models import BrowserSession
from auth_flows.oidc.standing import revoke_families

BRAND_ENDS = {EventType.MEMBERSHIP_SUSPENDED, EventType.MEMBERSHIP_ENDED}


def on_events(events: Sequence[Event]) -> None:
    """A revocation or suspension ends every session of an account; leaving a brand ends those of the brand,
    and what its apps were given, for good: coming back brings none of it back."""
    gone = _accounts(events, EventType.ACCOUNT_SUSPENDED)
    if gone:
        BrowserSession.objects.filter(account__in=gone).delete()
    revoked = _accounts(events, EventType.SESSIONS_REVOKED)
    if revoked:
        # One of the new epoch is that of whoever revoked the others.
        old = BrowserSession.objects.exclude(epoch=F("account__session_epoch"))
        old.filter(account__in=revoked).delete()
    recoveries.on_events(events)
    left = {
        (event.account_id, event.brand_id)
        for event in events
        if event.type in BRAND_ENDS and event.account_id and event.brand_id
    }
    for account_id, brand_id in left:
        _leave(account_id, brand_id)


def _accounts(events: Sequence[Event], type_: EventType) -> set[uuid.UUID]:
    return {event.account_id for event in events if event.type == type_ and event.account_id}


def _leave(account_id: uuid.UUID, brand_id: uuid.UUID) -> None:
    revoke_families(Q(user=account_id, application__brand=brand_id))
    BrowserSession.objects.filter(account=account_id, brand=brand_id).delete()
