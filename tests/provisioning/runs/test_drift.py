"""By night each target is asked what it holds. Whoever it holds otherwise is sent anew."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest

from accounts.events import SYSTEM
from accounts.models import ProfileValue
from accounts.values import as_text
from ciam.lib.outbox import NeedsHuman, TryLater, moment
from consent.models import Purpose
from provisioning import runs
from provisioning.connectors import KINDS
from provisioning.connectors.base import Push
from provisioning.models import Connector, Link, Run, RunKind, RunState
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver
from tests.provisioning.runs.working import all_slices

pytestmark = pytest.mark.django_db


@dataclass
class Honest(Memory):
    """A target that says what it holds, as far as it answers."""

    kind: ClassVar[str] = "honest"

    fails: TryLater | NeedsHuman | None = None
    silent_about: set[uuid.UUID] = field(default_factory=set)
    asked: int = 0

    def held_there(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, str] | None]]:
        assert len(pushes) <= self.batch_size
        self.asked += len(pushes)
        if self.fails:
            raise self.fails
        for push in pushes:
            record = self.people.get(push.member_id)
            if push.member_id not in self.silent_about:
                texts = {name: as_text(value) for name, value in record.values.items()} if record else None
                yield push.link_id, texts

    def lies(self, customer: Customer, **values: str) -> None:
        """Somebody changed the record there."""
        record = self.people[customer.membership.pk]
        self.people[customer.membership.pk] = replace(record, values={**record.values, **values})


@pytest.fixture
def honest(monkeypatch: pytest.MonkeyPatch) -> Honest:
    kind = Honest()
    monkeypatch.setitem(KINDS, Honest.kind, kind)
    return kind


@pytest.fixture
def target(newsletter: Purpose, honest: Honest) -> Connector:
    return scene.connector(newsletter, Honest.kind)


@pytest.fixture
def crowd(target: Connector, newsletter: Purpose) -> list[Customer]:
    """More than two batches of them, all in step."""
    customers = scene.crowd(newsletter, 20)
    for number, customer in enumerate(customers):
        customer.says(given_name=f"Number {number}")
    deliver()
    return customers


def check(connector: Connector) -> Run:
    run = runs.start(RunKind.DRIFT, connector, SYSTEM, moment())
    all_slices()
    run.refresh_from_db()
    return run


def test_where_nothing_differs_nothing_is_sent(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    run = check(target)

    assert (run.state, run.expected, run.seen, run.changed) == (RunState.DONE, 20, 20, 0)
    assert not Link.objects.behind().exists()
    assert honest.asked == 20


def test_what_was_changed_there_is_found_and_put_right(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    honest.lies(crowd[3], given_name="Somebody else")
    honest.lies(crowd[17], given_name="")
    del honest.people[crowd[11].membership.pk]

    run = check(target)
    deliver()

    assert run.changed == 3
    names = [honest.people[customer.membership.pk].values["given_name"] for customer in crowd]
    assert names == [f"Number {number}" for number in range(20)]
    assert check(target).changed == 0


def test_what_the_target_knows_by_itself_is_its_own(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    honest.lies(crowd[0], family_name="Of whom we know none", shoe_size="42")

    assert check(target).changed == 0


def test_of_whom_it_says_nothing_nothing_is_believed(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    honest.silent_about = {crowd[0].membership.pk}

    assert check(target).changed == 0


def test_a_change_that_escaped_us_is_found_too(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    ProfileValue.objects.filter(account=crowd[5].account).update(value="Without an event")

    run = check(target)
    deliver()

    assert run.changed == 1
    assert honest.people[crowd[5].membership.pk].values["given_name"] == "Without an event"
    assert honest.asked == 19


def test_those_on_their_way_are_not_asked_about(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    crowd[0].says(given_name="Newer")

    run = check(target)

    assert (run.seen, honest.asked) == (19, 19)


def test_a_target_that_is_busy_is_asked_later(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    honest.fails = TryLater("Too many requests.", 30.0)
    run = check(target)
    stood = (run.state, run.seen, run.trouble, honest.asked)
    honest.fails = None

    all_slices()
    asked_too_early = honest.asked
    Run.objects.update(not_before=moment())
    Connector.objects.update(paused_until=None)
    all_slices()

    run.refresh_from_db()
    assert stood == (RunState.RUNNING, 0, "Too many requests.", 8)
    assert asked_too_early == 8
    assert (run.state, run.seen) == (RunState.DONE, 20)


def test_a_target_that_refuses_stops_until_a_human_has_acted(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    honest.fails = NeedsHuman("It does not accept the credentials.")

    run = check(target)

    target.refresh_from_db()
    assert target.needs_human == "It does not accept the credentials."
    assert (run.state, run.changed) == (RunState.RUNNING, 0)


def test_a_target_that_was_sick_is_tried_and_trusted_again(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    Connector.objects.update(failures=1)

    run = check(target)

    target.refresh_from_db()
    assert (run.state, run.seen, target.failures) == (RunState.DONE, 20, 0)


def test_a_target_that_is_left_alone_is_not_asked(
    target: Connector, crowd: list[Customer], honest: Honest
) -> None:
    Connector.objects.update(failures=3, paused_until=moment() + dt.timedelta(seconds=30))

    run = check(target)

    assert (run.seen, run.trouble) == (0, "Waits until the target can be reached again.")
    assert honest.asked == 0


def test_a_kind_that_can_not_be_asked_is_not(crm: Connector, people: list[Customer]) -> None:
    deliver()

    run = check(crm)

    assert RunKind.DRIFT not in runs.possible(crm)
    assert run.state == RunState.STOPPED
    assert run.trouble == "This kind of target can't be asked what it holds."
