"""How old somebody must be, and who answers for a child."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from accounts import guardians
from accounts.models import Account, Event, GuardianConsent, Identifier, ProfileValue, Status
from auth_flows.models import SignIn, SignInPolicy
from auth_flows.steps.age import birthday
from ciam.lib.models import Counter
from tests.people import PASSWORD, Kaffeehaus
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db

KIM, PAT = "kim@example.com", "pat@example.com"


@pytest.fixture
def shop(shop: Kaffeehaus) -> Kaffeehaus:
    """From 13 on, and below 16 with a guardian."""
    SignInPolicy.objects.create(brand=shop.brand, least_age=13, guardian_below=16)
    return shop


def born(years: int, days: int = 0) -> str:
    today = timezone.now().date()
    return (birthday(today, -years) + dt.timedelta(days=days)).isoformat()


def proves(address: str = KIM) -> Walker:
    Counter.objects.update(ends_at=timezone.now())
    walker = Walker().open("/register/").send(identifier=address)
    return walker.send(code=code_for(address))


def registers(walker: Walker) -> Walker:
    return walker.send(given_name="Kim").send(password=PASSWORD).send(agree_terms="on")


def link() -> str:
    text = next(text for to, text in mails() if to == PAT)
    found = re.search(r"http\S+?(/guardian/\S+)", text)
    assert found
    return found[1]


def child() -> Account:
    walker = registers(proves().send(birthdate=born(14)).send(guardian=PAT))
    assert walker.heading == "Hello, Kim"
    return Account.objects.get()


def test_who_is_old_enough_goes_on_and_the_date_is_not_kept(shop: Kaffeehaus) -> None:
    walker = proves()
    assert walker.heading == "How old are you?"

    walker.send(birthdate=born(16))

    assert walker.heading == "About you"
    assert registers(walker).heading == "Hello, Kim"
    assert not ProfileValue.objects.exclude(attribute="given_name").exists()
    assert not GuardianConsent.objects.exists()


def test_who_is_too_young_is_refused_kindly_and_nothing_stays(shop: Kaffeehaus) -> None:
    walker = proves().send(birthdate=born(13, days=1))

    assert walker.heading == "You can't have an account yet"
    walker.browser.post(f"{walker.url}?step=age", {"birthdate": born(30)})
    assert walker.open(walker.url).heading == "You can't have an account yet"
    assert not Account.objects.exists()
    draft = SignIn.objects.get().draft
    assert draft is not None
    assert KIM not in draft
    assert born(13, days=1) not in draft


@pytest.mark.parametrize("said", ["", "yesterday", "1800-01-01", "2999-01-01"])
def test_what_is_no_date_of_birth_is_told(shop: Kaffeehaus, said: str) -> None:
    walker = proves().send(birthdate=said)

    assert walker.heading == "How old are you?"
    assert walker.soup.select("[aria-invalid=true]")


def test_a_child_names_a_guardian_and_waits_restricted(shop: Kaffeehaus) -> None:
    walker = proves().send(birthdate=born(14))
    assert walker.heading == "Somebody has to agree with you"
    walker.send(guardian="Kim+mum@example.com")
    assert "your own address" in walker.text

    registers(walker.send(guardian=PAT))

    kim = Account.objects.get()
    assert kim.restricted_at is not None
    assert GuardianConsent.objects.get().needed_until == birthday(timezone.now().date(), 2)
    assert "Until whoever answers for you has agreed" in walker.open("/account/").text
    token = walker.soup.find("input", {"name": "csrfmiddlewaretoken"})
    assert token is not None
    said = {"csrfmiddlewaretoken": str(token["value"]), "use": "resume"}
    walker.browser.post("/account/restriction", said)
    kim.refresh_from_db()
    assert kim.restricted_at is not None


def test_the_guardian_agrees_by_a_press_and_not_by_a_look(shop: Kaffeehaus) -> None:
    kim = child()
    page = Walker().open(link())
    assert page.heading == "Do you agree?"
    assert KIM not in page.text
    kim.refresh_from_db()
    assert kim.restricted_at is not None

    page.press("Yes, I answer for this child")

    assert page.heading == "Thank you"
    kim.refresh_from_db()
    assert kim.restricted_at is None
    assert Event.objects.filter(type="account.unrestricted").count() == 1
    assert Walker().open(link()).status == 404


def test_the_guardian_says_no_and_everything_goes(shop: Kaffeehaus) -> None:
    kim = child()

    assert Walker().open(link()).press("No, erase the account").heading == "It is erased"

    kim.refresh_from_db()
    assert kim.status == Status.ERASED
    assert not GuardianConsent.objects.exists()
    assert not Identifier.objects.exists()


def test_without_an_answer_the_account_goes_after_two_weeks(shop: Kaffeehaus) -> None:
    kim, now = child(), timezone.now()
    assert guardians.let_lapse(now + dt.timedelta(days=13)) == 0

    assert guardians.let_lapse(now + dt.timedelta(days=14, seconds=1)) == 1

    kim.refresh_from_db()
    assert kim.status == Status.ERASED


def test_an_account_with_consent_does_not_lapse(shop: Kaffeehaus) -> None:
    child()
    Walker().open(link()).press("Yes, I answer for this child")

    assert guardians.let_lapse(timezone.now() + dt.timedelta(days=99)) == 0


def test_whoever_is_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    assert birthday(dt.date(2012, 2, 29), 13) == dt.date(2025, 3, 1)
    assert birthday(dt.date(2012, 2, 29), 16) == dt.date(2028, 2, 29)
