"""The phases of a delivery, one by one."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import OperationalError

from accounts.models import Brand, ProfileValue
from accounts.snapshot import Snapshot
from ciam.lib.outbox import NeedsHuman, TryLater, moment
from provisioning import delivery, desired, outbox, settling
from provisioning.connectors.base import Answer, Done, Gone, Push
from provisioning.delivery import Batch
from provisioning.desired import Standings
from provisioning.matrix import Matrix
from provisioning.models import Connector, Link
from provisioning.settling import MOST_TRIES, settle_all
from provisioning.tasks import sweep
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory, claimed, talked
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db


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
    def picky(connector: Connector, matrix: Matrix, snapshot: Snapshot | None, stands: Standings) -> object:
        if snapshot is not None and snapshot.account_id == people[0].account.pk:
            raise ValueError("canary")
        return desired.desired(connector, matrix, snapshot, stands)

    monkeypatch.setattr(delivery, "desired", picky)
    deliver()

    assert len(memory.people) == 23
    assert people[0].link(crm).needs_human == "What may be known here could not be decided (ValueError)."


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


def test_the_workers_task_sweeps_and_takes_no_arguments(crm: Connector, people: list[Customer]) -> None:
    assert sweep.name == "provisioning.sweep"
    assert sweep() == 24
    assert sweep() == 0


def test_times_are_those_of_the_database(crm: Connector, shop: Brand) -> None:
    scene.meet(shop, "anna@example.com")

    link = Link.objects.get()

    assert moment() - dt.timedelta(seconds=60) < link.not_before <= moment()


def test_a_value_that_is_no_text_holds_up_nobody(
    crm: Connector, memory: Memory, people: list[Customer]
) -> None:
    people[0].says(interests=["tea"])
    ProfileValue.objects.filter(account=people[0].account, attribute="interests").update(value=[1])

    deliver()

    assert len(memory.people) == 23
    assert people[0].link(crm).needs_human == "What may be known here could not be decided (TypeError)."


@pytest.mark.django_db(transaction=True)
def test_what_came_of_a_talk_is_kept_although_the_connection_broke(
    crm: Connector, memory: Memory, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    settled_before: list[int] = []

    def breaks_first(batch: Batch, now: dt.datetime) -> int:
        settled_before.append(len(batch.links))
        if len(settled_before) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        return settle_all(batch, now)

    monkeypatch.setattr(outbox, "settle_all", breaks_first)
    deliver()

    assert settled(crm)
    assert len(memory.people) == 24
