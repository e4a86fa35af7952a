"""Passwords known from thefts: looked up by five digits of a hash, at a stand-in that keeps the contract."""

import hashlib
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from auth_flows import breached
from auth_flows.password_rules import Unfit, judge
from demo.sandbox.hibp import STOLEN, Hibp
from tests.sandbox.running import RunningSandbox

PHRASE = "correct horse battery staple"


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[RunningSandbox]:
    with RunningSandbox([Hibp]) as running:
        settings.HIBP_URL = running.base_url("hibp")
        settings.OUTBOUND_ALLOWED = [f"localhost:{running.port}"]
        yield running


def test_a_stolen_password_is_known_and_told_so(sandbox: RunningSandbox) -> None:
    assert all(breached.is_known(password) for password in STOLEN)
    assert not breached.is_known("no thief has seen this one")

    with pytest.raises(Unfit, match="theft"):
        judge(PHRASE)


def test_five_digits_of_a_hash_leave_the_house_and_nothing_else(sandbox: RunningSandbox) -> None:
    breached.is_known(PHRASE)

    digest = hashlib.sha1(PHRASE.encode(), usedforsecurity=False).hexdigest().upper()
    asked = sandbox.requests("hibp")[0]
    assert asked["path"] == f"/range/{digest[:5]}"
    assert asked["headers"]["Add-Padding"] == "true"
    assert asked["headers"]["User-Agent"]
    assert digest[5:] not in str({**asked, "response": ""})
    assert sandbox.violations() == []


def test_the_same_beginning_is_asked_for_once_an_hour(sandbox: RunningSandbox) -> None:
    for _time in range(3):
        breached.is_known(PHRASE)

    assert sandbox.state("hibp") == {"asked": 1}


def test_rows_that_only_pad_the_answer_count_for_nothing(sandbox: RunningSandbox) -> None:
    digest = hashlib.sha1(b"nobody had this", usedforsecurity=False).hexdigest().upper()
    sandbox.fault("hibp", "status", status=200, body=f"{digest[5:]}:0\r\n{'0' * 35}:7")

    assert not breached.is_known("nobody had this")


def test_one_answer_that_fails_is_asked_for_again(sandbox: RunningSandbox) -> None:
    sandbox.fault("hibp", "status", status=503)

    assert breached.is_known(PHRASE)


@pytest.mark.parametrize("closed", [False, True])
def test_an_outage_lets_passwords_through_or_not_as_the_settings_say(
    sandbox: RunningSandbox, settings: Settings, caplog: pytest.LogCaptureFixture, closed: bool
) -> None:
    settings.HIBP_FAIL_CLOSED = closed
    sandbox.fault("hibp", "status", status=503, times=2)

    if closed:
        with pytest.raises(Unfit, match="just now"):
            judge(PHRASE)
    else:
        judge(PHRASE)
    assert "can't be looked up: 503" in caplog.text
    assert PHRASE not in caplog.text

    with pytest.raises(Unfit, match="theft"):
        judge(PHRASE)


def test_where_nothing_is_configured_nobody_is_asked(settings: Settings) -> None:
    settings.HIBP_URL = ""

    assert not breached.is_known("password")
