"""Each event that a target wants to be told of becomes a delivery, in the transaction of the change."""

import uuid
from collections.abc import Sequence

from accounts.events import EventType
from accounts.models import Event, Membership
from ciam.lib.rows import insert
from ciam.lib.wake import wake
from provisioning.deliveries import FAREWELLS
from provisioning.models import Connector, Delivery
from provisioning.models.connector import Taker, known_takers

PARTINGS = FAREWELLS | {EventType.CONSENT_CHANGED}

Where = dict[tuple[uuid.UUID, uuid.UUID], uuid.UUID]
"""(account id, brand id) -> membership id."""


def on_events(events: Sequence[Event]) -> None:
    """A listener of `accounts.events`. No query where no target takes such an event, two for any number."""
    takers = known_takers.get("all", _takers)
    wanted = [
        (event, taker)
        for event in events
        for taker in takers or ()
        if event.type in taker.event_types and event.brand_id in {None, taker.brand_id} and event.account_id
    ]
    if not wanted:
        return
    where = _memberships({event.account_id for event, _taker in wanted if event.account_id})
    deliveries = [
        _delivery(event, taker, where[event.account_id, taker.brand_id])
        for event, taker in wanted
        if event.account_id and (event.account_id, taker.brand_id) in where
    ]
    if deliveries:
        insert(deliveries)
        wake("provisioning.sweep")


def _takers() -> tuple[Taker, ...]:
    """One that is switched off is told later what takes something away: it may know the person."""
    rows = Connector.objects.exclude(event_types=[])
    return tuple(
        Taker(key, brand, frozenset(types) if is_active else PARTINGS & frozenset(types))
        for key, brand, types, is_active in rows.values_list("pk", "brand_id", "event_types", "is_active")
    )


def _memberships(accounts: set[uuid.UUID]) -> Where:
    rows = Membership.objects.filter(account__in=accounts).values_list("account_id", "brand_id", "pk")
    return {(account, brand): member for account, brand, member in rows}


def _delivery(event: Event, taker: Taker, member_id: uuid.UUID) -> Delivery:
    return Delivery(
        id=Delivery.key(event.pk, taker.connector_id),
        connector_id=taker.connector_id,
        event_id=event.pk,
        event_type=event.type,
        account_id=event.account_id,
        member_id=member_id,
        fields=event.fields,
        at=event.at,
        not_before=event.at,
    )
