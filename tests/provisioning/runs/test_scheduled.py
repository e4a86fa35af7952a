"""What begins by the clock begins once, however many clocks there are."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import pytest
from django.utils import timezone

from accounts.events import SYSTEM
from consent.models import Purpose
from provisioning import runs
from provisioning.connectors import KINDS
from provisioning.connectors.base import Push
from provisioning.models import Connector, Run, RunKind, RunState
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.runs.test_drift import Honest, honest, target

__all__ = ["honest", "target"]

pytestmark = pytest.mark.django_db

EVENING = dt.datetime(2030, 5, 1, 22, 0, tzinfo=dt.UTC)


def ends() -> None:
    Run.objects.filter(state=RunState.RUNNING).update(state=RunState.DONE, ended_at=timezone.now())


def test_two_clocks_begin_one_drift_check_a_night(target: Connector, honest: Honest) -> None:
    began = []
    for hour in range(48):
        for _clock in range(2):
            began += runs.start_scheduled(EVENING + dt.timedelta(hours=hour))
            ends()

    assert {run.kind for run in began} == {RunKind.DRIFT}
    assert [run.started_at.hour for run in began] == [22, 2, 2]


def test_one_that_an_operator_began_by_night_is_enough(target: Connector) -> None:
    runs.start(RunKind.DRIFT, target, SYSTEM, EVENING)
    ends()

    assert runs.start_scheduled(EVENING + dt.timedelta(hours=1)) == []


def test_a_run_that_goes_on_is_not_begun_again(target: Connector) -> None:
    runs.start_scheduled(EVENING)

    runs.start_scheduled(EVENING + dt.timedelta(days=1))

    assert Run.objects.count() == 1


class Curious(Memory):
    """A target that finds things out."""

    kind: ClassVar[str] = "curious"
    read_back_fields: ClassVar[Mapping[str, str]] = {}
    read_back_size: ClassVar[int] = 10
    read_back_every: ClassVar[dt.timedelta] = dt.timedelta(hours=6)

    def read_back(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, object]]]:
        return iter(())


def test_reading_back_begins_as_often_as_the_kind_says(
    newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, Curious.kind, Curious())
    scene.connector(newsletter, Curious.kind)

    began = []
    for hour in range(24):
        began += runs.start_scheduled(EVENING + dt.timedelta(hours=hour))
        ends()

    assert [(run.kind, run.started_at - EVENING) for run in began] == [
        (RunKind.READ_BACK, dt.timedelta(hours=hours)) for hours in (0, 7, 14, 21)
    ]


@pytest.mark.parametrize(
    "off", [{"is_active": False}, {"needs_human": "Refused."}, {"keeps_state": False}, {"kind": "memory"}]
)
def test_who_can_not_be_asked_is_not(target: Connector, off: dict[str, object]) -> None:
    Connector.objects.update(**off)

    assert runs.start_scheduled(EVENING) == []
