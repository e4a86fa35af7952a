"""Mail that came back: the address is marked, and mail that nobody asked for stops going there.

Consents stand, and so do codes and security notices. Whoever proves the address again takes the mark away.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import events
from accounts.events import SYSTEM, Change, EventType
from accounts.identifiers import BadIdentifier, normal_email
from accounts.models import Account, Identifier, IdentifierKind

FOR_GOOD = {"bounced", "rejected"}
"""What a service says once it gives up (anymail's `event_type`). A mail that is late only, is none."""


def on_report(sender: object, *, event: Any, **more: object) -> None:
    """Called by anymail, which has checked who reports. `event` is its AnymailTrackingEvent."""
    if event.event_type in FOR_GOOD:
        came_back(str(event.recipient or ""), timezone.now())


def came_back(address: str, now: dt.datetime) -> int:
    """Mark it wherever it is live; returns how many accounts that concerned."""
    try:
        normal = normal_email(address)[1]
    except BadIdentifier:
        return 0
    rows = Identifier.objects.filter(
        kind=IdentifierKind.EMAIL, normal=normal, retired_at=None, undeliverable_at=None
    )
    with transaction.atomic():
        Account.objects.locked(rows.values_list("account_id", flat=True))
        ids = sorted(set(rows.values_list("account_id", flat=True)))
        rows.update(undeliverable_at=now)
        told = [Change(EventType.IDENTIFIER_CHANGED, one, SYSTEM, None, ("undeliverable",)) for one in ids]
        events.record(told, now)
    return len(ids)
