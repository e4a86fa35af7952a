"""Several workers and several writers at once, on real connections: every contact is there once and right."""

import random
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from accounts.models import Brand
from consent.models import Purpose
from provisioning.models import Link
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.scene import Customer, deliver, settled

WORKERS, WRITERS, PEOPLE, CHANGES = 4, 3, 12, 60

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> Brand:
    return scene.brand()


@pytest.fixture
def threads() -> Iterator[Callable[[Callable[[], None]], threading.Thread]]:
    """Starts a thread with a connection of its own; what it raises fails the test."""
    started: list[threading.Thread] = []
    failures: list[BaseException] = []

    def start(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        started.append(threading.Thread(target=run, daemon=True))
        started[-1].start()
        return started[-1]

    yield start
    for thread in started:
        thread.join(60)
    assert failures == []


class Writer:
    """Somebody who changes things at random, and what should be true in the end."""

    def __init__(self, people: list[Customer], purpose: Purpose, seed: int) -> None:
        self.people, self.purpose, self.chance = people, purpose, random.Random(seed)
        self.names: dict[str, str] = {}
        self.given: dict[str, bool] = {customer.our_id: True for customer in people}

    def writes(self) -> None:
        for number in range(CHANGES):
            customer = self.chance.choice(self.people)
            match self.chance.randrange(4):
                case 0:
                    customer.withdraws(self.purpose)
                    self.given[customer.our_id] = False
                case 1:
                    customer.gives(self.purpose)
                    self.given[customer.our_id] = True
                case _:
                    customer.says(given_name=f"Name {number}")
                    self.names[customer.our_id] = f"Name {number}"


def test_workers_and_writers_converge_and_each_contact_is_there_once(
    hubspot: Target, newsletter: Purpose, threads: Callable[[Callable[[], None]], threading.Thread]
) -> None:
    people = scene.crowd(newsletter, PEOPLE)
    writers = [Writer(people[number::WRITERS], newsletter, number) for number in range(WRITERS)]
    done = threading.Event()
    deliver()
    hubspot.fault("garbage", path_contains="/statuses/")

    def work() -> None:
        while not done.is_set():
            deliver(budget=1.0)

    workers = [threads(work) for _number in range(WORKERS)]
    for writing in [threads(writer.writes) for writer in writers]:
        writing.join(60)
    done.set()
    for worker in workers:
        worker.join(60)
    talked = len(hubspot.requests)
    for patience in (60, 120, 180):
        deliver(after=patience)

    assert settled(hubspot.connector)
    assert talked > 3 * PEOPLE, "workers and writers were busy at the same time"
    assert len(hubspot.contacts) == PEOPLE
    for writer in writers:
        for customer in writer.people:
            check(hubspot, customer, writer.given[customer.our_id], writer.names.get(customer.our_id))


def check(hubspot: Target, customer: Customer, given: bool, name: str | None) -> None:
    contact = hubspot.contact(customer)
    assert hubspot.status(customer.email) == ("SUBSCRIBED" if given else "UNSUBSCRIBED")
    assert contact.get("firstname") == (name if given else None)
    assert customer.link(hubspot.connector).remote_id == contact["id"]


def test_workers_never_take_the_same_link(
    newsletter: Purpose,
    hubspot: Target,
    threads: Callable[[Callable[[], None]], threading.Thread],
) -> None:
    scene.crowd(newsletter, 60)
    ready = threading.Barrier(WORKERS)

    def work() -> None:
        ready.wait()
        deliver()

    for worker in [threads(work) for _number in range(WORKERS)]:
        worker.join(60)

    assert settled(hubspot.connector)
    sent = [
        row["id"]
        for one in hubspot.requests
        if one["path"].endswith("batch/upsert")
        for row in one["body"]["inputs"]
    ]
    assert len(sent) == len(set(sent)) == 60
    assert Link.objects.filter(claim=None).count() == 60
