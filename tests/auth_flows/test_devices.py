"""Devices: met at the end of a sign-in, trusted by their owner, and by nobody else."""

import datetime as dt
from urllib.parse import urlencode

import pytest
from django.db import transaction

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.memberships import revoke_sessions
from accounts.models import Account, Event
from auth_flows import devices, policies, whereabouts
from auth_flows.models import BrowserSession, Device, SignInPolicy
from auth_flows.start import BROWSER_COOKIE
from tests.auth_flows.arriving import (
    ADA,
    FIREFOX,
    IPHONE,
    agrees,
    arrives,
    browser,
    gives_password,
    is_signed_in,
)
from tests.auth_flows.oidc.apps import confidential
from tests.clock import Clock
from tests.people import Kaffeehaus, customer, kaffeehaus, operator
from tests.walking import Walker

pytestmark = pytest.mark.django_db

BOX = "trust_device"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    return customer(ADA, brand=shop.brand, totp=True)


def trusts(clock: Clock, walker: Walker | None = None, address: str = ADA) -> Walker:
    """Signs in with both steps and ticks the box."""
    clock.passes(minutes=1)
    walker = gives_password(walker or Walker(browser=browser()), address)
    return agrees(walker.send(code=clock.totp_code(), trust_device="on"))


def is_asked(walker: Walker, address: str = ADA) -> bool:
    """Whether the second step comes after the password, in this browser, signed out."""
    walker.browser.cookies.pop("__Host-ciam", None)
    return gives_password(Walker(browser=walker.browser), address).heading == "Enter the code of your app"


def test_whoever_trusts_a_device_is_not_asked_there_for_the_second_step(ada: Account, clock: Clock) -> None:
    walker = trusts(clock)

    assert not is_asked(walker)
    assert is_signed_in(walker)
    assert is_asked(Walker(browser=browser()))
    assert Event.objects.filter(type="device.trusted", account_id=ada.pk).count() == 1


def test_without_the_box_nothing_is_trusted(ada: Account, clock: Clock) -> None:
    walker = gives_password(Walker(browser=browser()))
    assert "Don't ask for the second step on this device for 30 days" in walker.text

    agrees(walker.send(code=clock.totp_code()))

    assert is_asked(walker)


def test_trust_ends_after_the_days_that_the_brand_gives(ada: Account, clock: Clock) -> None:
    walker = trusts(clock)

    clock.passes(days=29, hours=23)
    assert not is_asked(walker)
    clock.passes(hours=2)
    assert is_asked(walker)


def test_no_policy_makes_it_longer_than_ninety_days(ada: Account, shop: Kaffeehaus, clock: Clock) -> None:
    SignInPolicy.objects.create(brand=shop.brand, trusted_device_days=5_000)

    trusts(clock)

    assert Device.objects.get().trusted_until == clock.now + dt.timedelta(days=90)


def test_a_brand_that_trusts_none_offers_nothing_and_takes_no_box_and_no_others_word(
    ada: Account, shop: Kaffeehaus, clock: Clock
) -> None:
    walker = trusts(clock)
    SignInPolicy.objects.create(brand=shop.brand, trusted_device_days=0)
    policies.forget_cached()

    assert is_asked(walker)
    again = gives_password(Walker(browser=browser(IPHONE)))
    assert not again.soup.find("input", {"name": BOX})
    clock.passes(minutes=1)
    agrees(again.send(code=clock.totp_code(), trust_device="on"))
    assert Device.objects.filter(trusted_until__isnull=False).count() == 1


def test_a_box_on_a_page_that_does_not_offer_it_is_nothing(shop: Kaffeehaus, clock: Clock) -> None:
    customer(ADA, brand=shop.brand)

    walker = Walker(browser=browser()).open("/sign-in/").send(identifier=ADA, trust_device="on")
    agrees(walker.send(password="correct horse battery", trust_device="on"))

    assert Device.objects.get().trusted_until is None


def test_operators_trust_no_device(shop: Kaffeehaus, clock: Clock) -> None:
    olga = operator("olga@example.com")
    walker = gives_password(Walker(browser=browser()), "olga@example.com", "/admin/")

    assert not walker.soup.find("input", {"name": BOX})
    walker.send(code=clock.totp_code(), trust_device="on")

    device = Device.objects.get(account=olga)
    assert device.trusted_until is None
    Device.objects.update(trusted_until=clock.now + dt.timedelta(days=1))
    assert not devices.is_trusted(olga, device.browser_hash, shop.brand, clock.now)


@pytest.mark.parametrize("type_", sorted(devices.TRUST_ENDS))
def test_any_change_of_a_way_to_sign_in_ends_all_trust(ada: Account, clock: Clock, type_: EventType) -> None:
    trusts(clock)
    trusts(clock, Walker(browser=browser(IPHONE)))
    assert Device.objects.filter(trusted_until__isnull=False).count() == 2

    with transaction.atomic():
        Account.objects.locked([ada.pk])
        events.record([Change(type_, ada.pk, Actor("customer", str(ada.pk)), None, ("totp",))])

    assert not Device.objects.filter(trusted_until__isnull=False).exists()


def test_the_trust_of_one_account_is_worth_nothing_to_another(
    ada: Account, shop: Kaffeehaus, clock: Clock
) -> None:
    """In the same browser, with the same cookie."""
    customer("mallory@example.com", brand=shop.brand, totp=True)
    walker = trusts(clock)

    assert is_asked(walker, "mallory@example.com")
    assert not is_asked(walker)


def test_a_stolen_cookie_is_worth_nothing_without_the_password_nor_a_stolen_row(
    ada: Account, clock: Clock
) -> None:
    walker = trusts(clock)
    row = Device.objects.get()
    thief = Walker(browser=browser())
    thief.browser.cookies[BROWSER_COOKIE] = row.browser_hash

    assert is_asked(thief)
    thief.browser.cookies[BROWSER_COOKIE] = walker.browser.cookies[BROWSER_COOKIE].value
    thief.open("/sign-in/").send(identifier=ADA).send(password="wrong wrong")
    assert not is_signed_in(thief)


def test_an_app_that_wants_two_proofs_gets_them_also_from_a_trusted_device(
    ada: Account, shop: Kaffeehaus, clock: Clock
) -> None:
    walker = trusts(clock)
    assert not is_asked(walker)
    app = confidential(shop.brand, least_level=2)

    walker.open(f"/oauth/authorize?{urlencode(app.asks())}")

    assert walker.heading == "Enter the code of your app"


def test_trusted_devices_are_listed_and_one_press_ends_it(ada: Account, clock: Clock) -> None:
    walker = trusts(clock, Walker(browser=browser(FIREFOX)))
    walker.open("/account/")
    assert "Firefox on Linux" in walker.soup.select_one("#devices").get_text(" ", strip=True)  # type: ignore[union-attr]

    walker.press("Stop trusting")

    assert "None." in walker.soup.select_one("#devices").get_text(" ", strip=True)  # type: ignore[union-attr]
    assert is_asked(walker)
    assert Event.objects.filter(type="device.forgotten").count() == 1


def test_nobody_ends_the_trust_in_a_device_of_another(ada: Account, shop: Kaffeehaus, clock: Clock) -> None:
    trusts(clock)
    customer("mallory@example.com", brand=shop.brand)
    mallory = arrives("mallory@example.com")
    token = mallory.open("/account/").value("csrfmiddlewaretoken")
    device = Device.objects.get(account=ada)

    mallory.browser.post(f"/account/devices/{device.pk}/distrust", {"csrfmiddlewaretoken": token})

    device.refresh_from_db()
    assert device.trusted_until is not None


def test_the_first_device_is_no_news_and_the_second_is(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)

    first = arrives()
    assert not Event.objects.filter(type="device.met").exists()
    arrives(agent=IPHONE)
    assert [event.fields for event in Event.objects.filter(type="device.met")] == [["device"]]
    first.open("/oauth/logout").press("Sign out")
    agrees(gives_password(first))
    assert Event.objects.filter(type="device.met").count() == 1
    assert Device.objects.count() == 2


def test_a_country_where_nobody_was_is_news_on_a_known_device(
    shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer(ADA, brand=shop.brand)
    monkeypatch.setattr(whereabouts, "where", lambda _address: ("AT", "Vienna, Austria"))
    walker = arrives()
    monkeypatch.setattr(whereabouts, "where", lambda _address: ("BR", "Recife, Brazil"))
    walker.browser.cookies.pop("__Host-ciam")

    agrees(gives_password(walker))

    assert [event.fields for event in Event.objects.filter(type="device.met")] == [["country"]]
    session = BrowserSession.objects.latest("created_at")
    assert (session.place, session.device) == ("Recife, Brazil", Device.objects.get())
    text = walker.open("/account/sign-ins/").text
    assert "Recife, Brazil" in text
    assert "Vienna, Austria" in text
    assert "Firefox on Linux" in text
    assert "By: Password" in text


def test_a_silent_sign_in_meets_no_device(ada: Account, clock: Clock) -> None:
    walker = trusts(clock)

    Walker(browser=walker.browser).open("/sign-in/")

    assert Device.objects.count() == 1


def test_a_policy_is_read_once_in_a_while(shop: Kaffeehaus) -> None:
    assert policies.policy_of(shop.brand).trusted_device_days == 30
    assert policies.policy_of(None).session_idle_hours == 14 * 24
    SignInPolicy.objects.create(brand=shop.brand, trusted_device_days=7)
    policies.forget_cached()
    assert policies.policy_of(shop.brand).trusted_device_days == 7
    assert policies.policy_of(kaffeehaus("teehaus", is_default=False).brand).trusted_device_days == 30


def test_to_end_all_sessions_ends_all_trust(ada: Account, clock: Clock) -> None:
    walker = trusts(clock)

    revoke_sessions(ada, Actor("operator"))

    assert is_asked(walker)
