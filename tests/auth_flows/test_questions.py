"""Questions about the profile: few, late, and easy to put off."""

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import questions
from accounts.events import Actor, Change, EventType, record
from accounts.models import Account, Event, ProfileValue, PutOff, Source
from accounts.profiles import Said, say
from auth_flows.models import BrowserSession, SignInPolicy
from tests.auth_flows.test_recovery import ADA, recovers, signs_in
from tests.auth_flows.test_sign_in_pages import signed_in
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker

pytestmark = pytest.mark.django_db

NAMES = frozenset({"given_name", "family_name"})


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    return customer(ADA, brand=shop.brand)


def visits(account: Account, times: int, fields: tuple[str, ...] = ()) -> None:
    actor = Actor("customer", str(account.pk))
    for _time in range(times):
        record([Change(EventType.SIGNED_IN, account.pk, actor, None, fields)])


def due(account: Account, wanted: frozenset[str] = frozenset(), most: int = 2) -> list[str]:
    return [one.name for one in questions.due(account, wanted, most, timezone.now())]


def comes_back() -> Walker:
    """Ada at her fifth sign-in."""
    visits(Account.objects.get(), 5)
    return signs_in(PASSWORD).send(agree_terms="on")


def test_a_stranger_is_left_alone(ada: Account) -> None:
    visits(ada, 2)
    assert due(ada, NAMES) == []
    visits(ada, 1)
    assert due(ada, NAMES) == ["given_name", "family_name"]
    assert due(ada) == []
    visits(ada, 2)
    assert due(ada) == ["country"]
    assert due(ada, NAMES) == ["given_name", "family_name"], "what the app wants comes first"
    assert due(ada, NAMES, most=1) == ["given_name"]
    assert due(ada, NAMES, most=0) == []


def test_what_is_known_is_not_asked(ada: Account) -> None:
    visits(ada, 5)
    say(ada, {"country": "DE"}, Said(Source.WEBSITE, "site", timezone.now()))

    assert due(ada) == []


def test_nobody_is_asked_twice_in_a_row(ada: Account) -> None:
    visits(ada, 5)
    visits(ada, 1, (questions.ASKED,))
    assert due(ada) == []
    visits(ada, 1)
    assert due(ada) == ["country"]


def test_an_answer_is_kept_once_the_sign_in_ends(ada: Account) -> None:
    walker = comes_back()
    assert walker.heading == "One more thing, if you like"
    walker.send(country="Germany!")
    assert walker.soup.select("[aria-invalid=true]")
    assert not BrowserSession.objects.exists()

    walker.send(country="de")

    assert walker.heading.startswith("Hello")
    value = ProfileValue.objects.get(attribute="country")
    assert (value.value, value.source) == ("DE", "customer")
    assert Event.objects.filter(type="profile.changed").get().fields == ["country"]
    assert signed_in(signs_in(PASSWORD))


@pytest.mark.parametrize("how", ["Not now", "Continue"])
def test_a_question_that_is_put_off_waits_twice_as_long_each_time(ada: Account, how: str) -> None:
    comes_back().press(how)
    row = PutOff.objects.get()
    assert (row.attribute, row.times) == ("country", 1)
    assert dt.timedelta(days=6) < row.until - timezone.now() <= dt.timedelta(days=7)

    assert signed_in(signs_in(PASSWORD)), "not asked"
    PutOff.objects.update(until=timezone.now())
    signs_in(PASSWORD).press(how)

    row.refresh_from_db()
    assert row.times == 2
    assert dt.timedelta(days=13) < row.until - timezone.now() <= dt.timedelta(days=14)


def test_a_step_up_and_a_recovery_ask_nothing(ada: Account) -> None:
    walker = comes_back().press("Not now")
    PutOff.objects.all().delete()
    visits(ada, 5)
    long_ago = [{"method": "password", "at": (timezone.now() - dt.timedelta(hours=1)).isoformat()}]
    BrowserSession.objects.update(proofs=long_ago)

    walker.open("/account/addresses/").send(password=PASSWORD)

    assert walker.heading == "How we find you"
    assert recovers().send(password="another battery staple").heading.startswith("Hello")


def test_a_brand_may_ask_nothing(ada: Account, shop: Kaffeehaus) -> None:
    SignInPolicy.objects.create(brand=shop.brand, questions_at_once=0)

    assert comes_back().heading.startswith("Hello")


def test_what_is_due_costs_three_queries(
    ada: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    visits(ada, 5)

    with django_assert_num_queries(3):
        due(ada, NAMES)
