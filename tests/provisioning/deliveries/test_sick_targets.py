"""What a sick target means for its events, for its links and for the other targets."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from accounts.events import EventType
from ciam.lib.outbox import NeedsHuman, TryLater, moment
from consent.models import Purpose
from provisioning.connectors import KINDS
from provisioning.connectors.base import Answer, Message, Push
from provisioning.deliveries import waiting
from provisioning.models import Connector, Delivery
from provisioning.outbox import oldest_behind
from tests.provisioning.deliveries.journal import Journal
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(target: Connector, newsletter: Purpose) -> list[Customer]:
    """Two dozen who agreed, of which the target is yet to hear."""
    return scene.crowd(newsletter, 24)


def fails(message: Message) -> None:
    raise TryLater("Down.")


def test_an_event_that_is_refused_thrice_is_for_a_human_and_the_rest_goes_on(
    people: list[Customer], journal: Journal
) -> None:
    def refuses_one(message: Message) -> Answer | None:
        return NeedsHuman("400.") if message.member_id == people[7].membership.pk else None

    journal.before = refuses_one
    for minute in range(4):
        deliver(after=60.0 * minute)

    stuck = Delivery.objects.exclude(needs_human="").get()
    assert (stuck.account_id, stuck.tries) == (people[7].account.pk, 3)
    assert len(journal.heard) == 23
    assert not waiting().exists()


def test_one_event_that_makes_every_batch_fail_is_found_and_holds_up_nobody_for_long(
    people: list[Customer], journal: Journal
) -> None:
    def poisoned(message: Message) -> None:
        if message.member_id == people[7].membership.pk:
            raise TryLater("Internal error.")

    journal.before = poisoned
    for third_of_a_minute in range(1, 60):
        people[20].says(given_name=f"Name {third_of_a_minute}")
        deliver(after=20.0 * third_of_a_minute)
        if third_of_a_minute == 20:
            assert len({message.member_id for message in journal.heard}) == 23

    stuck = Delivery.objects.exclude(needs_human="").get()
    assert "fails whenever this event is sent" in stuck.needs_human
    assert stuck.account_id == people[7].account.pk


def test_a_sick_target_is_left_alone_for_longer_and_longer_and_loses_nothing(
    people: list[Customer], target: Connector, journal: Journal
) -> None:
    journal.before = fails
    for elapsed in range(0, 600, 3):
        deliver(after=elapsed)

    assert 10 <= len(journal.sizes) <= 30
    assert set(journal.sizes[5:]) == {1}
    assert not Delivery.objects.exclude(needs_human="").exists()

    journal.before = lambda message: None
    journal.sizes.clear()
    assert deliver(after=700) == 24
    assert journal.sizes[:5] == [1, 1, 2, 4, 8]


def test_a_target_that_names_a_time_is_asked_again_then(
    people: list[Customer], target: Connector, journal: Journal
) -> None:
    def busy(message: Message) -> None:
        raise TryLater("429.", 120.0)

    journal.before = busy
    deliver()
    tried = len(journal.sizes)
    deliver(after=100)
    assert len(journal.sizes) == tried

    journal.before = lambda message: None
    assert deliver(after=130) == 24


def test_a_target_that_refuses_us_gets_nothing_until_an_operator_has_acted(
    people: list[Customer], target: Connector, journal: Journal
) -> None:
    def locked_out(message: Message) -> None:
        raise NeedsHuman("410: nobody listens here.")

    journal.before = locked_out
    deliver()
    deliver(after=600)

    target.refresh_from_db()
    assert target.needs_human == "410: nobody listens here."
    assert len(journal.sizes) == 1
    assert waiting().count() == 24


def test_an_unexpected_failure_says_where_and_not_what(
    people: list[Customer], journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(message: Message) -> None:
        raise RuntimeError("canary")

    journal.before = breaks
    deliver()

    trouble = set(waiting().values_list("trouble", flat=True)) - {""}
    assert trouble == {"The connector failed unexpectedly (RuntimeError)."}
    assert "test_sick_targets.py" in caplog.text
    assert "canary" not in caplog.text


@dataclass
class Both(Memory):
    """Keeps people and takes events."""

    kind: ClassVar[str] = "both"
    event_types: ClassVar[tuple[str, ...]] = Journal.event_types
    event_batch_size: ClassVar[int] = Journal.event_batch_size

    events: Journal = field(default_factory=Journal)

    def deliver(
        self, connector: Connector, messages: Sequence[Message], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        return self.events.deliver(connector, messages, deadline)


def test_what_is_learnt_of_a_target_by_its_links_holds_for_its_events(
    newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Both()
    monkeypatch.setitem(KINDS, "both", both)
    scene.connector(newsletter, "both", event_types=[EventType.CONSENT_CHANGED])
    anna = scene.meet(newsletter.brand, "anna@example.com", given_name="Anna")
    anna.gives(newsletter)

    def down(push: Push) -> None:
        raise TryLater("Down.")

    both.before = down
    deliver()
    assert both.events.sizes == []

    both.before = lambda push: None
    deliver(after=60)
    assert len(both.people) == 1
    assert [message.type for message in both.events.heard] == [EventType.CONSENT_CHANGED]
    assert both.events.heard[0].values == {"email": "anna@example.com", "given_name": "Anna"}


def test_events_and_links_take_turns(
    people: list[Customer], journal: Journal, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is long, the other begins after one batch of each target."""
    order: list[str] = []

    def noted(name: str) -> Callable[[object], None]:
        return lambda _one: order.append(name)

    memory = Memory(before=noted("link"))
    journal.before = noted("event")
    monkeypatch.setitem(KINDS, Memory.kind, memory)
    scene.connector(newsletter, Memory.kind)
    for customer in people:
        customer.says(family_name="Meier")

    deliver()

    assert (order.count("link"), order.count("event")) == (24, 48)
    assert order.index("event") <= Memory.batch_size
    assert order.index("link", order.index("event")) <= Memory.batch_size + Journal.event_batch_size


def test_a_target_that_is_down_holds_up_no_other(
    people: list[Customer], journal: Journal, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    monkeypatch.setitem(KINDS, Memory.kind, memory)
    monkeypatch.setitem(KINDS, "second", Journal())
    scene.connector(newsletter, Memory.kind)
    scene.connector(newsletter, "second", keeps_state=False, event_types=[EventType.PROFILE_CHANGED])
    journal.before = fails
    people[0].says(given_name="Anne")

    deliver()

    second = KINDS["second"]
    assert isinstance(second, Journal)
    assert len(second.heard) == 1
    assert len(memory.people) == 1


def test_the_event_that_waits_longest_shows(
    people: list[Customer], target: Connector, journal: Journal
) -> None:
    assert 0.0 <= (oldest_behind(moment()) or -1.0) < 60.0
    Delivery.objects.filter(account_id=people[0].account.pk).update(at=Delivery.objects.latest("at").at)

    deliver()
    assert oldest_behind(moment()) is None

    people[0].says(given_name="Anne")
    Connector.objects.update(is_active=False)
    assert oldest_behind(moment()) is None


def test_a_kind_that_takes_no_events_is_left_alone(
    people: list[Customer], target: Connector, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, Memory.kind, Memory())
    Connector.objects.update(kind=Memory.kind)

    assert deliver() == 0
    assert waiting().count() == 24
