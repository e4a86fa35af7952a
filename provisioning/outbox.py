"""Keeps targets in step: asks again and again which links are behind and which events wait, and brings there
the newest state of the ones, and the others as they are."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account
from ciam.lib.outbox import NeedsHuman, TryLater
from ciam.lib.wake import wake
from provisioning import breaker, deliveries, deliveries_settled
from provisioning.connectors import kind_of
from provisioning.connectors.base import Kind, TakesEvents
from provisioning.delivery import LEASE, Clock, announce, claim, read, talk
from provisioning.listening import want
from provisioning.models import Connector, Link
from provisioning.settling import settle_all

log = logging.getLogger(__name__)

Moment = Callable[[], dt.datetime]

# Then other work of the same worker gets its turn; a new hint goes to the end of the line.
BUDGET = 10.0


def send_due(now: dt.datetime, budget: float = BUDGET, clock: Clock = time.monotonic) -> int:
    """Send what waits, until nothing is due or `budget` seconds are over; returns how much is done.

    Round by round each target gets one batch of links and one of events, so that a long queue holds up no
    other. `now` is when this begins. To be called outside a transaction.
    """
    began = clock()

    def moment() -> dt.datetime:
        return now + dt.timedelta(seconds=clock() - began)

    total, busy = 0, True
    while busy:
        busy = False
        for queue in (LINKS, EVENTS):
            for connector in _with_work(queue, moment()):
                if clock() - began > budget:
                    wake("provisioning.sweep")
                    return total
                done = _guarded(queue, connector, moment, clock)
                total += done or 0
                busy = busy or done is not None
    return total


def _with_work(queue: "Queue", now: dt.datetime) -> QuerySet[Connector]:
    """The healthy ones first. Asked anew for each queue: what one has found out concerns the other too."""
    found = Connector.objects.open_at(now).filter(queue.has_work(now))
    return found.select_related("purpose", "brand").order_by("failures", "pk")


def _guarded(queue: "Queue", connector: Connector, moment: Moment, clock: Clock) -> int | None:
    """A batch that can't even be read must not hold up the other targets."""
    try:
        return _send_one_batch(queue, connector, moment, clock)
    except (OperationalError, InterfaceError):
        raise  # the database is away, for all of them
    except Exception as error:
        # The message may hold personal values.
        name = type(error).__name__
        log.error("connector %s: a batch failed unexpectedly (%s)", connector.pk, name)
        breaker.failed(connector, TryLater(f"A batch failed unexpectedly ({name})."), moment())
        return None


def _send_one_batch(queue: "Queue", connector: Connector, moment: Moment, clock: Clock) -> int | None:
    """How many are done; None if there was nothing to do for us."""
    try:
        kind = kind_of(connector)
    except NeedsHuman as error:
        breaker.stop(connector, str(error))
        return None
    if not queue.batch_size(kind) or not breaker.may_try(connector, moment(), LEASE):
        return None
    return queue.send(connector, kind, moment, clock)


def _links_wait(now: dt.datetime) -> Q:
    due = Link.objects.behind().filter(connector=OuterRef("pk"), not_before__lte=now, needs_human="")
    return Q(Exists(due), keeps_state=True)


def _events_wait(now: dt.datetime) -> Q:
    return Q(Exists(deliveries.next_ones().filter(connector=OuterRef("pk"), not_before__lte=now)))


def _send_links(connector: Connector, kind: Kind, moment: Moment, clock: Clock) -> int | None:
    most = breaker.batch_size(connector, kind.batch_size)
    batch = claim(connector, kind, most=most, now=moment(), clock=clock)
    batch = talk(announce(read(batch), clock), moment())
    _learn(connector, kind.batch_size, batch.pushes, batch.failure, moment())
    return _kept(lambda: settle_all(batch, moment())) if batch.links else None


def _send_events(connector: Connector, kind: Kind, moment: Moment, clock: Clock) -> int | None:
    assert isinstance(kind, TakesEvents)
    most = breaker.batch_size(connector, kind.event_batch_size)
    batch = deliveries.claim(connector, kind, most=most, now=moment(), clock=clock)
    batch = deliveries.talk(deliveries.announce(deliveries.read(batch), moment(), clock))
    _learn(connector, kind.event_batch_size, batch.messages, batch.failure, moment())
    return _kept(lambda: deliveries_settled.settle_all(batch, moment())) if batch.rows else None


def _kept(settle: Callable[[], int]) -> int:
    """What came of a talk nobody else knows: where the connection broke meanwhile it is settled on a new one.
    If it was settled after all, the claim is gone, and whoever was sent is sent once more."""
    try:
        return settle()
    except (OperationalError, InterfaceError):
        connection.close()
        return settle()


def _learn(
    connector: Connector,
    usual: int,
    said: Collection[object],
    failure: TryLater | NeedsHuman | None,
    now: dt.datetime,
) -> None:
    """Before the rows are free again: nobody else should find out the same."""
    if said:
        breaker.learn(connector, usual, failure, now)
    else:
        breaker.resume(connector, now)


@dataclass(frozen=True)
class Queue:
    """What waits for targets in one way. Both share a target's breaker."""

    has_work: Callable[[dt.datetime], Q]
    """Of a connector, at a moment."""
    batch_size: Callable[[Kind], int]
    send: Callable[[Connector, Kind, Moment, Clock], int | None]


LINKS = Queue(_links_wait, lambda kind: kind.batch_size, _send_links)
EVENTS = Queue(
    _events_wait, lambda kind: kind.event_batch_size if isinstance(kind, TakesEvents) else 0, _send_events
)


def send_again(links: Iterable[Link], actor: Actor) -> int:
    """Send the state of now, whatever was sent before; returns how many links that concerns."""
    again = list(links)
    with transaction.atomic():
        Account.objects.locked(link.account_id for link in again)
        want({(link.account_id, link.connector_id): link.member_id for link in again})
        events.record(
            Change(EventType.DELIVERY_ASKED_AGAIN, link.account_id, actor, link.connector.brand_id)
            for link in again
        )
    return len(again)


def oldest_behind(now: dt.datetime) -> float | None:
    """For how many seconds the link or the event that waits longest has waited; None if all are in step.

    Those that wait for an operator, or whose target is switched off, don't count.
    """
    behind = Link.objects.behind().filter(needs_human="", connector__keeps_state=True)
    found: list[dt.datetime | None] = [
        behind.filter(connector__is_active=True).aggregate(since=Min("behind_since"))["since"],
        deliveries.waiting().filter(connector__is_active=True).aggregate(since=Min("at"))["since"],
    ]
    since = min((one for one in found if one is not None), default=None)
    return None if since is None else max(0.0, (now - since).total_seconds())
