"""Runs go through everybody, slice by slice, and survive whatever happens in the middle of one."""

import datetime as dt
import uuid
from typing import NoReturn

import pytest
from django.utils import timezone

from accounts.events import SYSTEM, Actor
from accounts.models import Membership
from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning import progress, runs
from provisioning.models import Connector, Link, Run, RunKind, RunState
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver, settled
from tests.provisioning.runs.working import all_slices, one_slice

pytestmark = pytest.mark.django_db

OLGA = Actor("operator", "olga")


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.resyncing.SLICE", 10)


def begin(connector: Connector, kind: RunKind = RunKind.RESYNC) -> Run:
    return runs.start(kind, connector, OLGA, moment())


def wanted(connector: Connector) -> dict[uuid.UUID, uuid.UUID]:
    return dict(Link.objects.filter(connector=connector).values_list("account_id", "wanted"))


def test_a_resync_sends_everybody_anew(crm: Connector, people: list[Customer], memory: Memory) -> None:
    deliver()
    memory.people.clear()
    run = begin(crm)

    all_slices()
    deliver()

    run.refresh_from_db()
    assert (run.state, run.expected, run.seen, run.changed) == (RunState.DONE, 24, 24, 24)
    assert run.ended_at is not None
    assert memory.people.keys() == {customer.membership.pk for customer in people}


def test_a_resync_also_sends_those_who_came_before_the_target(newsletter: Purpose, memory: Memory) -> None:
    customers = scene.crowd(newsletter, 24)
    gone = scene.meet(newsletter.brand, "gone@example.com")
    gone.ends()
    late = scene.connector(newsletter, Memory.kind)
    run = begin(late)

    all_slices()
    deliver()

    assert run.expected == 24
    assert memory.people.keys() == {customer.membership.pk for customer in customers}
    assert settled(late)


def test_of_the_erased_a_resync_leaves_the_receipt_as_it_is(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    anna.is_erased()
    deliver()
    run = begin(crm)

    all_slices()

    assert run.expected == 0
    assert not anna.link(crm).is_behind


def test_a_crash_in_the_middle_of_a_slice_loses_nobody_and_doubles_nothing(
    crm: Connector, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver()
    run = begin(crm)
    one_slice()
    before = wanted(crm)

    class Killed(BaseException):
        pass

    def die(*_args: object, **_named: object) -> NoReturn:
        raise Killed

    with monkeypatch.context() as at_the_last_moment:
        at_the_last_moment.setattr("provisioning.resyncing.advance", die)
        with pytest.raises(Killed):
            one_slice()
    after_the_crash = wanted(crm)
    run.refresh_from_db()
    seen = run.seen
    still_leased = one_slice()
    runs.work(moment() + runs.LEASE)

    run.refresh_from_db()
    assert after_the_crash == before
    assert (seen, still_leased) == (10, 0)
    assert (run.state, run.seen, run.changed) == (RunState.DONE, 24, 24)
    assert Link.objects.behind().count() == 24
    first = sorted(before)[:10]
    assert {account: wanted(crm)[account] for account in first} == {
        account: before[account] for account in first
    }


def test_a_worker_that_was_frozen_changes_nothing_when_it_goes_on(
    crm: Connector, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver()
    run = begin(crm)
    real = progress.advance

    def frozen(*args: object, **named: object) -> None:
        monkeypatch.setattr("provisioning.resyncing.advance", real)
        # Meanwhile its lease ended, and another did all there was to do.
        Run.objects.filter(pk=run.pk).update(claim=uuid.uuid4(), state=RunState.DONE, seen=24)
        real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("provisioning.resyncing.advance", frozen)
    before = wanted(crm)

    one_slice()

    assert wanted(crm) == before


def test_a_run_is_stopped_between_two_slices(crm: Connector, people: list[Customer]) -> None:
    deliver()
    run = begin(crm)
    one_slice()

    stopped = runs.stop(run, timezone.now())
    all_slices()

    run.refresh_from_db()
    assert stopped
    assert not runs.stop(run, timezone.now())
    assert (run.state, run.seen) == (RunState.STOPPED, 10)
    assert Link.objects.behind().count() == 10


def test_a_second_one_of_the_same_kind_is_the_first(crm: Connector, people: list[Customer]) -> None:
    first = begin(crm)
    one_slice()

    second = begin(crm)
    other = begin(crm, RunKind.REDRIVE)

    assert second == first
    assert second.seen == 10
    assert other != first


def test_one_that_ended_can_be_begun_again(crm: Connector, people: list[Customer]) -> None:
    first = begin(crm)
    all_slices()

    assert begin(crm) != first


def test_two_runs_share_a_worker(crm: Connector, newsletter: Purpose, people: list[Customer]) -> None:
    other = scene.connector(newsletter, Memory.kind, name="Second")
    rows = [begin(crm), begin(other)]

    for _slice in range(4):
        one_slice()

    for run in rows:
        run.refresh_from_db()
    assert [run.seen for run in rows] == [20, 20]


def test_a_run_never_lets_more_wait_than_a_change_can_wait_behind(
    crm: Connector, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver()
    monkeypatch.setattr("provisioning.resyncing.MOST_WAITING", 10)
    run = begin(crm)

    all_slices()
    waiting = Link.objects.behind().count()
    run.refresh_from_db()
    trouble = run.trouble
    deliver()
    Run.objects.update(not_before=moment())
    one_slice()

    run.refresh_from_db()
    assert (waiting, trouble) == (10, "Waits until the target has caught up.")
    assert (run.seen, run.trouble) == (20, "")


def test_whatever_goes_wrong_a_run_is_tried_again_and_says_no_value(
    crm: Connector, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(*_args: object) -> NoReturn:
        raise ValueError("canary")

    run = begin(crm)
    with monkeypatch.context() as odd_day:
        odd_day.setitem(runs.SLICES, RunKind.RESYNC, odd)
        all_slices()
    run.refresh_from_db()
    trouble = run.trouble
    runs.work(moment() + dt.timedelta(minutes=1))

    run.refresh_from_db()
    assert trouble == "Failed unexpectedly (ValueError)."
    assert run.state == RunState.DONE


def test_one_person_is_sent_again_to_every_target(
    crm: Connector, anna: Customer, newsletter: Purpose, memory: Memory
) -> None:
    anna.gives(newsletter)
    deliver()
    late = scene.connector(newsletter, Memory.kind, name="Late")
    bert = scene.meet(newsletter.brand, "bert@example.com")
    deliver()

    count = runs.resync_person(anna.account, OLGA)

    assert count == 2
    assert {link.account_id for link in Link.objects.behind()} == {anna.account.pk}
    assert anna.link(late).is_behind
    assert not bert.link(crm).is_behind


def test_one_brand_is_sent_again_to_each_of_its_targets(crm: Connector, newsletter: Purpose) -> None:
    second = scene.connector(newsletter, Memory.kind, name="Second")
    scene.connector(newsletter, Memory.kind, name="Off", is_active=False)
    scene.connector(newsletter, Memory.kind, name="Events alone", keeps_state=False)
    scene.connector(scene.purpose(scene.brand("bakery")), Memory.kind, name="Another's")

    begun = runs.resync_brand(newsletter.brand, SYSTEM, moment())

    assert {run.connector for run in begun} == {crm, second}
    assert Membership.objects.count() == 0
