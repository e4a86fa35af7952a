"""Many clocks, workers and operators at the runs of one target."""

from collections.abc import Callable
from functools import partial

import pytest

from accounts.events import SYSTEM
from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning import matrix_editing, runs
from provisioning.connectors import KINDS
from provisioning.models import Connector, Link, Run, RunKind, RunState
from tests.auth_flows.oidc.test_races import at_once
from tests.provisioning.outbox import scene
from tests.provisioning.runs.test_drift import Honest

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 8


@pytest.fixture
def newsletter() -> Purpose:
    return scene.purpose(scene.brand())


@pytest.fixture
def target(newsletter: Purpose, monkeypatch: pytest.MonkeyPatch) -> Connector:
    monkeypatch.setitem(KINDS, Honest.kind, Honest())
    return scene.connector(newsletter, Honest.kind)


def test_many_clocks_at_once_begin_one_run(target: Connector) -> None:
    night = moment().replace(hour=3)

    began = at_once([partial(runs.start_scheduled, night)] * MANY)

    assert sum(len(some) for some in began) == 1
    assert Run.objects.count() == 1


def test_many_operators_at_once_begin_one_run(target: Connector) -> None:
    began = at_once([partial(runs.start, RunKind.RESYNC, target, SYSTEM, moment())] * MANY)

    assert len({run.pk for run in began}) == 1


def test_many_workers_at_once_deal_with_everybody_once(
    target: Connector, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.resyncing.SLICE", 5)
    people = scene.crowd(newsletter, 60)
    run = runs.start(RunKind.RESYNC, target, SYSTEM, moment())

    def works() -> int:
        done = 0
        while Run.objects.filter(pk=run.pk, state=RunState.RUNNING).exists():
            done += runs.work(moment())
        return done

    slices = at_once([works] * 4)

    run.refresh_from_db()
    assert (run.state, run.seen, run.changed) == (RunState.DONE, 60, 60)
    assert sum(slices) == 13
    assert Link.objects.behind().count() == len(people)


def test_of_two_who_save_the_matrix_at_once_one_is_told(target: Connector, newsletter: Purpose) -> None:
    mark = matrix_editing.grid(target).mark

    def saves(attribute: str) -> Callable[[], str]:
        def save() -> str:
            cell = matrix_editing.cell_name(newsletter.pk, attribute)
            try:
                matrix_editing.save(target, [cell], mark, SYSTEM, moment())
            except matrix_editing.Outdated:
                return "outdated"
            return attribute

        return save

    answers = at_once([saves(name) for name in ("email", "given_name", "interests")])

    (winner,) = set(answers) - {"outdated"}
    assert answers.count("outdated") == 2
    assert matrix_editing.cells_of(target) == {(newsletter.pk, winner)}
    assert Run.objects.count() == 1
