"""Keeps targets in step: asks again and again which links are behind, and brings the newest state there."""

import datetime as dt
import time
from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, QuerySet

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account
from ciam.lib.outbox import NeedsHuman
from ciam.lib.wake import wake
from provisioning import breaker
from provisioning.connectors import kind_of
from provisioning.delivery import LEASE, Clock, announce, claim, read, talk
from provisioning.listening import want
from provisioning.models import Connector, Link
from provisioning.settling import settle_all

# Then other work of the same worker gets its turn; a new hint goes to the end of the line.
BUDGET = 10.0


def send_due(now: dt.datetime, budget: float = BUDGET, clock: Clock = time.monotonic) -> int:
    """Send what waits, until nothing is due or `budget` seconds are over; returns how many links are done.

    Round by round each target gets one batch, so that a long queue for one holds up no other. `now` is when
    this begins. To be called outside a transaction.
    """
    began = clock()

    def moment() -> dt.datetime:
        return now + dt.timedelta(seconds=clock() - began)

    total, busy = 0, True
    while busy:
        busy = False
        for connector in _with_work(moment()):
            if clock() - began > budget:
                wake("provisioning.sweep")
                return total
            done = _send_one_batch(connector, moment, clock)
            total += done or 0
            busy = busy or done is not None
    return total


def _with_work(now: dt.datetime) -> QuerySet[Connector]:
    """The healthy ones first."""
    due = Link.objects.behind().filter(connector=OuterRef("pk"), not_before__lte=now, needs_human="")
    return (
        Connector.objects.open_at(now)
        .filter(Exists(due))
        .select_related("purpose")
        .order_by("failures", "pk")
    )


def _send_one_batch(connector: Connector, moment: Callable[[], dt.datetime], clock: Clock) -> int | None:
    """How many links are done; None if there was nothing to do for us."""
    try:
        kind = kind_of(connector)
    except NeedsHuman as error:
        breaker.stop(connector, str(error))
        return None
    if not breaker.may_try(connector, moment(), LEASE):
        return None
    most = breaker.batch_size(connector, kind.batch_size)
    batch = claim(connector, kind, most=most, now=moment(), clock=clock)
    batch = talk(announce(read(batch), clock), moment())
    # Before the links are free again: nobody else should find out the same.
    if batch.pushes:
        breaker.learn(connector, kind.batch_size, batch.failure, moment())
    else:
        breaker.resume(connector, moment())
    return settle_all(batch, moment()) if batch.links else None


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
    """For how many seconds the link that waits longest has been behind; None if all are in step.

    Those that wait for an operator, or whose target is switched off, don't count.
    """
    waiting = Link.objects.behind().filter(needs_human="", connector__is_active=True)
    since: dt.datetime | None = waiting.aggregate(since=Min("behind_since"))["since"]
    return None if since is None else max(0.0, (now - since).total_seconds())
