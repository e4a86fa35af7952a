"""A sign-in unlike the others, in a real browser: asked for more, refused, and what operators see of it."""

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser

from tests.browser.driving import Person
from tests.journeys.test_choices_are_accessible import finds_nothing
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

SET_POLICY = """
from accounts.models import Brand
from auth_flows.models import SignInPolicy
brand = Brand.objects.get(is_default=True)
SignInPolicy.objects.update_or_create(brand=brand, defaults={{"risk": {{"thresholds": {thresholds}}}}})
"""
MET_ELSEWHERE = """
from django.utils import timezone
from accounts.identifiers import account_with_email
from auth_flows.models import Device
account = account_with_email("{email}", "customer")
Device.objects.create(account=account, browser_hash="0" * 64, last_seen_at=timezone.now())
"""


@pytest.fixture
def person(browser: Browser) -> Iterator[Person]:
    person = Person.arrives(browser, scripts=True)
    yield person
    person.context.close()


def ada_of(site: Site) -> dict[str, str]:
    ada: dict[str, str] = next(one for one in site.facts["customers"] if one["kind"] == "password")
    return ada


@pytest.fixture(scope="module")
def careful(site: Site) -> Iterator[Site]:
    """A site that asks more of every new device, and Ada has another one."""
    policy = SET_POLICY.format(thresholds={"challenge": None, "ask_more": 25})
    site.manage("shell", "-c", policy + MET_ELSEWHERE.format(email=ada_of(site)["email"]))
    yield site
    site.manage("shell", "-c", SET_POLICY.format(thresholds={}))


def test_a_new_device_is_asked_for_more_or_refused(careful: Site, person: Person) -> None:
    ada = ada_of(careful)

    def enters_password() -> None:
        person.context.clear_cookies()
        person.go(f"{careful.base_url}/sign-in/").fill(identifier=ada["email"]).press("Continue")
        person.fill(password=ada["password"]).press("Continue")

    enters_password()
    assert "You haven't signed in with this device before." in person.text
    finds_nothing(person)
    person.picture("risk-asked-for-more")
    person.fill(code="000000").press("Continue")
    finds_nothing(person)
    person.fill(code=careful.code_for(ada["email"])).press("Continue")
    assert "Check your mail" not in person.text

    careful.manage(
        "shell", "-c", SET_POLICY.format(thresholds={"challenge": None, "ask_more": None, "refuse": 25})
    )
    enters_password()
    assert person.heading == "This can't go on"
    finds_nothing(person)
    person.picture("risk-refused")
    person.follow("Start again")
    assert person.heading == "Sign in"


def test_the_operator_tries_another_policy(careful: Site, person: Person) -> None:
    admin = careful.facts["admin"]
    page = f"{careful.base_url}/admin/auth_flows/signinpolicy/"
    person.go(page).fill(identifier=admin["email"]).press("Continue")
    person.fill(password=admin["password"]).press("Continue")
    person.fill(code=pyotp.TOTP(admin["totp_secret"]).now()).press("Continue")
    person.follow("Kaffeehaus")
    person.picture("risk-policy")

    person.follow("Try another risk policy")
    finds_nothing(person)
    person.fill(threshold_challenge="20", threshold_ask_more="").press("Try it")
    assert "sign-ins" in person.text
    finds_nothing(person)
    person.picture("risk-replay")
    person.fill(threshold_refuse="1").press("Try it")
    assert "The thresholds must rise" in person.text
    finds_nothing(person)
    person.go(f"{careful.base_url}/admin/auth_flows/assessment/")
    person.picture("risk-assessments")
