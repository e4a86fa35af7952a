"""The form door asks for a solved challenge, where the settings name one."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Account
from ciam.lib.captcha import HOSTED
from ciam.lib.throttle import Limit
from demo.sandbox.captcha import SECRET, SITE_KEY
from provisioning import challenge_door
from tests.lib.captcha.test_vendors import running, sandbox, solved
from tests.provisioning.lite.visitor import ACCEPTED, Visitor, refused, said
from tests.sandbox.running import RunningSandbox
from tests.solving import solution

__all__ = ["running", "sandbox"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def chosen(settings: Settings) -> Settings:
    settings.LITE_FORM_CHALLENGE = "provisioning.challenge.Captcha"
    settings.LITE_FORM_CAPTCHA = "altcha"
    settings.LITE_FORM_CAPTCHA_SITE_KEY, settings.LITE_FORM_CAPTCHA_SECRET = SITE_KEY, SECRET
    return settings


def test_a_task_from_the_door_is_solved_and_counts_once(visitor: Visitor, chosen: Settings) -> None:
    door = Client().get("/captcha/challenge")
    assert door["Access-Control-Allow-Origin"] == "*"
    assert not door.cookies
    solved_task = solution(door.json())

    assert refused(visitor.fetches()) == (400, "challenge_failed")
    assert not Account.objects.exists()
    assert said(visitor.fetches(altcha=solved_task)) == ACCEPTED
    assert refused(visitor.submits(altcha=solved_task)) == (400, "challenge_failed")


def test_the_door_is_closed_where_nobody_needs_it_and_after_many(
    visitor: Visitor, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(challenge_door, "PER_NETWORK", Limit("task", most=1, seconds=60))
    assert [Client().get("/captcha/challenge").status_code for _time in range(2)] == [200, 429]

    chosen.LITE_FORM_CAPTCHA = "turnstile"
    assert Client().get("/captcha/challenge").status_code == 404


@pytest.mark.parametrize("vendor", HOSTED)
def test_a_vendors_token_counts_from_the_websites_own_pages(
    visitor: Visitor, chosen: Settings, sandbox: RunningSandbox, vendor: str
) -> None:
    chosen.LITE_FORM_CAPTCHA = vendor
    name = HOSTED[vendor].field
    score = {"score": 0.9} if vendor == "recaptcha" else {}
    ours = solved(sandbox, vendor, hostname="shop.example", action="lite", **score)
    theirs = solved(sandbox, vendor, hostname="evil.example", action="lite", **score)

    assert refused(visitor.fetches(**{name: theirs})) == (400, "challenge_failed")
    assert said(visitor.fetches(**{name: ours})) == ACCEPTED


def test_without_its_keys_or_while_it_is_away_nobody_is_believed(
    visitor: Visitor, chosen: Settings, sandbox: RunningSandbox
) -> None:
    chosen.LITE_FORM_CAPTCHA = "turnstile"
    chosen.CAPTCHA_STAND_IN = "http://localhost:9"
    assert refused(visitor.fetches(**{"cf-turnstile-response": "x"})) == (400, "challenge_failed")

    chosen.LITE_FORM_CAPTCHA_SECRET = ""
    assert refused(visitor.fetches(**{"cf-turnstile-response": "x"})) == (400, "challenge_failed")
