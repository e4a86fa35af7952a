"""What happens to sessions when an account changes."""

from collections.abc import Sequence

from accounts.events import EventType
from accounts.models import Event
from auth_flows.models import BrowserSession


def on_events(events: Sequence[Event]) -> None:
    """Every session of an account ends with a revocation or a suspension."""
    ends = {EventType.SESSIONS_REVOKED, EventType.ACCOUNT_SUSPENDED}
    accounts = {event.account_id for event in events if event.type in ends}
    if accounts:
        BrowserSession.objects.filter(account__in=accounts).delete()
