"""What a sick target means for itself, for the others, and for whoever it can't bear."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from ciam.lib.outbox import TryLater, moment
from consent.models import Purpose
from provisioning import breaker, delivery
from provisioning.connectors import KINDS
from provisioning.connectors.base import Push
from provisioning.models import Connector, Link
from provisioning.outbox import send_due
from provisioning.settling import settle_all
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory, talked
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


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
