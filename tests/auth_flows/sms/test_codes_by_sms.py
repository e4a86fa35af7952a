"""Signing in with a code by SMS: as the first way in, and as the second step."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Brand, IdentifierKind, Kind
from auth_flows.methods import recovery_code, sms_code
from auth_flows.models import SignIn, TextMessage
from ciam.lib.models import Counter
from tests.people import PASSWORD, Kaffeehaus, customer, totp_code
from tests.texting import ADAS_PHONE, has_phone, texted
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db
NOBODYS = "+4915119999999"


def by_phone(number: str = ADAS_PHONE) -> Walker:
    return Walker().open("/sign-in/").send(identifier=number)


def shown(walker: Walker) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"|[0-9a-f-]{36}', "", walker.response.content.decode())


def test_a_phone_number_is_a_way_in(texting_shop: Kaffeehaus) -> None:
    has_phone(customer("ada@example.com", brand=texting_shop.brand))
    Brand.objects.update(country="DE")
    walker = by_phone("0151 12345678")

    assert walker.heading == "Enter your password"
    walker.press("Send me a code by SMS").send(code=texted()).send(agree_terms="on")

    assert walker.heading.startswith("Hello")


def test_a_password_works_with_a_phone_number_too(texting_shop: Kaffeehaus) -> None:
    has_phone(customer("ada@example.com", brand=texting_shop.brand))

    walker = by_phone().send(password=PASSWORD).send(agree_terms="on")

    assert walker.heading.startswith("Hello")


@pytest.mark.parametrize("kind", ["absent", "unproven", "lite", "totp", "suspended"])
def test_pages_are_the_same_whoever_has_the_number(texting_shop: Kaffeehaus, kind: str) -> None:
    if kind != "absent":
        ada = has_phone(customer("ada@example.com", brand=texting_shop.brand, totp=kind == "totp"))
        if kind == "unproven":
            ada.identifiers.filter(kind=IdentifierKind.PHONE).update(verified_at=None)
        if kind == "lite":
            Account.objects.filter(pk=ada.pk).update(kind=Kind.LITE)
        if kind == "suspended":
            Account.objects.filter(pk=ada.pk).update(status="suspended")
    bob = has_phone(customer("bob@example.com", brand=texting_shop.brand), NOBODYS)

    one, other = by_phone(ADAS_PHONE), by_phone(NOBODYS)
    for walker in (one, other):
        walker.press("Send me a code by SMS")

    assert shown(one).replace(ADAS_PHONE, "") == shown(other).replace(NOBODYS, "")
    for walker in (one, other):
        walker.send(code="000000")
    assert shown(one).replace(ADAS_PHONE, "") == shown(other).replace(NOBODYS, "")
    assert TextMessage.objects.filter(account_id=bob.pk, to_nobody=False).count() == 1
    assert TextMessage.objects.filter(to_nobody=kind in {"absent", "unproven", "lite"}).count() >= 1


def test_a_number_that_is_nobodys_costs_nothing_and_proves_nothing(
    texting_shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auth_flows.methods.sms_code.secrets.randbelow", lambda _most: 123456)
    walker = by_phone(NOBODYS).press("Send me a code by SMS")

    walker.send(code="123456")

    assert TextMessage.objects.get().to_nobody
    assert SignIn.objects.get().proofs == []
    assert not Account.objects.exists()


def test_a_code_by_sms_is_a_second_step(texting_shop: Kaffeehaus) -> None:
    has_phone(customer("ada@example.com", brand=texting_shop.brand), second=True)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)

    assert walker.heading == "Check your messages"
    assert "+49 ••• 78" in walker.text
    walker.send(code=texted()).send(agree_terms="on")

    assert walker.heading.startswith("Hello")


def test_whoever_came_by_the_number_gives_another_kind_of_proof(texting_shop: Kaffeehaus) -> None:
    has_phone(customer("ada@example.com", brand=texting_shop.brand), second=True)
    walker = by_phone().press("Send me a code by SMS").send(code=texted())

    assert walker.heading == "Enter your password"
    walker.press("Send me a code by e-mail")
    assert "ada@example.com" not in walker.text, "nothing of it was proven"
    walker.send(code=code_for("ada@example.com")).send(agree_terms="on")

    assert walker.heading.startswith("Hello")


def test_a_code_by_sms_never_stands_for_an_app(texting_shop: Kaffeehaus) -> None:
    has_phone(customer("ada@example.com", brand=texting_shop.brand, totp=True), second=True)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)

    assert walker.heading == "Enter the code of your app"
    assert "SMS" not in walker.text
    by_number = by_phone().press("Send me a code by SMS").send(code=texted())
    assert by_number.heading == "Enter the code of your app"
    by_number.send(code=totp_code()).send(agree_terms="on")
    assert by_number.heading.startswith("Hello")


def test_a_recovery_code_helps_whoever_lost_the_phone(texting_shop: Kaffeehaus) -> None:
    ada = has_phone(customer("ada@example.com", brand=texting_shop.brand), second=True)
    codes = recovery_code.new_codes()
    recovery_code.replace(ada, codes, timezone.now())
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)

    walker.press("Use a recovery code").send(code=codes[0].lower().replace("-", " ")).send(agree_terms="on")

    assert walker.heading.startswith("Hello")
    assert recovery_code.left(ada) == 9


def test_five_wrong_codes_kill_one_and_a_new_one_waits_a_minute(texting_shop: Kaffeehaus) -> None:
    has_phone(customer("ada@example.com", brand=texting_shop.brand))
    walker = by_phone().press("Send me a code by SMS")
    code = texted()
    wrong = "000000" if code != "000000" else "111111"

    for _try in range(5):
        walker.send(code=wrong)
    walker.send(code=code)
    assert "no longer good" in walker.text
    walker.press("Send a new code")
    assert walker.status == 429
    Counter.objects.update(ends_at=timezone.now() - dt.timedelta(seconds=1))
    walker.press("Send a new code")

    assert "We have sent a new code" in walker.text
    walker.send(code=texted()).send(agree_terms="on")
    assert walker.heading.startswith("Hello")


@pytest.mark.usefixtures("unchallenged")
def test_all_spellings_of_a_number_share_their_limits(texting_shop: Kaffeehaus) -> None:
    has_phone(customer("ada@example.com", brand=texting_shop.brand))
    by_phone("+49 1511 2345678").press("Send me a code by SMS")

    again = by_phone("+49 (1511) 23-456-78").press("Send me a code by SMS")

    assert TextMessage.objects.count() == 1
    assert again.status == 200
    for _try in range(10):
        Walker().open("/sign-in/").send(identifier="ada@example.com").send(password="wrong wrong")
    assert by_phone().send(password=PASSWORD).status == 429


def test_numbers_in_a_row_get_no_more_than_a_few(texting_shop: Kaffeehaus) -> None:
    for number in range(12):
        by_phone(f"+49151700000{number:02}").press("Send me a code by SMS")

    assert TextMessage.objects.count() == sms_code.PER_ADDRESS.most


def test_countries_that_nobody_needs_get_nothing(texting_shop: Kaffeehaus, settings: Settings) -> None:
    settings.SMS_COUNTRIES = ["43"]
    has_phone(customer("ada@example.com", brand=texting_shop.brand))

    by_phone().press("Send me a code by SMS")

    assert TextMessage.objects.get().to_nobody


def test_a_brand_without_codes_by_sms_takes_addresses_alone(shop: Kaffeehaus, settings: Settings) -> None:
    settings.SMS_GATEWAY = "twilio"
    has_phone(customer("ada@example.com", brand=shop.brand))

    assert "This is not an e-mail address" in by_phone().text


def test_nobody_registers_with_a_number(texting_shop: Kaffeehaus) -> None:
    walker = Walker().open("/register/").send(identifier=ADAS_PHONE)

    assert "This is not an e-mail address" in walker.text
