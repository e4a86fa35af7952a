"""The phases of a delivery, one by one, and what a sick target means for itself and for the others."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from pytest_django import Settings

from accounts.models import Brand
from accounts.snapshot import Snapshot
from ciam.lib.outbox import NeedsHuman, TryLater, moment
from consent.models import Purpose
from provisioning import breaker, delivery, desired, settling
from provisioning.connectors import KINDS
from provisioning.connectors.base import Answer, Done, Gone, Push
from provisioning.delivery import Batch
from provisioning.models import Connector, Link
from provisioning.outbox import send_due
from provisioning.settling import MOST_TRIES, settle_all
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def crm(newsletter: Purpose, memory: Memory) -> Connector:
    return scene.connector(newsletter, Memory.kind)


@pytest.fixture
def people(crm: Connector, newsletter: Purpose) -> list[Customer]:
    """Two dozen who agreed."""
    return scene.crowd(newsletter, 24)


def claimed(crm: Connector, memory: Memory, most: int = 99) -> Batch:
    return delivery.claim(crm, memory, most=most, now=moment())


def talked(crm: Connector, memory: Memory) -> Batch:
    return delivery.talk(delivery.announce(delivery.read(claimed(crm, memory))), moment())


def always(answer: Answer) -> Callable[[Push], Answer]:
    return lambda push: answer


def test_what_was_claimed_too_long_ago_is_not_sent_and_is_free_again(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    batch = delivery.read(claimed(crm, memory))

    late = delivery.announce(batch, clock=lambda: batch.deadline + 1)
    settle_all(delivery.talk(late, moment()), moment())

    assert memory.people == {}
    assert deliver() == 24


def test_what_another_has_taken_over_is_not_talked_about(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    batch = delivery.read(claimed(crm, memory))
    deliver(after=60)
    memory.people.clear()

    settle_all(delivery.talk(delivery.announce(batch), moment()), moment())

    assert memory.people == {}
    assert settled(crm)


def test_what_is_about_to_leave_is_written_down_first(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    delivery.announce(delivery.read(claimed(crm, memory)))

    assert memory.people == {}
    assert {tuple(link.held) for link in Link.objects.all()} == {("email",)}


def test_a_change_after_the_claim_leaves_the_link_behind(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    batch = talked(crm, memory)
    people[0].says(given_name="New")

    assert settle_all(batch, moment()) == 24

    assert people[0].link(crm).is_behind
    deliver()
    assert memory.people[people[0].membership.pk].values["given_name"] == "New"


@pytest.mark.parametrize("answer", [NeedsHuman("Never."), TryLater("Later."), Gone("Gone.")])
def test_what_became_of_an_older_state_does_not_hold_up_a_newer(
    crm: Connector, memory: Memory, people: list[Customer], answer: Answer
) -> None:
    memory.before = always(answer)
    batch = talked(crm, memory)
    people[0].says(given_name="New")
    settle_all(batch, moment())

    memory.before = lambda push: None
    deliver()

    assert not people[0].link(crm).is_behind


def test_a_row_waits_longer_and_longer_and_ends_with_a_human(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    memory.before = always(TryLater("Busy."))
    settle_all(talked(crm, memory), moment())
    link = people[0].link(crm)
    assert (link.tries, link.trouble) == (1, "Busy.")
    assert link.not_before > moment()

    Link.objects.update(tries=MOST_TRIES, not_before=moment())
    settle_all(talked(crm, memory), moment())
    assert people[0].link(crm).needs_human == "Tried for days: Busy."


def test_a_target_that_says_nothing_of_somebody_is_asked_again(
    crm: Connector, memory: Memory, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Memory, "push", lambda self, connector, pushes, deadline: iter(()))
        settle_all(talked(crm, memory), moment())
    assert people[0].link(crm).trouble == "The target said nothing of this person."

    deliver(after=5)
    assert settled(crm)


def test_somebody_whose_data_is_not_understood_holds_up_nobody(
    crm: Connector, memory: Memory, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def picky(connector: Connector, snapshot: Snapshot | None, stands: object) -> object:
        if snapshot is not None and snapshot.account_id == people[0].account.pk:
            raise ValueError("canary")
        return desired.desired(connector, snapshot, stands)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "desired", picky)
    deliver()

    assert len(memory.people) == 23
    assert people[0].link(crm).needs_human == "What may be known here could not be decided (ValueError)."


def test_an_unexpected_failure_says_where_and_not_what(
    crm: Connector, memory: Memory, people: list[Customer], caplog: pytest.LogCaptureFixture
) -> None:
    def fails(push: Push) -> None:
        raise RuntimeError("canary")

    memory.before = fails
    settle_all(talked(crm, memory), moment())

    assert "RuntimeError" in people[0].link(crm).trouble
    assert "memory.py" in caplog.text
    assert "canary" not in caplog.text + people[0].link(crm).trouble


def test_what_was_answered_before_the_target_failed_is_kept(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    def fails_at_third(push: Push) -> None:
        if len(memory.people) == 3:
            raise TryLater("Down.")

    memory.before = fails_at_third
    assert settle_all(talked(crm, memory), moment()) == 3


def test_a_sick_target_is_left_alone_for_longer_and_longer(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    def down(push: Push) -> None:
        raise TryLater("Down.")

    memory.before = down
    for elapsed in range(0, 600, 3):
        deliver(after=elapsed)

    assert 10 <= len(memory.sizes) <= 30
    assert memory.sizes[0] == Memory.batch_size
    assert set(memory.sizes[5:]) == {1}
    assert not Link.objects.exclude(needs_human="").exists()

    memory.before = lambda push: None
    memory.sizes.clear()
    assert deliver(after=700) == 24
    assert memory.sizes[:5] == [1, 1, 2, 4, 8]


def test_one_who_makes_every_batch_fail_is_found_and_holds_up_nobody_for_long(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    def poisoned(push: Push) -> None:
        if push.member_id == people[7].membership.pk:
            raise TryLater("Internal error.")

    memory.before = poisoned
    for minute in range(1, 30):
        people[20].says(given_name=f"Name {minute}")
        deliver(after=60.0 * minute)
        if minute == 10:
            assert len(memory.people) == 23

    assert "fails whenever this person is sent" in people[7].link(crm).needs_human
    crm.refresh_from_db()
    assert crm.needs_human == ""


def test_a_sick_target_is_tried_by_one_worker_at_a_time(crm: Connector, people: list[Customer]) -> None:
    Connector.objects.update(failures=2, paused_until=moment())
    crm.refresh_from_db()

    assert breaker.may_try(crm, moment(), delivery.LEASE)
    assert not breaker.may_try(crm, moment(), delivery.LEASE)
    assert breaker.may_try(crm, moment() + delivery.LEASE * 2, delivery.LEASE)


def test_a_target_that_is_down_or_stopped_or_long_holds_up_no_other(
    crm: Connector, memory: Memory, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(push: Push) -> None:
        raise TryLater("Down.")

    monkeypatch.setitem(KINDS, "down", Memory(before=down))
    for kind in ("down", "fax"):
        scene.connector(newsletter, kind)
    for number in range(3):
        scene.meet(newsletter.brand, f"person{number}@example.com").gives(newsletter)

    deliver()

    assert len(memory.people) == 3
    assert "fax" in Connector.objects.get(kind="fax").needs_human


@pytest.mark.usefixtures("crm")
def test_each_target_gets_one_batch_a_round(
    memory: Memory, people: list[Customer], newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def noted(name: str) -> Callable[[Push], None]:
        return lambda push: order.append(name)

    second = Memory(before=noted("second"))
    memory.before = noted("first")
    monkeypatch.setitem(KINDS, "second", second)
    scene.connector(newsletter, "second")
    for customer in people[:2]:
        customer.says(family_name="Meier")

    deliver()

    assert order.index("second") <= Memory.batch_size
    assert len(second.people) == 2


def test_with_a_spent_budget_the_rest_waits_for_the_next(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    ticks = iter(range(1_000))

    done = send_due(moment(), budget=0, clock=lambda: float(next(ticks)) / 100)

    assert done == 0
    assert deliver() == 24


def test_a_secret_that_cannot_be_read_stops_its_target_only(
    crm: Connector, memory: Memory, people: list[Customer], newsletter: Purpose, settings: Settings
) -> None:
    broken = scene.connector(newsletter, "hubspot", settings={"base_url": "http://localhost:1"})
    people[0].says(given_name="Ann")
    settings.SECRET_KEY = "another-secret-key"

    deliver()

    broken.refresh_from_db(fields=["needs_human"])
    assert "enter it again" in broken.needs_human
    assert len(memory.people) == 24


def test_a_lost_claim_makes_somebody_send_again_with_all_that_may_be_there(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    batch = talked(crm, memory)
    deliver(after=60)
    before = people[0].link(crm)

    settling.settle_all(replace(batch, answers={}, failure=TryLater("No answer.")), moment())

    link = people[0].link(crm)
    assert link.is_behind
    assert (link.wanted != before.wanted, link.subscription_mark, link.held) == (True, "", ["email"])
    assert deliver() == 24


def test_a_record_of_which_only_the_loser_of_a_claim_knows_is_kept(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    batch = talked(crm, memory)
    Link.objects.update(claim=uuid.uuid4())
    ours = {key: answer for key, answer in batch.answers.items() if isinstance(answer, Done)}

    settle_all(batch, moment())

    assert {link.remote_id for link in Link.objects.all()} == {done.remote_id for done in ours.values()}


def test_times_are_those_of_the_database(crm: Connector, shop: Brand) -> None:
    scene.meet(shop, "anna@example.com")

    link = Link.objects.get()

    assert moment() - dt.timedelta(seconds=60) < link.not_before <= moment()
