"""Each change of what a target may know makes links wait for delivery, in the transaction of the change."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from accounts.events import EventType
from accounts.models import Event
from ciam.lib.ids import uuid7
from ciam.lib.wake import wake

# Unknown kinds of events do concern targets: sending once too often is the smaller harm.
OF_NO_CONCERN = {
    EventType.SIGNED_IN,
    EventType.SIGNED_OUT,
    EventType.SESSIONS_REVOKED,
    EventType.AUTHENTICATOR_ADDED,
    EventType.AUTHENTICATOR_CHANGED,
    EventType.AUTHENTICATOR_REMOVED,
    EventType.IDENTITY_LINKED,
    EventType.IDENTITY_UNLINKED,
    EventType.DEVICE_MET,
    EventType.DEVICE_TRUSTED,
    EventType.DEVICE_FORGOTTEN,
    EventType.SIGN_IN_REFUSED,
    EventType.SIGN_IN_DISOWNED,
    EventType.RECOVERY_ASKED,
    EventType.RECOVERY_CANCELLED,
    EventType.RECOVERY_DONE,
    EventType.DELIVERY_ASKED_AGAIN,
    EventType.ACCOUNT_WARNED,
    EventType.ACCOUNT_KEPT,
}

WANT = (
    "SELECT provisioning_want(%(wanted)s, %(accounts)s::uuid[], %(connectors)s::uuid[], %(members)s::uuid[])"
)

Pairs = Mapping[tuple[uuid.UUID, uuid.UUID], uuid.UUID]
"""(account id, connector id) -> membership id."""


def on_events(events: Sequence[Event]) -> None:
    """A listener of `accounts.events`: one statement, however many events."""
    concerned = {event.account_id for event in events if event.type not in OF_NO_CONCERN and event.account_id}
    if concerned:
        _want(sorted(concerned))


def want(pairs: Pairs) -> None:
    """New state is wanted for these links, which are made where they are missing."""
    if pairs:
        accounts, connectors = zip(*pairs, strict=True)
        _want(list(accounts), list(connectors), list(pairs.values()))


def _want(
    accounts: list[uuid.UUID],
    connectors: list[uuid.UUID] | None = None,
    members: list[uuid.UUID] | None = None,
) -> None:
    """Without connectors: for all that these accounts concern."""
    said: dict[str, Any] = {
        "wanted": uuid7(),
        "accounts": accounts,
        "connectors": connectors,
        "members": members,
    }
    with connection.cursor() as cursor:
        cursor.execute(WANT, said)
        (number,) = cursor.fetchone()
    if number:
        wake("provisioning.sweep")
