"""Asking vendors whether a challenge was solved: yes once, no with a reason, and what follows silence."""

import logging
from collections.abc import Iterator

import httpx
import pytest
from django.utils import timezone
from pytest_django import Settings

from ciam.lib import captcha
from ciam.lib.captcha import HOSTED, Outcome, Verdict, hosted, siteverify
from demo.sandbox.captcha import SECRET, SITE_KEY
from tests.sandbox.running import RunningSandbox

pytestmark = pytest.mark.django_db

HOST = "id.example.com"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox, settings: Settings) -> RunningSandbox:
    running.reset()
    settings.OUTBOUND_ALLOWED = [f"localhost:{running.port}"]
    settings.CAPTCHA_STAND_IN = running.base_url("captcha")
    return running


def solved(sandbox: RunningSandbox, vendor: str, **said: object) -> str:
    usual = {"hostname": HOST, "action": "sign_in"} if vendor != "hcaptcha" else {"hostname": HOST}
    if vendor == "recaptcha" and "score" not in said:
        del usual["action"]
    answer = httpx.post(f"{sandbox.base_url('captcha')}/solve", json={"vendor": vendor, **usual, **said})
    return str(answer.json()["token"])


def ask(vendor: str, token: str, secret: str = SECRET, site_key: str = SITE_KEY) -> Verdict:
    chosen = hosted(vendor, site_key, secret)
    assert chosen is not None
    return captcha.verify(chosen, token, "192.0.2.1", "sign_in", {HOST}, timezone.now())


@pytest.mark.parametrize("vendor", HOSTED)
def test_a_solved_challenge_counts_once(sandbox: RunningSandbox, vendor: str) -> None:
    token = solved(sandbox, vendor)

    assert ask(vendor, token).outcome is Outcome.OK
    assert ask(vendor, token).outcome is Outcome.REJECTED


@pytest.mark.parametrize("vendor", HOSTED)
def test_one_of_another_page_or_that_is_late_does_not(sandbox: RunningSandbox, vendor: str) -> None:
    assert ask(vendor, solved(sandbox, vendor, hostname="evil.example")).codes == ("wrong-page",)
    assert ask(vendor, solved(sandbox, vendor, age=3_600)).outcome is Outcome.REJECTED
    assert ask(vendor, "x").codes == ("invalid-input-response",)


def test_an_action_and_a_score_are_looked_at(sandbox: RunningSandbox) -> None:
    turnstile = solved(sandbox, "turnstile", action="lite")
    low = solved(sandbox, "recaptcha", action="sign_in", score=0.4)
    high = solved(sandbox, "recaptcha", action="sign_in", score=0.5)
    elsewhere = solved(sandbox, "recaptcha", action="lite", score=0.9)

    assert ask("turnstile", turnstile).codes == ("wrong-page",)
    assert ask("recaptcha", low).outcome is Outcome.REJECTED
    assert ask("recaptcha", high).outcome is Outcome.OK
    assert ask("recaptcha", elsewhere).outcome is Outcome.REJECTED


@pytest.mark.parametrize("vendor", HOSTED)
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 302, "headers": {"Location": "https://example.com/"}},
        {"kind": "garbage"},
        {"kind": "status", "status": 200, "body": ["success"]},
        {"kind": "status", "status": 200, "body": {"success": False, "error-codes": ["internal-error"]}},
    ],
)
def test_whoever_gives_no_answer_is_unavailable(
    sandbox: RunningSandbox, vendor: str, fault: dict[str, object]
) -> None:
    httpx.post(f"{sandbox.url}/faults", json={"vendor": "captcha", **fault})

    assert ask(vendor, "x").outcome is Outcome.UNAVAILABLE


def test_a_vendor_that_hangs_is_unavailable_in_time(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siteverify, "FOR_A_PAGE", 0.2)
    fault = {"vendor": "captcha", "kind": "timeout_after", "seconds": 20}
    httpx.post(f"{sandbox.url}/faults", json=fault)

    assert ask("turnstile", "x").outcome is Outcome.UNAVAILABLE
    sandbox.reset()


@pytest.mark.parametrize("vendor", HOSTED)
def test_our_wrong_secret_lets_nobody_pass_and_is_told_without_it(
    sandbox: RunningSandbox, vendor: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = solved(sandbox, vendor)
    with caplog.at_level(logging.DEBUG):
        verdict = ask(vendor, token, secret="a-secret-of-ours")

    assert verdict.outcome is Outcome.UNAVAILABLE
    assert "does not take our keys" in caplog.text
    assert token not in caplog.text
    assert "a-secret-of-ours" not in caplog.text + repr(hosted(vendor, SITE_KEY, "a-secret-of-ours"))


def test_a_yes_that_is_no_yes_does_not_count(sandbox: RunningSandbox) -> None:
    for said in ("true", 1, ["true"], None):
        body = {"success": said, "hostname": HOST, "action": "sign_in"}
        fault = {"vendor": "captcha", "kind": "status", "status": 200, "body": body}
        httpx.post(f"{sandbox.url}/faults", json=fault)
        assert ask("turnstile", "x").outcome is Outcome.REJECTED


@pytest.mark.parametrize("vendor", HOSTED)
def test_the_vendors_test_keys_work_and_are_known_for_what_they_are(
    sandbox: RunningSandbox, vendor: str
) -> None:
    key = sorted(HOSTED[vendor].test_secrets)[0]
    chosen = hosted(vendor, SITE_KEY, key)

    assert chosen is not None
    assert chosen.is_for_tests
    assert ask(vendor, "XXXX.DUMMY.TOKEN.XXXX", secret=key).outcome is Outcome.OK


def test_without_a_key_there_is_no_vendor() -> None:
    assert hosted("turnstile", "", "x") is hosted("turnstile", "x", "") is hosted("altcha", "x", "x") is None
