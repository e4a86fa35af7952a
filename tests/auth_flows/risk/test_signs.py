"""Signs of a program, networks of ill repute, and the counters of failures."""

import datetime as dt
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from auth_flows.risk import automation
from auth_flows.risk.networks import is_listed
from ciam.lib.throttle import Limit, counts, hit

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
SIGNS = automation.SIGNS  # before any test takes them away


@pytest.fixture(autouse=True)
def _looked_at(monkeypatch: pytest.MonkeyPatch, _taken_for_people: None) -> None:
    monkeypatch.setattr(automation, "SIGNS", SIGNS)


@pytest.mark.parametrize(
    ("headers", "took", "found"),
    [
        ({"accept-language": "de", "user-agent": FIREFOX}, 4.0, ()),
        ({"accept-language": "de", "user-agent": FIREFOX}, None, ()),
        ({"user-agent": FIREFOX}, 4.0, ("no_language",)),
        ({"accept-language": "de"}, 4.0, ("no_agent",)),
        ({"accept-language": "de", "user-agent": "python-requests/2.32"}, 4.0, ("program_agent",)),
        ({"accept-language": "de", "user-agent": f"{FIREFOX} HeadlessChrome/140"}, 4.0, ("program_agent",)),
        ({"accept-language": "de", "user-agent": FIREFOX}, 0.2, ("too_fast",)),
        ({}, 0.2, ("no_language", "no_agent", "too_fast")),
        ({"accept-language": "en", "user-agent": "Mozilla/5.0 Cubot/9 Safari/604.1"}, 4.0, ()),
    ],
)
def test_signs_of_a_program(headers: dict[str, str], took: float | None, found: tuple[str, ...]) -> None:
    request = RequestFactory().get("/sign-in/", headers=headers)

    assert automation.signs(request, None if took is None else dt.timedelta(seconds=took)) == found


@pytest.fixture
def listed(settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "networks.txt"
    path.write_text(
        "# hosts for rent\n198.51.100.0/24\n203.0.113.9\n2001:db8:bad::/48  # a tunnel\n\nnonsense\n"
    )
    settings.LISTED_NETWORKS_FILE = str(path)
    return path


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("198.51.100.77", True),
        ("203.0.113.9", True),
        ("203.0.113.8", False),
        ("2001:db8:bad::1", True),
        ("2001:db8:900d::1", False),
        ("::ffff:198.51.100.77", True),
        ("::c633:644d", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_an_address_is_listed_where_a_range_has_it(listed: Path, address: str, found: bool) -> None:
    assert is_listed(address) is found


def test_a_renewed_list_is_read_anew_and_without_one_nobody_is_listed(listed: Path) -> None:
    assert is_listed("198.51.100.77")

    listed.write_text("192.0.2.0/24\n")
    assert not is_listed("198.51.100.77")
    assert is_listed("192.0.2.1")

    listed.unlink()
    assert not is_listed("192.0.2.1")


@pytest.mark.django_db
def test_counters_are_read_without_being_counted() -> None:
    now = timezone.now()
    limit, other = Limit("tries", most=2, seconds=60), Limit("more tries", most=2, seconds=60)
    hit(limit, "ada", now)
    hit(limit, "ada", now)

    asked = [(limit, "ada"), (limit, "bob"), (other, "ada")]

    assert counts(asked, now) == [2, 0, 0]
    assert counts(asked, now) == [2, 0, 0]
    assert counts(asked, now + dt.timedelta(seconds=61)) == [0, 0, 0]
