"""One batch for one target in four phases: claim, read, talk, settle.

A worker may be frozen or die anywhere in them. Three rules make that harmless:

* What was claimed more than FRESH seconds ago is not sent, and the lease outlives the last request that can
  have left in time: nobody talks about a person whom another may have taken over.
* What is about to leave is written into `held` before it leaves, if the claim still stands: whatever becomes
  of the answer, no target has something of which we don't know.
* Whoever finds its claim lost after talking makes somebody send again (`provisioning.settling`).
"""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils import timezone

from accounts.snapshot import Snapshot, snapshots
from ciam.lib.outbox import NeedsHuman, TryLater, claim_due
from consent import ledger
from provisioning.connectors import kind_of
from provisioning.connectors.base import Answer, Done, Hold, Kind, Push
from provisioning.desired import Standings, desired
from provisioning.mapping import fields, mapping_of
from provisioning.matrix import Matrix, matrix_of, purposes_of
from provisioning.models import Connector, Link, Outcome
from provisioning.talking import failure_of

log = logging.getLogger(__name__)

FRESH = 30.0
# Longer than FRESH and the time in which a request that just left can still have an effect.
LEASE = dt.timedelta(seconds=45)

Clock = Callable[[], float]


@dataclass(frozen=True)
class Batch:
    """Claimed links of one target, then what is to be said of each, then what came of it."""

    connector: Connector
    kind: Kind
    links: tuple[Link, ...]
    deadline: float
    """By `time.monotonic`."""
    pushes: Mapping[uuid.UUID, Push] = field(default_factory=dict)
    """By link id. A link without one is not talked about."""
    answers: Mapping[uuid.UUID, Answer] = field(default_factory=dict)
    failure: TryLater | NeedsHuman | None = None
    """Why those without an answer have none; it concerns the whole target."""


def claim(
    connector: Connector, kind: Kind, *, most: int, now: dt.datetime, clock: Clock = time.monotonic
) -> Batch:
    """Take up to `most` links that are behind, for as long as LEASE."""
    deadline = clock() + FRESH
    due = Link.objects.behind().filter(connector=connector)
    links = claim_due(due, most=most, lease=LEASE, now=now)
    # In this order every writer locks links.
    return Batch(connector, kind, tuple(sorted(links, key=lambda link: link.account_id)), deadline)


def read(batch: Batch) -> Batch:
    """What is wanted now. The token `wanted` came with the claim: if it changes from then on, the link stays
    behind. Consent is read last, so that it is the newest of all."""
    ids = [link.account_id for link in batch.links]
    found = snapshots(ids)
    matrix = matrix_of(batch.connector)
    purposes = purposes_of(batch.connector, matrix)
    stands = ledger.standings(ids, purposes, timezone.now())
    pushes: dict[uuid.UUID, Push] = {}
    answers: dict[uuid.UUID, Answer] = {}
    for link in batch.links:
        person = found.get(link.account_id)
        theirs = {purpose.pk: stands[link.account_id, purpose.pk] for purpose in purposes}
        decided = _decide(batch.connector, link, matrix, person, theirs)
        if isinstance(decided, Push):
            pushes[link.pk] = decided
        else:
            answers[link.pk] = decided
    return replace(batch, pushes=pushes, answers=answers)


def _decide(
    connector: Connector, link: Link, matrix: Matrix, person: Snapshot | None, stands: Standings
) -> Push | Answer:
    """What is to be said of somebody, or the answer where nothing is."""
    try:
        wanted = desired(connector, matrix, person, stands)
        if isinstance(wanted, Hold):
            fields(mapping_of(connector, kind_of(connector).default_mapping), wanted.values)
    except Exception as error:
        # One person whose data can't be understood must not hold up the others.
        return NeedsHuman(f"What may be known here could not be decided ({_name(error)}).")
    push = Push(link.pk, link.member_id, link.remote_id, wanted, frozenset(link.held), link.subscription_mark)
    if push.is_unknown_there and not isinstance(wanted, Hold):
        # Nothing leaves for somebody of whom the target never heard, not even a question.
        return Done("", frozenset(), Outcome.NOTHING)
    return push


def announce(batch: Batch, clock: Clock = time.monotonic) -> Batch:
    """Write down what is about to leave; drop what is too old by now, or another's."""
    if clock() > batch.deadline:
        return replace(batch, pushes={})
    claims = {link.claim for link in batch.links}
    with transaction.atomic():
        rows = Link.objects.filter(pk__in=batch.pushes, claim__in=claims).order_by("account_id")
        ours = list(rows.select_for_update(of=("self",)))
        growing = [link for link in ours if _grows(link, batch.pushes[link.pk])]
        Link.objects.bulk_update(growing, ["held"])
    return replace(batch, pushes={link.pk: batch.pushes[link.pk] for link in ours})


def _grows(link: Link, push: Push) -> bool:
    new = leaving(push) - set(link.held)
    link.held = sorted({*link.held, *new})
    return bool(new)


def leaving(push: Push) -> frozenset[str]:
    """The attributes that this push tells the target."""
    return frozenset(push.wanted.values) if isinstance(push.wanted, Hold) else frozenset()


def talk(batch: Batch, now: dt.datetime) -> Batch:
    """The only phase that leaves the house. No transaction is open."""
    answers = dict(batch.answers)
    failure = failure_of(batch.connector, lambda: _push(batch, answers, now))
    return replace(batch, answers=answers, failure=failure)


def _push(batch: Batch, answers: dict[uuid.UUID, Answer], now: dt.datetime) -> None:
    if not batch.pushes:
        return
    connector, pushes = batch.connector, list(batch.pushes.values())
    if connector.prepared_at is None and any(isinstance(push.wanted, Hold) for push in pushes):
        batch.kind.prepare(connector, batch.deadline)
        Connector.objects.filter(pk=connector.pk).update(prepared_at=now)
    for link_id, answer in batch.kind.push(connector, pushes, batch.deadline):
        answers[link_id] = answer
    for link_id in batch.pushes.keys() - answers.keys():
        answers[link_id] = TryLater("The target said nothing of this person.")


def _name(error: Exception) -> str:
    return type(error).__name__
