"""Passwords (open set, A07.01 and A07.08): many tries meet a challenge, and lock nobody out."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from auth_flows import crowding, start
from auth_flows.methods import email_code, password
from auth_flows.models import SignIn
from ciam.lib.throttle import Limit, TooMany, hit
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.solving import solve
from tests.walking import Walker

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of wrong passwords, which cost nothing here."""
    looked_at: list[str] = []
    plain = password.matches

    def matches(account: Account | None, said: str) -> bool:
        looked_at.append(said)
        return said == PASSWORD and plain(account, said)

    monkeypatch.setattr(password, "matches", matches)
    return looked_at


@pytest.mark.parametrize("is_there", [True, False])
def test_a07_01_of_twenty_wrong_passwords_five_come_through_unasked_and_ten_in_all(
    shop: Kaffeehaus, hashes: list[str], is_there: bool
) -> None:
    if is_there:
        customer(ADA, brand=shop.brand)
    seen = []
    for _time in range(20):
        walker = Walker().open("/sign-in/").send(identifier=ADA)
        seen.append(walker.heading)
        if walker.heading == "A quick check":
            solve(walker)
        walker.send(password="wrong wrong")

    assert seen == ["Enter your password"] * crowding.PASSWORDS + ["A quick check"] * 15
    assert len(hashes) == password.PER_ACCOUNT.most
    assert (walker.status, "Retry-After" in walker.response.headers) == (429, True)
    assert int(walker.response["Retry-After"]) <= 900


def test_a07_08_a_thousand_failures_elsewhere_do_not_keep_the_owner_out(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    hers = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD).send(agree_terms="on")
    hers.open("/account/").press("Sign out")
    now = timezone.now()
    for _failure in range(1_000):
        for limit in (password.PER_ACCOUNT, email_code.TRIES_AN_HOUR, email_code.TRIES_A_DAY):
            try:
                hit(limit, str(ada.pk), now)
            except TooMany:
                continue

    again = Walker(browser=hers.browser).open("/sign-in/").send(identifier=ADA)

    assert again.send(password=PASSWORD).heading.startswith("Hello")


def test_a07_08_a_browser_is_known_only_for_the_account_that_signed_in_there(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    customer("mallory@example.com", brand=shop.brand)
    mallory = Walker().open("/sign-in/").send(identifier="mallory@example.com").send(password=PASSWORD)
    mallory.send(agree_terms="on").open("/account/").press("Sign out")
    for _time in range(crowding.PASSWORDS):
        hit(password.PER_ACCOUNT, str(ada.pk), timezone.now())

    walker = Walker(browser=mallory.browser).open("/sign-in/").send(identifier=ADA)

    assert walker.heading == "A quick check"


def test_a_network_begins_only_so_many_sign_ins(
    shop: Kaffeehaus, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    monkeypatch.setattr(start, "BEGUN", Limit("sign-in begun", most=3, seconds=60))
    statuses = [Walker().open(door).status for door in ("/sign-in/", "/register/", "/account/", "/sign-in/")]

    assert statuses == [200, 200, 200, 429]
    assert SignIn.objects.count() == 3
    elsewhere = Walker()
    elsewhere.browser.defaults["HTTP_X_FORWARDED_FOR"] = "6.6.6.6, 192.0.2.7"
    assert elsewhere.open("/sign-in/").status == 200
