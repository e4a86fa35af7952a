"""Whatever may happen once happens once, however many ask at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pyotp
import pytest
from django.db import connection
from django.utils import timezone

from accounts.events import SYSTEM
from accounts.models import Account, Identifier, Membership, Source
from accounts.profiles import Said
from accounts.registration import AlreadyMember, Met, create_lite
from auth_flows.methods import email_code, totp
from auth_flows.models import SignIn
from tests.people import TOTP_SEED, customer, kaffeehaus
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 50


def at_once(act: Callable[[int], bool], times: int = MANY) -> int:
    """How many of so many simultaneous tries succeeded."""
    together = threading.Barrier(times)

    def one(number: int) -> bool:
        try:
            together.wait(30)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return sum(pool.map(one, range(times)))


def test_a_mailed_code_is_good_for_one_of_fifty() -> None:
    kaffeehaus()
    Walker().open("/register/").send(identifier="ada@example.com")
    code, row, now = code_for("ada@example.com"), SignIn.objects.get(), timezone.now()

    assert at_once(lambda _number: email_code.redeem(row, code, now)) == 1


def test_a_mailed_link_is_good_for_one_of_fifty_devices() -> None:
    shop = kaffeehaus()
    customer("ada@example.com", brand=shop.brand)
    Walker().open("/register/").send(identifier="ada@example.com")
    link = next(word for word in mails()[-1][1].split() if "/link/" in word)
    phones = [Walker().open(urlsplit(link).path) for _number in range(MANY)]

    def press(number: int) -> bool:
        return phones[number].press("Sign in on this device instead").status == 200

    assert at_once(press) == 1
    assert SignIn.objects.exclude(proofs=[]).count() == 1


def test_fifty_wrong_codes_at_once_are_five_tries() -> None:
    kaffeehaus()
    Walker().open("/register/").send(identifier="ada@example.com")
    row, now = SignIn.objects.get(), timezone.now()
    code = code_for("ada@example.com")
    wrong = "000000" if code != "000000" else "111111"

    assert at_once(lambda _number: email_code.redeem(row, wrong, now)) == 0

    row.refresh_from_db()
    assert row.code_tries == email_code.TRIES
    assert not email_code.redeem(row, code, now)


def test_a_time_step_is_good_for_one_of_fifty() -> None:
    ada, now = customer(totp=True), timezone.now()
    code = pyotp.TOTP(TOTP_SEED).at(now)

    assert at_once(lambda _number: totp.redeem(ada, code, now)) == 1


def test_a_burst_of_wrong_passwords_computes_at_most_twelve_hashes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = kaffeehaus()
    customer("ada@example.com", brand=shop.brand)
    walkers = [Walker().open("/sign-in/").send(identifier="ada@example.com") for _number in range(MANY)]
    hashes: list[str] = []

    def matches(_account: Account | None, password: str) -> bool:
        hashes.append(password)
        return False

    monkeypatch.setattr("auth_flows.steps.password.password.matches", matches)

    at_once(lambda number: bool(walkers[number].send(password=f"wrong {number}")))

    assert len(hashes) <= 12


def test_fifty_websites_that_meet_one_person_make_one_account() -> None:
    brand = kaffeehaus().brand

    def meet(_number: int) -> bool:
        said = Said(Source.WEBSITE, "site", timezone.now())
        try:
            create_lite(brand, Met.at("ada@example.com", {"given_name": "Ada"}, said), SYSTEM, how="scim")
        except AlreadyMember:
            return False
        return True

    assert at_once(meet) == 1
    assert (Account.objects.count(), Membership.objects.count()) == (1, 1)
    assert Identifier.objects.filter(scope="").count() == 1
