"""What an account is used to."""

import datetime as dt

import pytest
from django.utils import timezone

from auth_flows.risk.facts import RiskFacts
from auth_flows.risk.history import Earlier, History, distance_km, history_of
from tests.auth_flows.risk.scene import has_device, was_weighed
from tests.people import customer

NOON = dt.datetime(2026, 5, 4, 12, 30, tzinfo=dt.UTC)


def evenings(number: int) -> History:
    return History(
        earlier=tuple(
            Earlier(NOON.replace(hour=20) - dt.timedelta(days=day), "AT", None) for day in range(number)
        )
    )


@pytest.mark.parametrize(
    ("hour", "unusual"), [(20, False), (23, False), (17, False), (0, True), (16, True), (4, True)]
)
def test_an_hour_is_unusual_where_it_is_far_from_all_others(hour: int, unusual: bool) -> None:
    assert evenings(5).is_unusual(NOON.replace(hour=hour)) is unusual


def test_midnight_is_near_to_one_and_few_sign_ins_tell_nothing() -> None:
    late = History(earlier=(Earlier(NOON.replace(hour=23), "", None),) * 5)

    assert not late.is_unusual(NOON.replace(hour=1))
    assert not evenings(4).is_unusual(NOON.replace(hour=4))


def test_distances_are_those_of_a_globe() -> None:
    assert distance_km((48, 16), (48, 16)) == 0
    assert distance_km((48, 16), (-34, 151)) == pytest.approx(15_950, abs=100)
    assert distance_km((0, 179), (0, -179)) == pytest.approx(220, abs=10)
    assert distance_km((90, 0), (-90, 0)) == pytest.approx(20_010, abs=20)


@pytest.mark.django_db
def test_history_has_finished_sign_ins_and_devices_of_this_account_alone() -> None:
    ada, bob = customer("ada@example.com"), customer("bob@example.com")
    now = timezone.now()
    was_weighed(RiskFacts(country="AT", degrees=(48, 16)), account=ada, at=now - dt.timedelta(days=2))
    was_weighed(RiskFacts(country="IT"), account=ada, at=now - dt.timedelta(days=1))
    was_weighed(RiskFacts(country="AU", degrees=(-34, 151)), account=ada, finished=False)
    was_weighed(RiskFacts(country="NZ", degrees=(-41, 175)), account=bob)
    has_device(ada, country="DE")

    history = history_of(ada)

    assert history.countries == {"AT", "IT", "DE"}
    assert [one.country for one in history.earlier] == ["IT", "AT"]
    assert history.last_place() == ((48, 16), history.earlier[1].at)
    assert history.devices == {"0" * 64}
    assert history_of(customer("carl@example.com")) == History()
