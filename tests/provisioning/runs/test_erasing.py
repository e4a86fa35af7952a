"""A target that takes its time to erase is asked day by day, and after a week of silence a human looks."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from ciam.lib.outbox import NeedsHuman, TryLater, moment
from consent.models import Purpose
from provisioning import erasing
from provisioning.connectors import KINDS
from provisioning.connectors.base import Answer, Done, Erase, Push
from provisioning.models import Connector, Link, Outcome
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def _working(_task: str) -> Answer:
    return TryLater("It is at it.")


@dataclass
class Slow(Memory):
    """Takes the order, and erases later."""

    kind: ClassVar[str] = "slow"

    answer: Answer | None = None
    fails: TryLater | NeedsHuman | None = None
    asked: int = 0

    def _do(self, push: Push) -> Done:
        if isinstance(push.wanted, Erase):
            return Done(push.remote_id, push.held, Outcome.ERASING, task="task-7")
        return super()._do(push)

    def erased(
        self, connector: Connector, tasks: Mapping[uuid.UUID, str], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        self.asked += 1
        if self.fails:
            raise self.fails
        assert set(tasks.values()) == {"task-7"}
        for link_id in tasks:
            yield link_id, self.answer or _working("")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    kind = Slow()
    monkeypatch.setitem(KINDS, Slow.kind, kind)
    return kind


@pytest.fixture
def target(newsletter: Purpose, slow: Slow) -> Connector:
    return scene.connector(newsletter, Slow.kind)


@pytest.fixture
def link(target: Connector, anna: Customer, newsletter: Purpose) -> Link:
    """Of Anna, who is gone."""
    anna.gives(newsletter)
    deliver()
    anna.is_erased()
    deliver()
    return anna.link(target)


def test_it_is_asked_once_a_day_until_it_confirms(link: Link, slow: Slow) -> None:
    now = moment()
    for hour in range(0, 49):
        erasing.ask_targets(now + dt.timedelta(hours=hour))
    asked = slow.asked
    slow.answer = Done(link.remote_id, frozenset(), Outcome.ERASED)

    confirmed = erasing.ask_targets(now + 3 * DAY)
    erasing.ask_targets(now + 9 * DAY)

    before, after = link, Link.objects.get(pk=link.pk)
    assert (before.outcome, before.erasure_task) == (Outcome.ERASING, "task-7")
    assert (asked, confirmed, slow.asked) == (3, 1, 4)
    assert (after.outcome, after.held, after.sent_at) == (Outcome.ERASED, [], now + 3 * DAY)
    assert after.erasure_asked_at == before.erasure_asked_at


def test_a_week_in_which_it_could_not_be_asked_is_for_a_human(link: Link, slow: Slow) -> None:
    slow.fails = TryLater("It did not answer.")
    now = moment()

    for day in range(7):
        erasing.ask_targets(now + day * DAY)
        last = Link.objects.get(pk=link.pk).needs_human if day == 5 else ""
        assert not last

    stuck = Link.objects.get(pk=link.pk)
    assert stuck.needs_human.startswith("For 7 days the target could not be asked")
    assert stuck.outcome == Outcome.ERASING


def test_one_day_on_which_it_answers_counts_anew(link: Link, slow: Slow) -> None:
    now = moment()
    for day in range(12):
        slow.fails = None if day == 5 else TryLater("It did not answer.")
        erasing.ask_targets(now + day * DAY)

    assert not Link.objects.get(pk=link.pk).needs_human


def test_one_that_works_on_it_for_a_month_is_for_a_human(link: Link) -> None:
    erasing.ask_targets(moment() + 31 * DAY)

    assert "30 days ago" in Link.objects.get(pk=link.pk).needs_human


def test_a_failed_erasure_is_for_a_human_at_once(link: Link, slow: Slow) -> None:
    slow.answer = NeedsHuman("It refused the order.")

    erasing.ask_targets(moment())

    assert Link.objects.get(pk=link.pk).needs_human == "It refused the order."


def test_refused_credentials_stop_the_target(link: Link, slow: Slow, target: Connector) -> None:
    slow.fails = NeedsHuman("It does not accept the credentials.")

    erasing.ask_targets(moment())

    target.refresh_from_db()
    assert target.needs_human == "It does not accept the credentials."
    assert not Link.objects.get(pk=link.pk).needs_human
