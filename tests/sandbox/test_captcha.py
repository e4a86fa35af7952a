"""The vendors who tell people from programs, as they answer."""

from typing import Any

import httpx
import pytest

from demo.sandbox.captcha import KINDS, SECRET, SITE_KEY
from tests.sandbox.running import RunningSandbox

PATHS = {
    "turnstile": "/turnstile/v0/siteverify",
    "hcaptcha": "/siteverify",
    "recaptcha": "/recaptcha/api/siteverify",
}


def ask(sandbox: RunningSandbox, vendor: str, **form: str) -> Any:
    answer = httpx.post(f"{sandbox.base_url('captcha')}{PATHS[vendor]}", data={"secret": SECRET, **form})
    assert answer.status_code == 200
    return answer.json()


def solved(sandbox: RunningSandbox, vendor: str, **said: object) -> str:
    answer = httpx.post(f"{sandbox.base_url('captcha')}/solve", json={"vendor": vendor, **said})
    return str(answer.json()["token"])


@pytest.mark.parametrize("vendor", PATHS)
def test_a_token_counts_once_and_says_for_what_it_was_solved(sandbox: RunningSandbox, vendor: str) -> None:
    token = solved(sandbox, vendor, action="sign_in", hostname="localhost")

    first, second = (ask(sandbox, vendor, response=token) for _time in range(2))

    assert first["success"]
    assert first["hostname"] == "localhost"
    assert first.get("action") == (None if vendor == "hcaptcha" else "sign_in")
    assert second == {"success": False, "error-codes": [KINDS[vendor].spent]}


@pytest.mark.parametrize("vendor", PATHS)
def test_a_late_a_foreign_and_a_made_up_token_do_not_count(sandbox: RunningSandbox, vendor: str) -> None:
    other = next(name for name in PATHS if name != vendor)

    late = ask(sandbox, vendor, response=solved(sandbox, vendor, age=3_600))
    foreign = ask(sandbox, vendor, response=solved(sandbox, other))
    made_up = ask(sandbox, vendor, response="x")

    assert late["error-codes"] == [KINDS[vendor].late]
    assert foreign["error-codes"] == made_up["error-codes"] == ["invalid-input-response"]


@pytest.mark.parametrize("vendor", PATHS)
def test_keys_are_looked_at(sandbox: RunningSandbox, vendor: str) -> None:
    assert ask(sandbox, vendor, secret="x", response="x")["error-codes"] == ["invalid-input-secret"]
    for secret, error in KINDS[vendor].always.items():
        assert ask(sandbox, vendor, secret=secret, response="x")["success"] is (error is None)
    answer = ask(sandbox, "hcaptcha", response="x", sitekey=f"not {SITE_KEY}")
    assert answer["error-codes"] == ["sitekey-secret-mismatch"]
