"""Group 7: guessing passwords is slow and dear, and locks out nobody but who guesses."""

import datetime as dt
import os
import threading
import time
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import Account
from auth_flows import limits
from auth_flows.methods import email_code, password
from auth_flows.models import Device, Intent, SignIn
from auth_flows.start import BROWSER_COOKIE
from auth_flows.walk import Walk
from ciam.lib.crypto import new_token, token_hash
from ciam.lib.models import Counter
from ciam.lib.throttle import TooMany
from tests.people import PASSWORD, Kaffeehaus, customer, kaffeehaus
from tests.walking import Walker, code_for

ADA = "ada@example.com"
STUFFED = 10_000 if os.environ.get("CIAM_LONG") else 1_000


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    return customer(ADA, brand=shop.brand)


def known_browser(account: Account) -> Walker:
    """A browser in which this account has signed in before."""
    walker, secret = Walker(), new_token()
    walker.browser.cookies[BROWSER_COOKIE] = secret
    Device.objects.create(account=account, browser_hash=token_hash(secret), last_seen_at=timezone.now())
    return walker


def hashes_instead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password for which a hash would be computed. None fits."""
    seen: list[str] = []

    def verify(said: str, _stored: str) -> bool:
        seen.append(said)
        return False

    monkeypatch.setattr(password, "verify", verify)
    return seen


def at_the_password(walker: Walker | None = None, **browser: str) -> Walker:
    walker = walker or Walker(browser=Browser(enforce_csrf_checks=True, **browser))  # type: ignore[arg-type]
    return walker.open("/sign-in/").send(identifier=ADA)


@pytest.mark.django_db
@pytest.mark.usefixtures("unchallenged")
def test_of_twenty_wrong_passwords_ten_are_tried_and_the_rest_told_to_wait(ada: Account) -> None:
    walker = at_the_password()

    answers = [walker.send(password=f"wrong {number}").response for number in range(20)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 10
    assert all(0 < int(answer["Retry-After"]) <= 900 for answer in answers[10:])
    assert "Too many attempts" in walker.text
    assert walker.soup.find("button", string=lambda said: said and "code by e-mail" in said)


@pytest.mark.django_db
@pytest.mark.usefixtures("unchallenged")
def test_strangers_who_fail_a_thousand_times_lock_the_owner_out_of_nothing(ada: Account) -> None:
    for number in range(12):
        at_the_password(REMOTE_ADDR=f"198.51.100.{number}").send(password="wrong")
    Counter.objects.update(uses=1_000)
    assert at_the_password(REMOTE_ADDR="192.0.2.1").send(password=PASSWORD).status == 429

    owner = at_the_password(known_browser(ada)).send(password=PASSWORD)

    assert owner.heading == "Terms and your choices"


@pytest.mark.django_db
def test_strangers_who_use_up_mails_and_codes_leave_some_to_the_owner(ada: Account) -> None:
    for number in range(12):
        mallory = at_the_password(REMOTE_ADDR=f"198.51.100.{number}").press("Send me a code by e-mail")
        for _try in range(3):
            mallory.send(code="000000x")
    assert mallory.status == 429

    owner = at_the_password(known_browser(ada)).press("Send me a code by e-mail")
    owner.send(code=code_for(ADA))

    assert owner.heading == "Terms and your choices"


@pytest.mark.django_db
def test_in_an_hour_no_more_codes_are_tried_and_mailed_than_promised(ada: Account) -> None:
    known, strangers = known_browser(ada), [Walker() for _one in range(2)]
    request = RequestFactory().get("/")
    tried = mailed = 0
    for walker in (known, *strangers):
        at_the_password(walker)
    rows = list(SignIn.objects.all())
    for _round in range(60):
        for row in rows:
            walk = Walk.of(row, request, timezone.now())
            tried += passes(lambda walk=walk: limits.count_code(walk))
            mailed += passes(lambda walk=walk: limits.count_mail(walk, ADA))
        Counter.objects.filter(ends_at__lt=timezone.now() + a_minute()).delete()

    assert tried == 20
    assert mailed == 5


def passes(count: Any) -> int:
    try:
        count()
    except TooMany:
        return 0
    return 1


def a_minute() -> dt.timedelta:
    return dt.timedelta(seconds=61)


@pytest.mark.django_db
@pytest.mark.usefixtures("unchallenged")
def test_a_known_browser_guesses_no_more_than_others(ada: Account) -> None:
    walker = at_the_password(known_browser(ada))

    statuses = [walker.send(password=f"wrong {number}").status for number in range(12)]

    assert statuses == [200] * 10 + [429] * 2


@pytest.mark.django_db
def test_lists_of_stolen_passwords_from_one_address_cost_a_hundred_hashes(
    shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address is a /64 of IPv6, and one that is used up uses up nobody's own count."""
    hashes = hashes_instead(monkeypatch)
    requests = [RequestFactory().get("/", REMOTE_ADDR=f"2001:db8::{number:x}") for number in range(1, 100)]
    for number in range(STUFFED):
        row = SignIn(browser_hash=f"{number}", intent=Intent.SIGN_IN, brand=shop.brand)
        walk = Walk.of(row, requests[number % len(requests)], timezone.now())
        walk.draft.normal = f"person{number}@example.com"
        try:
            limits.count_password(walk)
        except TooMany:
            continue
        password.matches(None, "stolen")

    assert len(hashes) <= 100
    assert Counter.objects.count() <= 101


@pytest.mark.django_db
def test_an_office_behind_one_address_signs_in_all_day(
    shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was right is given back: two hundred honest people are no attack."""
    row = SignIn(browser_hash="x", intent=Intent.SIGN_IN, brand=shop.brand)
    for number in range(200):
        walk = Walk.of(row, RequestFactory().get("/"), timezone.now())
        walk.draft.normal = f"person{number}@example.com"
        limits.password_was_right(walk, limits.count_password(walk))


@pytest.mark.django_db
def test_many_failures_at_a_brand_show_and_refuse_nobody(ada: Account, shop: Kaffeehaus) -> None:
    at_the_password().send(password="wrong")
    assert not limits.is_under_attack(shop.brand, timezone.now())

    Counter.objects.update(uses=limits.FAILED_AT_BRAND.most + 1)

    assert limits.is_under_attack(shop.brand, timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["current", "new"])
def test_a_password_of_a_megabyte_costs_no_hash_and_little_time(
    ada: Account, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    hashes = hashes_instead(monkeypatch)
    big = "p" * 1_000_000
    if field == "current":
        walker = at_the_password()
    else:
        walker = Walker().open("/register/").send(identifier="new@example.com")
        walker.send(code=code_for("new@example.com")).send()

    began = time.process_time()
    walker.send(password=big)
    took = time.process_time() - began

    assert "at most 256 characters" in walker.text
    assert hashes == []
    assert took < 5  # of which the page itself takes most; a hash of it would not be bounded
    bigger = walker.browser.post(walker.url, {"password": big * 2})
    assert bigger.status_code in {400, 403, 413}


@pytest.mark.django_db
@pytest.mark.parametrize("length", [64, 128, 256])
def test_long_passwords_are_taken_and_verified_to_the_last_character(shop: Kaffeehaus, length: int) -> None:
    long = ("nine chairs, \N{HOT BEVERAGE} and a kettle; " * 12)[: length - 1]
    walker = Walker().open("/register/").send(identifier=ADA)
    walker.send(code=code_for(ADA)).send().send(password=f"{long}a").send(agree_terms="on")
    assert walker.heading.startswith("Hello")
    found = Account.objects.customers().get()

    assert password.matches(found, f"{long}a")
    assert not password.matches(found, f"{long}b")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad", ["Kaffeehaus2026!!", "ada@example.com1", "passwordpassword", "qwertyuiop123456"]
)
def test_what_anybody_would_try_first_is_refused_at_registration(shop: Kaffeehaus, bad: str) -> None:
    walker = Walker().open("/register/").send(identifier=ADA)

    walker.send(code=code_for(ADA)).send().send(password=bad)

    assert "too easy to guess" in walker.text
    assert walker.heading == "Choose a password"


@pytest.mark.django_db(transaction=True)
def test_two_hundred_wrong_passwords_at_once_cost_twelve_hashes_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = kaffeehaus()
    customer(ADA, brand=shop.brand)
    walker = at_the_password()
    row, page = SignIn.objects.get(), walker
    hashes = hashes_instead(monkeypatch)
    together = threading.Barrier(50)

    def four() -> None:
        together.wait(30)
        for number in range(4):
            browser = Browser()
            browser.cookies[BROWSER_COOKIE] = page.browser.cookies[BROWSER_COOKIE].value
            browser.post(f"/sign-in/{row.pk}/?step=password", {"password": f"wrong {number}"})
        connection.close()

    threads = [threading.Thread(target=four) for _thread in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 0 < len(hashes) <= 12


def test_the_promises_hold_for_the_limits_as_they_are_written() -> None:
    hour = [sum(one.most for one in pair) for pair in email_code.TRIES_PER_ACCOUNT]
    mails = [sum(one.most for one in pair) for pair in email_code.MAILS[1:]]

    assert hour == [20, 100]
    assert mails == [5, 10]
    assert email_code.MAIL_PER_ADDRESS.most == 20
    assert django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= 1_048_576
