"""Every change writes an event, in its own transaction: who, what kind, which fields; never values.

Listeners run inside that transaction and get the events as a batch, so that bulk work stays set-based. They
only write rows; Celery, mail and pages read those rows later. `ciam.wiring` says who listens.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Account, Event
from ciam.lib.sealing import Chain, row_digest


class EventType(StrEnum):
    """All kinds of events, named as `subject.what happened`."""

    ACCOUNT_CREATED = "account.created"
    ACCOUNT_UPGRADED = "account.upgraded"
    ACCOUNT_SUSPENDED = "account.suspended"
    ACCOUNT_RESTORED = "account.restored"
    SESSIONS_REVOKED = "account.sessions_revoked"
    IDENTIFIER_ADDED = "identifier.added"
    IDENTIFIER_VERIFIED = "identifier.verified"
    MEMBERSHIP_BEGAN = "membership.began"
    MEMBERSHIP_SUSPENDED = "membership.suspended"
    MEMBERSHIP_ENDED = "membership.ended"
    PROFILE_CHANGED = "profile.changed"
    CONSENT_CHANGED = "consent.changed"
    AUTHENTICATOR_ADDED = "authenticator.added"
    SIGNED_IN = "session.began"
    SIGNED_OUT = "session.ended"
    DELIVERY_ASKED_AGAIN = "delivery.asked_again"


@dataclass(frozen=True)
class Actor:
    """Who did it. `kind` is customer, operator, website or system; `id` is that one's key."""

    kind: str
    id: str = ""


SYSTEM = Actor("system")


@dataclass(frozen=True)
class Change:
    """An event about to be written."""

    type: EventType
    account_id: uuid.UUID | None
    actor: Actor
    brand_id: uuid.UUID | None = None
    fields: tuple[str, ...] = ()


Listener = Callable[[Sequence[Event]], None]
listeners: list[Listener] = []


def record(changes: Iterable[Change], now: dt.datetime | None = None) -> list[Event]:
    """Write events and tell the listeners, within the caller's transaction.

    The accounts' versions rise. Whoever calls has locked these accounts (`Account.objects.locked`).
    """
    assert transaction.get_connection().in_atomic_block, "an event is written with its change or not at all"
    at = now or timezone.now()
    events = Event.objects.bulk_create(
        Event(
            type=change.type,
            account_id=change.account_id,
            brand_id=change.brand_id,
            actor_kind=change.actor.kind,
            actor_id=change.actor.id,
            fields=sorted(change.fields),
            at=at,
        )
        for change in changes
    )
    ids = {event.account_id for event in events if event.account_id}
    if ids:
        Account.objects.filter(pk__in=ids).update(version=F("version") + 1)
    for listener in listeners:
        listener(events)
    return events


def digest(event: Event) -> str:
    return row_digest(
        event.pk,
        event.type,
        event.account_id,
        event.brand_id,
        event.actor_kind,
        event.actor_id,
        ",".join(event.fields),
        event.at.astimezone(dt.UTC).isoformat(),
    )


CHAIN = Chain("events", Event, digest)
