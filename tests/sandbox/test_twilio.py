"""Twilio's stand-in keeps its contract, and remembers who wants no messages."""

import httpx
import pytest

from tests.sandbox.running import RunningSandbox

ACCOUNT = ("AC" + 32 * "0", "sandbox")
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT[0]}/Messages.json"


def send(sandbox: RunningSandbox, to: str = "+491701234567", **form: str) -> httpx.Response:
    said = {"To": to, "From": "+15005550006", "Body": "123456 is your code.", **form}
    return httpx.post(f"{sandbox.base_url('twilio')}{MESSAGES}", data=said, auth=ACCOUNT, timeout=30)


def test_a_message_is_taken_and_shown(sandbox: RunningSandbox) -> None:
    answer = send(sandbox, ValidityPeriod="600")

    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    assert sandbox.state("twilio")["messages"][0]["body"] == "123456 is your code."
    assert "123456 is your code." in sandbox.client.get("/twilio").text
    assert sandbox.violations("twilio") == []


@pytest.mark.parametrize(
    ("to", "code"), [("+15005550001", 21211), ("+15005550004", 21610), ("+15005550009", 21614)]
)
def test_odd_numbers_are_refused_as_twilio_refuses_them(sandbox: RunningSandbox, to: str, code: int) -> None:
    answer = send(sandbox, to)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert sandbox.state("twilio")["messages"] == []


def test_stop_and_start(sandbox: RunningSandbox) -> None:
    answers = f"{sandbox.base_url('twilio')}/answers"
    httpx.post(answers, data={"From": "+491701234567", "Body": "Stop"}, timeout=30)

    assert send(sandbox).json()["code"] == 21610
    httpx.post(answers, data={"From": "+491701234567", "Body": "START"}, timeout=30)
    assert send(sandbox).status_code == 201


def test_what_the_contract_does_not_allow_is_refused(sandbox: RunningSandbox) -> None:
    without = httpx.post(f"{sandbox.base_url('twilio')}{MESSAGES}", data={"To": "+491701234567"}, timeout=30)

    assert without.status_code == 401
    assert send(sandbox, "0170 1234567").status_code == 400
    assert send(sandbox, Colour="red").status_code == 400
