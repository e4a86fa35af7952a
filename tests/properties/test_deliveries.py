"""Whatever happens to workers, targets and people: each event that may leave arrives, those of one person in
their order, and nothing leaves that was not allowed moments before.

As with links, one thing no sender can prevent: what a worker sends that was frozen after its last look at the
clock. It can only repeat what came in order before, or bring what was given to a human meanwhile.
"""

import datetime as dt
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.events import EventType
from ciam.lib.outbox import NeedsHuman, TryLater, moment
from consent.models import Purpose
from provisioning import breaker, deliveries
from provisioning.connectors import KINDS
from provisioning.connectors.base import Answer, Message
from provisioning.deliveries import Batch
from provisioning.deliveries_settled import settle_all
from provisioning.delivery import FRESH, LEASE
from provisioning.models import Connector, Delivery, DeliveryState
from provisioning.outbox import send_due
from tests.properties.outbox_histories import (
    PEOPLE,
    WORKERS,
    Changes,
    Dies,
    Fate,
    Passes,
    Steps,
    Sweeps,
    Verb,
)
from tests.provisioning.deliveries.journal import Journal
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer

EXAMPLES = 2_000 if os.environ.get("CIAM_LONG") else 60
# Real time passes too, a little of it.
SLACK = 5.0

Happening = Changes | Steps | Dies | Sweeps | Passes

_person, _worker = st.integers(0, PEOPLE - 1), st.integers(0, WORKERS - 1)
_verbs = st.sampled_from([Verb.SAYS] * 4 + [Verb.GIVES, Verb.WITHDRAWS])
_fates = st.sampled_from([Fate.HEARD] * 4 + list(Fate))
_happenings = st.one_of(
    *[st.builds(Changes, _person, _verbs)] * 3,
    *[st.builds(Steps, _worker, st.integers(1, 5), _fates, st.booleans())] * 5,
    *[st.builds(Passes, st.sampled_from([1, 10, 20, 60, 400]))] * 2,
    st.builds(Dies, _worker),
    st.builds(Sweeps),
)
histories = st.lists(_happenings, min_size=1, max_size=25)


@dataclass
class Person:
    customer: Customer
    given: bool = True
    forbidden_since: float = float("inf")
    ever_withdrew: bool = False


@dataclass
class Worker:
    batch: Batch | None = None
    phase: int = 0


@dataclass
class World:
    newsletter: Purpose
    offset: float = 0.0
    fate: Fate = Fate.HEARD
    broken: list[str] = field(default_factory=list)
    were_stuck: set[uuid.UUID] = field(default_factory=set)
    """What was given to a human at some time may come late."""

    def __post_init__(self) -> None:
        self.journal = Journal(clock=self.clock, before=self.before, after=self.after)
        KINDS[Journal.kind] = self.journal
        self.connector = scene.connector(
            self.newsletter, Journal.kind, keeps_state=False, event_types=list(Journal.event_types)
        )
        self.people = [Person(customer) for customer in scene.crowd(self.newsletter, PEOPLE)]
        self.workers = [Worker() for _number in range(WORKERS)]

    def clock(self) -> float:
        return time.monotonic() + self.offset

    def now(self) -> dt.datetime:
        return moment() + dt.timedelta(seconds=self.offset)

    def happens(self, what: Happening) -> None:
        match what:
            case Changes(person, verb):
                self.change(self.people[person], verb)
            case Steps(worker, phases, fate, in_flight):
                for _phase in range(phases):
                    self.step(self.workers[worker], fate, in_flight)
            case Dies(worker):
                self.workers[worker] = Worker()
            case Sweeps():
                self.sweep()
            case Passes(seconds):
                self.offset += seconds
        self.were_stuck.update(self.stuck().values_list("pk", flat=True))

    def change(self, person: Person, verb: Verb) -> None:
        match verb:
            case Verb.SAYS:
                person.customer.says(given_name=uuid.uuid4().hex[:8])
            case Verb.GIVES:
                person.customer.gives(self.newsletter)
                person.given, person.forbidden_since = True, float("inf")
            case Verb.WITHDRAWS:
                person.customer.withdraws(self.newsletter)
                person.ever_withdrew = True
                if person.given:
                    person.given, person.forbidden_since = False, self.clock()

    def sweep(self) -> None:
        self.fate = Fate.HEARD
        send_due(self.now(), budget=1_000, clock=self.clock)

    def step(self, worker: Worker, fate: Fate, in_flight: bool) -> None:
        if worker.batch is None:
            worker.batch, worker.phase = self.claimed(), 1
        elif worker.phase == 1:
            worker.batch, worker.phase = deliveries.read(worker.batch), 2
        elif worker.phase == 2:
            worker.batch, worker.phase = deliveries.announce(worker.batch, self.now(), self.clock), 3
        elif worker.phase == 3:
            worker.batch, worker.phase = self.talk(worker.batch, fate, in_flight), 4
        else:
            settle_all(worker.batch, self.now())
            worker.batch, worker.phase = None, 0

    def claimed(self) -> Batch | None:
        connectors = Connector.objects.open_at(self.now()).filter(pk=self.connector.pk)
        connector = connectors.select_related("purpose", "brand").first()
        if connector is None or not breaker.may_try(connector, self.now(), LEASE):
            return None
        most = breaker.batch_size(connector, Journal.event_batch_size)
        return deliveries.claim(connector, self.journal, most=most, now=self.now(), clock=self.clock)

    def talk(self, batch: Batch, fate: Fate, in_flight: bool) -> Batch:
        self.fate, self.journal.heeds_deadline = fate, not in_flight
        talked = deliveries.talk(batch)
        self.journal.heeds_deadline = True
        if batch.messages:
            breaker.learn(batch.connector, Journal.event_batch_size, talked.failure, self.now())
        return talked

    def before(self, message: Message) -> Answer | None:
        person = next(one for one in self.people if one.customer.membership.pk == message.member_id)
        is_farewell = message.type == EventType.CONSENT_CHANGED
        is_late = self.clock() > person.forbidden_since + FRESH + SLACK
        if is_late and not is_farewell and self.journal.heeds_deadline:
            self.broken.append("left although it was no longer allowed")
        match self.fate:
            case Fate.REFUSED:
                raise TryLater("refused")
            case Fate.LOCKED_OUT:
                raise NeedsHuman("refused")
            case Fate.LATER:
                return TryLater("this one later")
            case Fate.HUMAN:
                return NeedsHuman("this one never")
        return None

    def after(self, message: Message) -> None:
        if self.fate == Fate.LOST:
            raise TryLater("lost")

    def ends(self) -> None:
        """The workers die, in whatever they were doing, and operators act."""
        for _round in range(4):
            self.offset += 1_000
            breaker.start(self.connector)
            self.stuck().update(needs_human="", not_before=self.now())
            self.sweep()
        assert self.broken == []
        states = dict(self.rows().values_list("pk", "state"))
        assert DeliveryState.WAITING not in states.values()
        sent = {key for key, state in states.items() if state == DeliveryState.SENT}
        assert sent <= self.journal.times.keys(), "said to be sent, and never heard"
        for person in self.people:
            theirs = self.rows().filter(account_id=person.customer.account.pk)
            if not person.ever_withdrew:
                assert sent >= set(theirs.values_list("pk", flat=True)), "dropped without a reason"
            places = dict(theirs.order_by("event_id").values_list("pk", "event_id"))
            heard = [one.delivery_id for one in self.journal.of(person.customer.membership.pk)]
            order = [places[key] for key in heard if key in sent - self.were_stuck]
            assert order == sorted(order)

    def rows(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(connector=self.connector)

    def stuck(self) -> QuerySet[Delivery]:
        return self.rows().exclude(needs_human="")


@pytest.fixture
def newsletter(transactional_db: None) -> Purpose:
    return scene.purpose(scene.brand())


@pytest.fixture
def journal_is_a_kind() -> Iterator[None]:
    yield
    KINDS.pop(Journal.kind, None)


SAYS, WITHDRAWS = Changes(0, Verb.SAYS), Changes(0, Verb.WITHDRAWS)


@pytest.mark.timeout(7_200)
@pytest.mark.usefixtures("journal_is_a_kind")
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
# Frozen before it sends; another sends that and the next; it thaws.
@example([SAYS, Steps(0, 3), Passes(60), Sweeps(), SAYS, Sweeps(), Steps(0, 2, in_flight=True)])
# The answer is lost, and the consent withdrawn before it was repeated.
@example([Sweeps(), SAYS, Steps(0, 5, Fate.LOST), WITHDRAWS, Passes(10), Sweeps()])
# Read while it was allowed, sent too late.
@example([Sweeps(), SAYS, Steps(0, 2), WITHDRAWS, Passes(40), Steps(0, 3), Sweeps()])
def test_any_history_tells_each_event_once_and_in_order(
    newsletter: Purpose, history: list[Happening]
) -> None:
    world = World(newsletter)
    try:
        for what in history:
            world.happens(what)
        world.ends()
    finally:
        Connector.objects.update(is_active=False)
