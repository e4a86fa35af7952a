"""Work over all people of a target, slice by slice: begun by an operator or by the clock, resumed by whoever
is there after a crash, stopped between two slices."""

import datetime as dt
import logging
import time
from collections.abc import Callable

from django.db import transaction

from accounts import events
from accounts.events import SYSTEM, Actor, Change, EventType
from accounts.models import Account, Brand, Membership, MembershipStatus
from ciam.lib.outbox import NeedsHuman, TryLater, claim_due, postpone
from ciam.lib.wake import wake
from provisioning import progress
from provisioning.backfill import backfill_slice
from provisioning.connectors import KINDS
from provisioning.connectors.base import CanBeCompared, ReadsBack, TakesJobs
from provisioning.delivery import Clock
from provisioning.drift import drift_slice
from provisioning.listening import want
from provisioning.models import Connector, Delivery, DeliveryState, Link, Outcome, Run, RunKind, RunState
from provisioning.reading_back import read_back_slice
from provisioning.resyncing import redrive_slice, resync_slice

log = logging.getLogger(__name__)

# Then other work of the same worker gets its turn.
BUDGET = 10.0
# Longer than a slice can take: a drift check talks for at most FRESH seconds and one answer.
LEASE = dt.timedelta(seconds=60)
# The drift check begins after this hour, UTC.
NIGHT = 2

Slice = Callable[[Run, dt.datetime], None]
"""One slice of a run that this worker has claimed: it writes what it found and calls `progress.advance` in
one transaction, or `progress.finish`. Raises TryLater, NeedsHuman, or Lost."""

SLICES: dict[str, Slice] = {
    RunKind.RESYNC: resync_slice,
    RunKind.REDRIVE: redrive_slice,
    RunKind.BACKFILL: backfill_slice,
    RunKind.DRIFT: drift_slice,
    RunKind.READ_BACK: read_back_slice,
}


def possible(connector: Connector) -> list[RunKind]:
    """The kinds of runs that make sense for this target."""
    kind = KINDS.get(connector.kind)
    compared, reads = isinstance(kind, CanBeCompared), isinstance(kind, ReadsBack)
    fitting = {
        RunKind.RESYNC: connector.keeps_state,
        RunKind.REDRIVE: True,
        RunKind.BACKFILL: connector.keeps_state and isinstance(kind, TakesJobs),
        RunKind.DRIFT: connector.keeps_state and compared,
        RunKind.READ_BACK: reads,
    }
    return [one for one, fits in fitting.items() if fits]


def start(
    kind: RunKind, connector: Connector, actor: Actor, now: dt.datetime, *, afresh: bool = False
) -> Run:
    """One of a kind at a time: returns the one that is running, if there is one. `afresh` lets that begin
    with the first person again, because what it has done is out of date."""
    with transaction.atomic():
        _lock(connector)
        running = Run.objects.filter(connector=connector, kind=kind, state=RunState.RUNNING).first()
        if running is None:
            running = Run.objects.create(
                kind=kind,
                connector=connector,
                expected=expected(kind, connector),
                actor_kind=actor.kind,
                actor_id=actor.id,
                started_at=now,
                not_before=now,
            )
        elif afresh:
            # Without its claim a slice that is under way counts for nothing.
            again = Run.objects.filter(pk=running.pk, state=RunState.RUNNING)
            again.update(cursor=None, seen=0, changed=0, claim=None, not_before=now, started_at=now)
            running.refresh_from_db()
        wake("provisioning.run")
    return running


def _lock(connector: Connector) -> None:
    """Without keeping links from being made meanwhile, which refer to it."""
    rows = Connector.objects.filter(pk=connector.pk)
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def expected(kind: RunKind, connector: Connector) -> int:
    """How many people there are to go through."""
    links = Link.objects.filter(connector=connector)
    match kind:
        case RunKind.RESYNC | RunKind.BACKFILL:
            linked = links.exclude(outcome__in=[Outcome.ERASING, Outcome.ERASED])
            members = Membership.objects.filter(brand=connector.brand_id, status=MembershipStatus.ACTIVE)
            unlinked = members.exclude(account_id__in=links.values("account_id"))
            return linked.count() + unlinked.count()
        case RunKind.REDRIVE:
            stuck = Delivery.objects.filter(connector=connector, state=DeliveryState.WAITING)
            in_trouble = [rows.exclude(needs_human="").values("account_id") for rows in (links, stuck)]
            return in_trouble[0].union(in_trouble[1]).count()
    return links.filter(outcome=Outcome.HOLDS).count()


def stop(run: Run, now: dt.datetime) -> bool:
    """What it has done stays; says whether it was still running."""
    running = Run.objects.filter(pk=run.pk, state=RunState.RUNNING)
    return running.update(state=RunState.STOPPED, ended_at=now, claim=None) == 1


def work(now: dt.datetime, budget: float = BUDGET, clock: Clock = time.monotonic) -> int:
    """Slices of all runs in turn until nothing is due or `budget` seconds are over; returns how many.

    Any number of workers at once is fine. To be called outside a transaction.
    """
    began, done = clock(), 0
    due = Run.objects.filter(state=RunState.RUNNING)
    while clock() - began <= budget:
        moment = now + dt.timedelta(seconds=clock() - began)
        claimed = claim_due(due, most=1, lease=LEASE, now=moment)
        if not claimed:
            return done
        _do_slice(claimed[0], moment)
        done += 1
    wake("provisioning.run")
    return done


def _do_slice(run: Run, now: dt.datetime) -> None:
    try:
        SLICES[run.kind](run, now)
    except progress.Lost:
        log.info("run %s: stopped, or another's by now", run.pk)
    except TryLater as later:
        postpone(run, now, later, trouble=_short(later))
    except NeedsHuman as error:
        stop(run, now)
        Run.objects.filter(pk=run.pk).update(trouble=_short(error))
    except Exception as error:
        # The message may hold personal values.
        log.error("run %s: failed unexpectedly (%s)", run.pk, type(error).__name__)
        unexpected = TryLater(f"Failed unexpectedly ({type(error).__name__}).")
        postpone(run, now, unexpected, trouble=_short(unexpected))


def _short(error: Exception) -> str:
    return str(error)[:300]


def start_scheduled(now: dt.datetime) -> list[Run]:
    """The nightly drift check of each target that can be compared, and its reading back as often as its kind
    says. Any number of clocks may ask at once: what one began is not begun again."""
    started = []
    for connector in Connector.objects.filter(is_active=True, needs_human="").defer("secret"):
        for kind, since in _rhythm(connector, now).items():
            with transaction.atomic():
                _lock(connector)
                if not Run.objects.filter(connector=connector, kind=kind, started_at__gte=since).exists():
                    started.append(start(kind, connector, SYSTEM, now))
    return started


def _rhythm(connector: Connector, now: dt.datetime) -> dict[RunKind, dt.datetime]:
    """Each kind of run that comes by itself, and since when one is enough."""
    kind, fitting = KINDS.get(connector.kind), possible(connector)
    rhythm = {}
    if RunKind.DRIFT in fitting:
        night = now.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
        rhythm[RunKind.DRIFT] = night if night <= now else night - dt.timedelta(days=1)
    if RunKind.READ_BACK in fitting and isinstance(kind, ReadsBack):
        rhythm[RunKind.READ_BACK] = now - kind.read_back_every
    return rhythm


def resync_brand(brand: Brand, actor: Actor, now: dt.datetime) -> list[Run]:
    """A run for each of its targets that are switched on."""
    targets = Connector.objects.filter(brand=brand, is_active=True, keeps_state=True).defer("secret")
    return [start(RunKind.RESYNC, connector, actor, now) for connector in targets.order_by("pk")]


def resync_person(account: Account, actor: Actor) -> int:
    """The state of now to every target that may know this person, or did; returns to how many."""
    with transaction.atomic():
        Account.objects.locked([account.pk])
        pairs = {
            (account.pk, link.connector_id): link.member_id
            for link in Link.objects.filter(account_id=account.pk, connector__keeps_state=True)
        }
        members = dict(Membership.objects.filter(account=account).values_list("brand_id", "pk"))
        targets = Connector.objects.filter(is_active=True, keeps_state=True, brand__in=members)
        for connector_id, brand_id in targets.values_list("pk", "brand_id"):
            pairs.setdefault((account.pk, connector_id), members[brand_id])
        want(pairs)
        events.record([Change(EventType.DELIVERY_ASKED_AGAIN, account.pk, actor)])
    return len(pairs)
