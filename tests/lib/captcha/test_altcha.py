"""Proof of work: one solution of a challenge that we signed, for what it was made, in time, once."""

import base64
import datetime as dt
import json

import pytest
from django.utils import timezone

from ciam.lib import captcha
from ciam.lib.captcha import Altcha, Outcome
from tests.races.test_once import at_once
from tests.solving import solution

HOST = "id.example.com"


def task(seconds: int = 60, action: str = "sign_in") -> dict[str, object]:
    return Altcha().challenge(action, HOST, timezone.now() + dt.timedelta(seconds=seconds))


def ask(token: str, action: str = "sign_in", host: str = HOST) -> Outcome:
    return captcha.verify(Altcha(), token, "192.0.2.1", action, {host}, timezone.now()).outcome


def changed(token: str, **parameters: object) -> str:
    said = json.loads(base64.b64decode(token))
    said["challenge"]["parameters"].update(parameters)
    return base64.b64encode(json.dumps(said).encode()).decode()


@pytest.mark.django_db
def test_a_solution_counts_for_its_action_and_page_once() -> None:
    token = solution(task())

    assert ask(token, action="lite") is Outcome.REJECTED
    assert ask(token, host="evil.example") is Outcome.REJECTED
    assert ask(token) is Outcome.OK
    assert ask(token) is Outcome.REJECTED


@pytest.mark.django_db
def test_the_same_solution_spelled_otherwise_is_still_the_same() -> None:
    token = solution(task())
    said = json.loads(base64.b64decode(token))
    again = base64.b64encode(json.dumps(said, indent=2).encode()).decode()
    assert again != token

    assert [ask(token), ask(again)] == [Outcome.OK, Outcome.REJECTED]


@pytest.mark.django_db
def test_a_late_or_a_changed_one_does_not_count() -> None:
    assert ask(solution(task(seconds=-2))) is Outcome.REJECTED
    token = solution(task())
    for parameter in ({"expiresAt": 9_999_999_999}, {"keyPrefix": ""}, {"cost": 1}, {"nonce": "00"}):
        assert ask(changed(token, **parameter)) is Outcome.REJECTED
    assert ask(changed(token, data={"action": "lite", "hostname": HOST}), "lite") is Outcome.REJECTED


@pytest.mark.django_db(transaction=True)
def test_of_fifty_who_send_the_same_solution_one_counts() -> None:
    token = solution(task())

    assert at_once(lambda _number: ask(token) is Outcome.OK) == 1
