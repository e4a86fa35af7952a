"""Every change writes an event, in its own transaction: who, what kind, which fields; never values.

Listeners run inside that transaction and get the events as a batch, so that bulk work stays set-based. They
only write rows; Celery, mail and pages read those rows later. `ciam.wiring` says who listens.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import Event
from ciam.lib.rows import insert
from ciam.lib.sealing import Chain, row_digest


class EventType(StrEnum):
    """All kinds of events, named as `subject.what happened`."""

    ACCOUNT_CREATED = "account.created"
    ACCOUNT_UPGRADED = "account.upgraded"
    ACCOUNT_SUSPENDED = "account.suspended"
    ACCOUNT_RESTORED = "account.restored"
    ACCOUNT_RESTRICTED = "account.restricted"
    ACCOUNT_UNRESTRICTED = "account.unrestricted"
    SESSIONS_REVOKED = "account.sessions_revoked"
    IDENTIFIER_ADDED = "identifier.added"
    IDENTIFIER_VERIFIED = "identifier.verified"
    IDENTIFIER_CHANGED = "identifier.changed"
    ACCOUNT_WARNED = "account.warned"
    ACCOUNT_KEPT = "account.kept"
    ACCOUNT_ERASED = "account.erased"
    SEGMENT_CHANGED = "segment.changed"
    WEBSITE_OVERREACHED = "website.overreached"
    MEMBERSHIP_BEGAN = "membership.began"
    MEMBERSHIP_SUSPENDED = "membership.suspended"
    MEMBERSHIP_ENDED = "membership.ended"
    PROFILE_CHANGED = "profile.changed"
    CONSENT_CHANGED = "consent.changed"
    PURPOSE_CHANGED = "purpose.changed"
    IDENTIFIER_REMOVED = "identifier.removed"
    AUTHENTICATOR_ADDED = "authenticator.added"
    AUTHENTICATOR_CHANGED = "authenticator.changed"
    AUTHENTICATOR_REMOVED = "authenticator.removed"
    IDENTITY_LINKED = "identity.linked"
    IDENTITY_UNLINKED = "identity.unlinked"
    DEVICE_MET = "device.met"
    DEVICE_TRUSTED = "device.trusted"
    DEVICE_FORGOTTEN = "device.forgotten"
    SIGN_IN_REFUSED = "session.refused"
    SIGN_IN_DISOWNED = "session.disowned"
    RECOVERY_ASKED = "recovery.asked"
    RECOVERY_CANCELLED = "recovery.cancelled"
    RECOVERY_DONE = "recovery.done"
    SIGNED_IN = "session.began"
    SIGNED_OUT = "session.ended"
    DELIVERY_ASKED_AGAIN = "delivery.asked_again"
    CONNECTOR_CHANGED = "connector.changed"
    POLICY_CHANGED = "policy.changed"


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

SPEAKING = {"customer", "website"}
OF_SESSIONS = {
    EventType.SIGNED_IN,
    EventType.SIGNED_OUT,
    EventType.SIGN_IN_REFUSED,
    EventType.DEVICE_MET,
}

TOUCH = """
SELECT accounts_touch(%(at)s, %(ids)s::uuid[], %(speaking)s::uuid[], %(accounts)s::uuid[], %(brands)s::uuid[])
"""


@dataclass
class _Gathered:
    changes: list[tuple[Change, dt.datetime]] = field(default_factory=list)
    rows: list[models.Model] = field(default_factory=list)
    then: list[Callable[[], None]] = field(default_factory=list)


_gathered: ContextVar[_Gathered | None] = ContextVar("gathered", default=None)


def record(
    changes: Iterable[Change], now: dt.datetime | None = None, *, rows: Sequence[models.Model] = ()
) -> None:
    """Write events and tell the listeners, in the caller's transaction; inside `together`, at its end.

    The accounts' versions rise. Whoever calls has locked these accounts (`Account.objects.locked`). `rows`
    are new ones of which the events tell, saved by the same statement: an IntegrityError comes then.
    """
    assert transaction.get_connection().in_atomic_block, "an event is written with its change or not at all"
    at = now or timezone.now()
    said = [(change, at) for change in changes]
    gathered = _gathered.get()
    if gathered is None:
        _write(said, rows)
    else:
        gathered.changes.extend(said)
        gathered.rows.extend(rows)


@contextmanager
def together() -> Iterator[None]:
    """One transaction, whose events are written at its end, in one batch; inside another, in that one's."""
    if _gathered.get() is not None:
        yield
        return
    with transaction.atomic():
        gathered = _Gathered()
        mark = _gathered.set(gathered)
        try:
            yield
        finally:
            _gathered.reset(mark)
        _write(gathered.changes, gathered.rows)
        for act in gathered.then:
            act()


def afterwards(act: Callable[[], None]) -> None:
    """Do what reads new rows once they are written: at the end of `together`, in its transaction, or now."""
    gathered = _gathered.get()
    if gathered is None:
        act()
    else:
        gathered.then.append(act)


def _write(changes: Sequence[tuple[Change, dt.datetime]], rows: Sequence[models.Model]) -> None:
    if not changes:
        return
    events = [
        Event(
            type=change.type,
            account_id=change.account_id,
            brand_id=change.brand_id,
            actor_kind=change.actor.kind,
            actor_id=change.actor.id,
            fields=sorted(change.fields),
            at=at,
        )
        for change, at in changes
    ]
    insert([*rows, *events])
    _touch(events)
    for listener in listeners:
        listener(events)


def _touch(events: Sequence[Event]) -> None:
    """Versions, last contact, what a brand sees as the last change. New accounts have all that already; it is
    asked of them all the same, so that to make one takes as long as to find one."""
    new = {event.account_id for event in events if event.type == EventType.ACCOUNT_CREATED}
    told = [event for event in events if event.account_id and event.account_id not in new]
    if not told and not new:
        return  # of a segment, or of a website
    seen = {(e.account_id, e.brand_id) for e in told if e.brand_id and e.type not in OF_SESSIONS}
    values: dict[str, Any] = {
        "ids": list({event.account_id for event in told}),
        "speaking": list({event.account_id for event in told if event.actor_kind in SPEAKING}),
        "at": max(event.at for event in events),
        "accounts": [account for account, _brand in seen],
        "brands": [brand for _account, brand in seen],
    }
    with connection.cursor() as cursor:
        cursor.execute(TOUCH, values)


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
