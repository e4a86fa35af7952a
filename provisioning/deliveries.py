"""One batch of events for one target that takes events, in the four phases of `provisioning.delivery`: claim,
read, talk, settle, with the same three rules about workers that freeze or die. What differs:

* Nothing is coalesced. Each event goes out under an id of its own, the same at every try, so that a receiver
  knows a repetition: whoever finds its claim lost after talking has nothing to put right.
* Events of one person go out one after the other. Only the oldest that waits is ever claimed, so that the
  next one waits until it is settled, however long that takes.
* One that was given to a human holds up nobody: it might never be settled, and a target that hears no more
  of somebody is worse off than one that lacks an event. Sent again, it comes after newer ones, as its moment
  and its id tell.
* That somebody's data may be used no longer is told only to a target that was told of the person before.
"""

import datetime as dt
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.events import EventType
from accounts.models import Account
from accounts.snapshot import Snapshot, snapshots
from ciam.lib.ids import uuid7
from ciam.lib.outbox import NeedsHuman, TryLater, claim_due
from consent import ledger
from provisioning.connectors.base import Answer, Hold, Message, TakesEvents
from provisioning.delivery import FRESH, LEASE, Clock
from provisioning.desired import Standings, desired
from provisioning.matrix import Matrix, matrix_of, purposes_of
from provisioning.models import Connector, Delivery, DeliveryState, Link, Outcome
from provisioning.talking import failure_of

FAREWELLS = frozenset(
    {
        EventType.ACCOUNT_SUSPENDED,
        EventType.ACCOUNT_RESTRICTED,
        EventType.ACCOUNT_ERASED,
        EventType.MEMBERSHIP_SUSPENDED,
        EventType.MEMBERSHIP_ENDED,
        EventType.SESSIONS_REVOKED,
    }
)
"""They take something away, and say nothing else: who knows the person has to hear of it all the same."""


@dataclass(frozen=True)
class Dropped:
    """It may not leave, and never will. `why` is a sentence for an operator."""

    why: str


@dataclass(frozen=True)
class Batch:
    """Claimed deliveries of one target, then what is to be told, then what came of it."""

    connector: Connector
    kind: TakesEvents
    rows: tuple[Delivery, ...]
    deadline: float
    """By `time.monotonic`."""
    messages: Mapping[uuid.UUID, Message] = field(default_factory=dict)
    """By delivery id. A row without one is not talked about."""
    answers: Mapping[uuid.UUID, Answer | Dropped] = field(default_factory=dict)
    failure: TryLater | NeedsHuman | None = None
    """Why those without an answer have none; it concerns the whole target."""


def waiting() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=DeliveryState.WAITING, needs_human="")


def next_ones() -> QuerySet[Delivery]:
    """Of each person at each target the oldest that waits. Keys of events rise within one person's history,
    as each is made under the lock of the account."""
    earlier = waiting().filter(
        connector=OuterRef("connector"),
        account_id=OuterRef("account_id"),
        event_id__lt=OuterRef("event_id"),
    )
    return waiting().filter(~Exists(earlier))


def claim(
    connector: Connector, kind: TakesEvents, *, most: int, now: dt.datetime, clock: Clock = time.monotonic
) -> Batch:
    """Take up to `most` deliveries, of as many people, for as long as LEASE."""
    deadline = clock() + FRESH
    rows = claim_due(next_ones().filter(connector=connector), most=most, lease=LEASE, now=now)
    # What has failed before comes last, where it holds up none of the others.
    rows.sort(key=lambda row: (row.tries, row.event_id))
    return Batch(connector, kind, tuple(rows), deadline)


def read(batch: Batch) -> Batch:
    """What may be told now. Consent is read last, so that it is the newest of all."""
    ids = {row.account_id for row in batch.rows if row.account_id}
    known = _known_there(batch.connector, ids)
    found = snapshots(ids)
    matrix = matrix_of(batch.connector)
    purposes = purposes_of(batch.connector, matrix)
    stands = ledger.standings(ids, purposes, timezone.now())
    messages: dict[uuid.UUID, Message] = {}
    answers: dict[uuid.UUID, Answer | Dropped] = {}
    for row in batch.rows:
        if row.account_id is None or row.member_id is None:
            answers[row.pk] = Dropped("It concerns no person.")
            continue
        person = found.get(row.account_id)
        theirs = {purpose.pk: stands[row.account_id, purpose.pk] for purpose in purposes}
        decided = _decide(batch.connector, row, matrix, person, theirs, row.account_id in known)
        if isinstance(decided, Message):
            messages[row.pk] = decided
        else:
            answers[row.pk] = decided
    return replace(batch, messages=messages, answers=answers)


def _known_there(connector: Connector, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Of whom the target was ever told. The link outlives the deliveries, whose months are dropped."""
    links = Link.objects.filter(connector=connector, account_id__in=ids).exclude(remote_id="", held=[])
    sent = Delivery.objects.filter(connector=connector, account_id__in=ids, state=DeliveryState.SENT)
    told = {*links.values_list("account_id", flat=True), *sent.values_list("account_id", flat=True)}
    return {one for one in told if one}


def _decide(
    connector: Connector,
    row: Delivery,
    matrix: Matrix,
    person: Snapshot | None,
    stands: Standings,
    is_known_there: bool,
) -> Message | Dropped | NeedsHuman:
    try:
        wanted = desired(connector, matrix, person, stands)
    except Exception as error:
        # One person whose data can't be understood must not hold up the others.
        return NeedsHuman(f"What may be known here could not be decided ({type(error).__name__}).")
    if isinstance(wanted, Hold):
        return _message(connector, row, wanted)
    if is_known_there and _is_farewell(row, connector):
        return _message(connector, row, None)
    return Dropped(wanted.why)


def _is_farewell(row: Delivery, connector: Connector) -> bool:
    if row.event_type == EventType.CONSENT_CHANGED:
        return f"consent.{connector.purpose.key}" in row.fields
    return row.event_type in FAREWELLS


def _message(connector: Connector, row: Delivery, hold: Hold | None) -> Message:
    assert row.account_id is not None
    assert row.member_id is not None
    sector = str(connector.settings.get("sector", ""))
    return Message(
        delivery_id=row.pk,
        type=row.event_type,
        at=row.at,
        member_id=row.member_id,
        subject=Account(pk=row.account_id).subject(sector),
        fields=tuple(row.fields),
        values=hold.values if hold else {},
    )


def announce(batch: Batch, now: dt.datetime, clock: Clock = time.monotonic) -> Batch:
    """Write down of whom the target is about to be told; drop what is too old by now, or another's."""
    if clock() > batch.deadline:
        return replace(batch, messages={})
    claims = {row.claim for row in batch.rows}
    with transaction.atomic():
        rows = Delivery.objects.filter(pk__in=batch.messages, claim__in=claims)
        ours = {row.pk: row for row in rows.select_for_update(of=("self",))}
        told = [row for row in batch.rows if row.pk in ours]
        if not batch.connector.keeps_state:
            Link.objects.bulk_create(_receipts(batch.connector, told, now), ignore_conflicts=True)
        _grow(batch, told)
    return replace(batch, messages={row.pk: batch.messages[row.pk] for row in told})


def _receipts(connector: Connector, rows: Iterable[Delivery], now: dt.datetime) -> list[Link]:
    """A target that only takes events knows people by our id. Such a link is never behind: what the target
    lacks stands in the deliveries. In the order in which every writer locks links."""
    token = uuid7()
    people = {row.account_id: row.member_id for row in rows if row.account_id and row.member_id}
    return [
        Link(
            connector=connector,
            account_id=account_id,
            member_id=member_id,
            remote_id=str(member_id),
            wanted=token,
            sent=token,
            sent_at=now,
            behind_since=now,
            not_before=now,
            held_since=now,
            outcome=Outcome.HOLDS,
        )
        for account_id, member_id in sorted(people.items())
    ]


def _grow(batch: Batch, rows: Iterable[Delivery]) -> None:
    leaving = {row.account_id: set(batch.messages[row.pk].values) for row in rows if row.account_id}
    carrying = [account_id for account_id, names in leaving.items() if names]
    links = Link.objects.filter(connector=batch.connector, account_id__in=carrying).order_by("account_id")
    growing = []
    for link in links.select_for_update(of=("self",)) if carrying else []:
        if not leaving[link.account_id] <= set(link.held):
            link.held = sorted({*link.held, *leaving[link.account_id]})
            growing.append(link)
    Link.objects.bulk_update(growing, ["held"])


def talk(batch: Batch) -> Batch:
    """The only phase that leaves the house. No transaction is open."""
    answers = dict(batch.answers)

    def deliver() -> None:
        if batch.messages:
            messages = list(batch.messages.values())
            for key, answer in batch.kind.deliver(batch.connector, messages, batch.deadline):
                answers[key] = answer
        for key in batch.messages.keys() - answers.keys():
            answers[key] = TryLater("The target said nothing of this event.")

    failure = failure_of(batch.connector, deliver)
    return replace(batch, answers=answers, failure=failure)
