"""What people change of how they sign in: apps, recovery codes, a phone."""

import datetime as dt

import pyotp
import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Event, Identifier
from auth_flows.methods import recovery_code
from auth_flows.models import Authenticator, BrowserSession, Sending, TextMessage
from tests.people import PASSWORD, Kaffeehaus, customer, totp_code
from tests.texting import ADAS_PHONE, has_phone, offers_texts, texted
from tests.walking import Walker

pytestmark = pytest.mark.django_db
Kind = Authenticator.Kind


def at_home(shop: Kaffeehaus, *, totp: bool = False) -> tuple[Account, Walker]:
    ada = customer("ada@example.com", brand=shop.brand, totp=totp)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    if totp:
        walker.send(code=totp_code())
    walker.send(agree_terms="on")
    assert walker.heading.startswith("Hello")
    return ada, walker


def secret(walker: Walker) -> str:
    shown = walker.soup.select_one(".secret")
    assert shown is not None, walker.heading
    return shown.get_text("", strip=True).replace(" ", "").replace("\n", "")


def grows_old(ada: Account) -> None:
    """An hour passes for what the session has proven."""
    for session in BrowserSession.objects.filter(account=ada):
        for proof in session.proofs:
            proof["at"] = (timezone.now() - dt.timedelta(hours=1)).isoformat()
        session.save()


def told(ada: Account) -> list[tuple[str, list[str]]]:
    kinds = Event.objects.filter(account_id=ada.pk, type__startswith="authenticator").order_by("pk")
    return [(event.type, event.fields) for event in kinds]


def test_an_app_is_set_up_by_a_code_and_recovery_codes_follow(shop: Kaffeehaus) -> None:
    ada, walker = at_home(shop)

    walker.open("/account/security/app/add").send(label="My phone")
    seed, here = secret(walker), walker.url
    assert not Authenticator.objects.filter(account=ada, kind=Kind.TOTP, confirmed_at__isnull=False).exists()
    walker.send(code=pyotp.TOTP(seed).now())

    assert walker.heading == "Recovery codes"
    walker.press("Make recovery codes")
    codes = [item.get_text(strip=True) for item in walker.soup.select(".codes li")]
    assert len(set(codes)) == recovery_code.left(ada) == 10
    assert not any(code in walker.open("/account/security/recovery-codes").text for code in codes)
    assert seed not in walker.open(here).text.replace(" ", "")
    assert walker.heading == "Set up an authenticator app"
    assert "My phone" in walker.open("/account/").text
    assert told(ada) == [("authenticator.added", ["totp"]), ("authenticator.added", ["recovery_code"])]


def test_an_app_without_a_confirmed_code_is_none(shop: Kaffeehaus) -> None:
    ada, walker = at_home(shop)
    walker.open("/account/security/app/add").send(label="My phone")
    wrong = pyotp.TOTP(secret(walker)).at(timezone.now() - dt.timedelta(minutes=5))

    walker.send(code=wrong)

    assert "This is not the code" in walker.text
    assert "Authenticator app" not in walker.open("/account/").text
    again = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    assert again.heading.startswith("Hello")
    assert told(ada) == []


def test_a_secret_from_an_hour_ago_is_shown_no_more(shop: Kaffeehaus) -> None:
    ada, walker = at_home(shop)
    walker.open("/account/security/app/add").send()
    Authenticator.objects.filter(account=ada).update(created_at=timezone.now() - dt.timedelta(hours=1))

    walker.open(walker.url)

    assert walker.heading == "Set up an authenticator app"


def test_several_apps_have_names_and_one_is_removed(shop: Kaffeehaus) -> None:
    ada, walker = at_home(shop, totp=True)
    walker.open("/account/security/app/add").send(label="Tablet")
    walker.send(code=pyotp.TOTP(secret(walker)).now())
    old = Authenticator.objects.get(account=ada, kind=Kind.TOTP, label="")

    walker.open(f"/account/security/app/{old.pk}").send(label="Phone")
    assert "Phone" in walker.text
    walker.open(f"/account/security/app/{old.pk}").press("Remove it")

    assert [row.label for row in ada.authenticators.filter(kind=Kind.TOTP)] == ["Tablet"]
    assert ("authenticator.removed", ["totp"]) in told(ada)


def test_with_the_last_one_its_recovery_codes_go(shop: Kaffeehaus) -> None:
    ada, walker = at_home(shop, totp=True)
    walker.open("/account/security/recovery-codes").press("Make recovery codes")
    device = Authenticator.objects.get(account=ada, kind=Kind.TOTP)

    walker.open(f"/account/security/app/{device.pk}")
    assert "only second factor" in walker.text
    walker.press("Remove it")

    assert list(ada.authenticators.values_list("kind", flat=True)) == ["password"]


@pytest.mark.parametrize("page", ["app/add", "recovery-codes", "app"])
def test_an_hour_later_both_factors_are_proven_again(shop: Kaffeehaus, page: str) -> None:
    ada, walker = at_home(shop, totp=True)
    device = Authenticator.objects.get(account=ada, kind=Kind.TOTP)
    grows_old(ada)

    walker.open(f"/account/security/{page.replace('app', f'app/{device.pk}') if page == 'app' else page}")

    assert walker.heading == "Enter your password"
    walker.send(password=PASSWORD)
    assert walker.heading == "Enter the code of your app"


def test_a_form_that_was_left_open_for_an_hour_changes_nothing(shop: Kaffeehaus) -> None:
    ada, walker = at_home(shop, totp=True)
    device = Authenticator.objects.get(account=ada, kind=Kind.TOTP)
    walker.open(f"/account/security/app/{device.pk}")
    grows_old(ada)

    walker.press("Remove it")

    assert walker.heading == "Enter your password"
    assert ada.authenticators.filter(kind=Kind.TOTP).exists()


def test_nobody_changes_anothers(shop: Kaffeehaus) -> None:
    _ada, walker = at_home(shop)
    bob = customer("bob@example.com", brand=shop.brand, totp=True)
    device = Authenticator.objects.get(account=bob, kind=Kind.TOTP)

    assert walker.browser.get(f"/account/security/app/{device.pk}").status_code == 404
    walker.open("/account/security/app/add")
    token = walker.value("csrfmiddlewaretoken")
    remove = f"/account/security/app/{device.pk}/remove"
    assert walker.browser.post(remove, {"csrfmiddlewaretoken": token}).status_code == 404
    assert Authenticator.objects.filter(pk=device.pk).exists()


def test_new_recovery_codes_kill_the_old_ones_and_few_are_told_of(shop: Kaffeehaus) -> None:
    ada, walker = at_home(shop, totp=True)
    walker.open("/account/security/recovery-codes").press("Make recovery codes")
    old = [item.get_text(strip=True) for item in walker.soup.select(".codes li")]
    for code in old[:7]:
        assert recovery_code.redeem(ada, code, timezone.now())

    assert "3 codes left" in walker.open("/account/").text
    assert "Running out" in walker.text
    walker.open("/account/security/recovery-codes")
    assert "running out" in walker.text
    walker.press("Make new codes")

    assert not recovery_code.redeem(ada, old[9], timezone.now())
    assert recovery_code.left(ada) == 10


def test_a_phone_is_proven_by_a_code_and_becomes_a_second_factor(
    shop: Kaffeehaus, settings: Settings
) -> None:
    settings.SMS_GATEWAY = "twilio"
    offers_texts(shop.brand)
    ada, walker = at_home(shop)

    walker.open("/account/").open("/account/security/phone").send(phone="+49 1511 2345678")
    assert not Identifier.objects.filter(account=ada, kind="phone").exists()
    walker.send(code=texted())

    assert walker.heading == "Recovery codes"
    own = Identifier.objects.get(account=ada, kind="phone")
    assert (own.normal, own.scope, own.verified_at is not None) == (ADAS_PHONE, "", True)
    again = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    assert again.heading == "Check your messages"
    assert ADAS_PHONE not in again.text

    walker.open("/account/security/phone").press("Remove it")
    assert list(ada.authenticators.values_list("kind", flat=True)) == ["password"]
    assert not Identifier.objects.filter(account=ada, kind="phone", retired_at=None).exists()


def test_anothers_number_stays_anothers(shop: Kaffeehaus, settings: Settings) -> None:
    settings.SMS_GATEWAY = "twilio"
    offers_texts(shop.brand)
    bob = has_phone(customer("bob@example.com", brand=shop.brand))
    ada, walker = at_home(shop)

    walker.open("/account/security/phone").send(phone=ADAS_PHONE)
    walker.send(code=texted())

    assert "belongs to another account" in walker.text
    assert not Identifier.objects.filter(account=ada, kind="phone").exists()
    assert Identifier.objects.filter(account=bob, kind="phone", retired_at=None).exists()


def test_a_number_that_takes_no_messages_is_told(shop: Kaffeehaus, settings: Settings) -> None:
    settings.SMS_GATEWAY = "twilio"
    offers_texts(shop.brand)
    _ada, walker = at_home(shop)
    walker.open("/account/security/phone").send(phone=ADAS_PHONE)

    TextMessage.objects.update(outcome=Sending.STOPPED, done_at=timezone.now(), recipient=None, text=None)

    assert "told us to stop" in walker.open(walker.url).text


def test_without_a_gateway_there_are_no_phones(shop: Kaffeehaus) -> None:
    offers_texts(shop.brand)
    _ada, walker = at_home(shop)

    assert "Codes by SMS" not in walker.open("/account/").text
    assert walker.browser.get("/account/security/phone").status_code == 404
