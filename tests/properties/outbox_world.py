"""The world in which histories happen, and what must be true of it.

Database and outbox are the real ones; the target is in memory, so that each of its steps can be chosen.
"""

import datetime as dt
import time
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from ciam.lib.ids import uuid7
from ciam.lib.outbox import NeedsHuman, TryLater, moment
from provisioning import breaker, delivery
from provisioning.connectors.base import Answer, Erase, Hold, Push
from provisioning.delivery import FRESH, Batch
from provisioning.models import Connector, Link, Release
from provisioning.outbox import send_again, send_due
from provisioning.settling import settle_all
from tests.properties.outbox_histories import (
    PEOPLE,
    WORKERS,
    AsksAgain,
    Changes,
    Dies,
    Fate,
    Happening,
    Passes,
    Publishes,
    Redraws,
    Steps,
    Sweeps,
    Verb,
)
from tests.properties.outbox_people import ERASED, LIKES, NOTHING, WITH_NAMES, WITHOUT, Person, State
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import SITE

# Real time passes too, a little of it.
SLACK = 5.0


@dataclass
class Worker:
    batch: Batch | None = None
    phase: int = 0
    wrote_late: bool = False


class World:
    def __init__(self) -> None:
        self.offset = 0.0
        brand = scene.brand(f"shop-{uuid7()}")
        self.cells, self.wording = WITH_NAMES, WITH_NAMES
        self.newsletter = scene.purpose(brand, "newsletter", sorted(self.wording))
        self.personal = scene.purpose(brand, "personal", ["interests"])
        self.connector = scene.connector(self.newsletter, Memory.kind)
        Release.objects.create(connector=self.connector, purpose=self.personal, attribute="interests")
        self.memory = Memory(clock=self.clock, before=self.before, after=self.after)
        self.people = [Person(customer) for customer in scene.crowd(self.newsletter, PEOPLE)]
        self.workers = [Worker() for _number in range(WORKERS)]
        self.fate = Fate.HEARD
        self.broken: list[str] = []
        for person in self.people:
            person.covered = self.wording
            person.customer.says(interests=[LIKES])
            self.note(person)

    def note(self, person: Person) -> None:
        person.states.append((self.clock(), person.state(self.cells)))

    def clock(self) -> float:
        return time.monotonic() + self.offset

    def now(self) -> dt.datetime:
        return moment() + dt.timedelta(seconds=self.offset)

    # -- what happens

    def happens(self, what: Happening) -> None:
        match what:
            case Changes(person, verb):
                self.change(self.people[person], verb)
            case Steps(worker, phases, fate, in_flight):
                for _phase in range(phases):
                    self.step(self.workers[worker], fate, in_flight)
            case Dies(worker):
                self.die(self.workers[worker])
            case Sweeps():
                self.sweep()
            case Passes(seconds):
                self.offset += seconds
            case AsksAgain(person):
                send_again(self.links(self.people[person]), SITE)
            case Publishes(names):
                self.publish(WITH_NAMES if names else WITHOUT)
            case Redraws(names):
                self.redraw(WITH_NAMES if names else WITHOUT)

    def publish(self, releases: frozenset[str]) -> None:
        """Who agreed before has agreed to what that wording said: nothing else leaves now than before."""
        latest = self.newsletter.versions.latest("number")
        latest.pk, latest._state.adding = uuid7(), True
        latest.number, latest.material, latest.releases = latest.number + 1, False, sorted(releases)
        latest.save()
        self.wording = releases

    def redraw(self, cells: frozenset[str]) -> None:
        with transaction.atomic():
            of_newsletter = Release.objects.filter(connector=self.connector, purpose=self.newsletter)
            of_newsletter.delete()
            Release.objects.bulk_create(
                Release(connector=self.connector, purpose=self.newsletter, attribute=name) for name in cells
            )
            self.cells = cells
            send_again(self.links(), SITE)
        for person in self.people:
            self.note(person)

    def change(self, person: Person, verb: Verb) -> None:
        customer = person.customer
        match verb:
            case Verb.SAYS:
                person.name += 1
                customer.says(given_name=f"Name {person.name}")
            case Verb.GIVES:
                person.covered = self.wording
                customer.gives(self.newsletter)
            case Verb.WITHDRAWS:
                person.covered = frozenset()
                customer.withdraws(self.newsletter)
            case Verb.ENDS:
                person.active = False
                customer.ends()
            case Verb.RETURNS:
                person.active = True
                customer.returns()
            case Verb.ERASED:
                person.erased = True
                customer.is_erased()
            case Verb.OPENS:
                person.personal = True
                customer.gives(self.personal)
            case Verb.CLOSES:
                person.personal = False
                customer.withdraws(self.personal)
            case Verb.PAUSES | Verb.RESUMES:
                person.paused = verb == Verb.PAUSES
                customer.is_restricted(person.paused)
        self.note(person)

    def sweep(self) -> None:
        self.fate = Fate.HEARD
        send_due(self.now(), budget=1_000, clock=self.clock)

    def step(self, worker: Worker, fate: Fate, in_flight: bool) -> None:
        if worker.batch is None:
            worker.batch = self._claimed()
            worker.phase = 1
        elif worker.phase == 1:
            worker.batch = delivery.read(worker.batch)
            worker.phase = 2
        elif worker.phase == 2:
            worker.batch = delivery.announce(worker.batch, self.clock)
            worker.phase = 3
        elif worker.phase == 3:
            self._talk(worker, worker.batch, fate, in_flight)
            worker.phase = 4
        else:
            settle_all(worker.batch, self.now())
            self._rests(worker)

    def _claimed(self) -> Batch | None:
        connectors = Connector.objects.open_at(self.now()).filter(pk=self.connector.pk)
        connector = connectors.select_related("purpose").first()
        if connector is None or not breaker.may_try(connector, self.now(), delivery.LEASE):
            return None
        most = breaker.batch_size(connector, Memory.batch_size)
        return delivery.claim(connector, self.memory, most=most, now=self.now(), clock=self.clock)

    def _talk(self, worker: Worker, batch: Batch, fate: Fate, in_flight: bool) -> None:
        self.fate, self.memory.heeds_deadline = fate, not in_flight
        worker.wrote_late = in_flight and self.clock() > batch.deadline
        talked = delivery.talk(batch, self.now())
        self.memory.heeds_deadline = True
        if batch.pushes:
            breaker.learn(batch.connector, Memory.batch_size, talked.failure, self.now())
        worker.batch = talked

    def die(self, worker: Worker) -> None:
        if not worker.wrote_late:
            self._rests(worker)

    def _rests(self, worker: Worker) -> None:
        worker.batch, worker.phase, worker.wrote_late = None, 0, False

    # -- what the target sees

    def before(self, push: Push) -> Answer | None:
        self._check(push)
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

    def after(self, push: Push) -> None:
        if self.fate == Fate.LOST:
            raise TryLater("lost")

    def _check(self, push: Push) -> None:
        """What is sent in time is what was allowed moments ago, and not older than what was sent before."""
        if not self.memory.heeds_deadline:
            return
        person = next(one for one in self.people if one.customer.membership.pk == push.member_id)
        possible = person.possible(_state(push), self.clock() - FRESH - SLACK)
        newer = [number for number in possible if number >= person.floor]
        # Kept for later: whatever a target raises is a failure of the target to the outbox.
        if not newer:
            self.broken.append("older state after newer" if possible else "too old, or never allowed")
        elif self.fate in {Fate.HEARD, Fate.LOST}:
            person.floor = newer[0]

    # -- how it ends

    def ends(self) -> None:
        """Who wrote late settles; the others die, in whatever they were doing."""
        for worker in self.workers:
            if worker.wrote_late and worker.batch is not None:
                settle_all(worker.batch, self.now())
        for _round in range(4):
            self.offset += 1_000
            breaker.start(self.connector)
            send_again(self.links().exclude(needs_human=""), SITE)
            self.sweep()
        assert self.broken == []
        assert not Link.objects.behind().filter(connector=self.connector).exists()
        for person in self.people:
            self._check_end(person)

    def _check_end(self, person: Person) -> None:
        record = self.memory.people.get(person.customer.membership.pk)
        wanted = person.state(self.cells)
        if wanted == ERASED:
            assert record is None
        elif wanted == NOTHING:
            assert record is None or record.suppressed
        else:
            assert record is not None
            assert record.values == wanted
        for link in self.links(person):
            assert link.held == (sorted(record.values) if record else [])

    def links(self, person: Person | None = None) -> "QuerySet[Link]":
        links = Link.objects.filter(connector=self.connector).select_related("connector")
        return links.filter(account_id=person.customer.account.pk) if person else links


def _state(push: Push) -> State:
    if isinstance(push.wanted, Hold):
        return push.wanted.values
    return ERASED if isinstance(push.wanted, Erase) else NOTHING
