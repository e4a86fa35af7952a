"""A forgotten password, as people get over it."""

import datetime as dt
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from accounts.models import Account, Event, Kind
from auth_flows.models import Authenticator, BrowserSession, Device, Intent, SignIn
from ciam.lib.models import Counter
from tests.auth_flows.oidc.apps import CALLBACK, confidential
from tests.auth_flows.test_sign_in_pages import lite, signed_in
from tests.people import PASSWORD, Kaffeehaus, customer, operator, totp_code
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"
ANOTHER = "another battery staple"


def recovers(address: str = ADA) -> Walker:
    """Up to the page after the code."""
    Counter.objects.update(ends_at=timezone.now())
    walker = Walker().open("/recover/").send(identifier=address)
    return walker.send(code=code_for(address))


def signs_in(password: str, address: str = ADA) -> Walker:
    Counter.objects.update(ends_at=timezone.now())
    return Walker().open("/sign-in/").send(identifier=address).send(password=password)


def test_a_code_by_mail_leads_to_a_new_password(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)

    walker = recovers()
    assert walker.heading == "Choose a password"
    walker.send(password=ANOTHER).send(agree_terms="on")

    assert walker.heading.startswith("Hello")
    assert "don't match" in signs_in(PASSWORD).text
    assert signs_in(ANOTHER).heading.startswith("Hello")
    assert Event.objects.filter(type="recovery.done").count() == 1


def test_the_link_stands_on_the_password_page_and_the_address_is_not_asked_twice(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier=ADA)

    walker.press("Forgot your password?")

    assert walker.heading == "Check your mail"
    walker.send(code=code_for(ADA)).send(password=ANOTHER).send(agree_terms="on")
    assert signed_in(walker)


def test_a_reset_never_signs_in_past_a_second_factor(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand, totp=True)
    walker = recovers()
    Device.objects.create(
        account=ada,
        browser_hash=SignIn.objects.get(intent=Intent.RECOVER).browser_hash,
        last_seen_at=timezone.now(),
        trusted_until=timezone.now() + dt.timedelta(days=9),
    )

    walker.open(walker.url)
    assert walker.heading == "Enter the code of your app"
    walker.browser.post(f"{walker.url}?step=choose_password", {"password": ANOTHER})
    assert not BrowserSession.objects.exists()
    walker.send(code=totp_code()).send(password=ANOTHER).send(agree_terms="on")

    assert signed_in(walker)
    assert signs_in(ANOTHER).heading == "Enter the code of your app"
    assert Authenticator.objects.filter(kind="totp").exists()


def test_this_browser_is_signed_in_only_as_far_as_was_proven(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)

    recovers().send(password=ANOTHER).send(agree_terms="on")

    methods = [proof["method"] for proof in BrowserSession.objects.get().proofs]
    assert methods == ["email_code"]


def test_every_other_session_and_trusted_device_ends(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    elsewhere = signs_in(PASSWORD).send(agree_terms="on")
    assert signed_in(elsewhere)
    Device.objects.create(
        account=ada, browser_hash="x", last_seen_at=timezone.now(), trusted_until=timezone.now()
    )
    under_way = signs_in(PASSWORD)

    here = recovers().send(password=ANOTHER)

    assert signed_in(here)
    assert not signed_in(elsewhere)
    assert BrowserSession.objects.count() == 1
    assert not Device.objects.exclude(trusted_until=None).exists()
    assert not signed_in(under_way)


def test_who_was_signed_in_here_gets_a_session_of_their_own_anew(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = signs_in(PASSWORD).send(agree_terms="on")
    before = walker.browser.cookies["__Host-ciam"].value
    Counter.objects.update(ends_at=timezone.now())

    walker.open("/recover/").send(identifier=ADA)
    walker.send(code=code_for(ADA)).send(password=ANOTHER)

    assert signed_in(walker)
    assert walker.browser.cookies["__Host-ciam"].value != before
    assert BrowserSession.objects.count() == 1


@pytest.mark.parametrize("kind", ["absent", "lite"])
def test_who_has_no_account_is_led_on_to_one_by_the_same_pages(shop: Kaffeehaus, kind: str) -> None:
    if kind == "lite":
        lite(shop)

    walker = recovers()

    assert walker.heading == "About you"
    walker.send(given_name="Ada").send(password=ANOTHER).send(agree_terms="on")
    assert walker.heading == "Hello, Ada"
    assert Account.objects.get().kind == Kind.FULL


def test_who_came_by_another_account_gets_a_password(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand, password=None)

    recovers().send(password=ANOTHER).send(agree_terms="on")

    assert signs_in(ANOTHER).heading.startswith("Hello")


@pytest.mark.parametrize("kind", ["absent", "lite", "password", "totp", "social", "suspended", "operator"])
def test_before_a_proof_everybody_sees_the_same(shop: Kaffeehaus, kind: str) -> None:
    if kind == "lite":
        lite(shop)
    elif kind == "operator":
        operator(ADA)
    elif kind != "absent":
        password = None if kind == "social" else PASSWORD
        ada = customer(ADA, brand=shop.brand, totp=kind == "totp", password=password)
        if kind == "suspended":
            Account.objects.filter(pk=ada.pk).update(status="suspended")

    walker = Walker().open("/recover/").send(identifier=ADA)
    stranger = Walker().open("/recover/").send(identifier="bob@example.com")

    assert walker.text == stranger.text.replace("bob@", "ada@")
    assert walker.heading == "Check your mail"
    assert "Try another way" not in walker.text
    walker.send(code="000000")
    assert walker.text == stranger.send(code="000000").text.replace("bob@", "ada@")


def test_operators_have_no_recovery(shop: Kaffeehaus) -> None:
    olga = operator("olga@example.com")
    walker = Walker().open("/admin/").send(identifier="olga@example.com")
    assert "Forgot" not in walker.text
    walker.send(password="wrong wrong")

    token = walker.soup.find("input", {"name": "csrfmiddlewaretoken"})
    assert token is not None
    page = walker.url.partition("?")[0]
    walker.browser.post(page, {"csrfmiddlewaretoken": str(token["value"]), "switch": "recover"})
    walker.open(f"{page}?intent=recover")
    assert walker.heading == "Enter your password"
    walker = recovers("olga@example.com").send().send(password=ANOTHER).send(agree_terms="on")

    assert Account.objects.customers().get().pk != olga.pk
    assert Walker().open("/admin/").send(identifier="olga@example.com").send(password=ANOTHER).heading != (
        "Enter the code of your app"
    )


def test_a_new_password_hears_the_same_words_as_any_other(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)

    walker = recovers().send(password="kaffeehaus kaffeehaus")

    assert "too easy to guess" in walker.text
    assert not Event.objects.filter(type="recovery.done").exists()


def test_what_an_app_needs_is_asked_of_whoever_comes_back_with_the_new_password(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    app = confidential(shop.brand, least_level=2)
    walker = Walker().open(f"/oauth/authorize?{urlencode(app.asks())}").send(identifier=ADA)

    walker.press("Forgot your password?").send(code=code_for(ADA)).send(code=totp_code())
    walker.send(password=ANOTHER).send(agree_terms="on")

    assert walker.heading == "Enter your password"
    walker.send(password=ANOTHER)
    assert walker.url.startswith(CALLBACK)
    assert "code=" in walker.url


def test_an_app_that_needs_no_more_is_reached_at_once(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    app = confidential(shop.brand)
    walker = Walker().open(f"/oauth/authorize?{urlencode(app.asks())}").send(identifier=ADA)

    walker.press("Forgot your password?").send(code=code_for(ADA))
    walker.send(password=ANOTHER).send(agree_terms="on")

    assert walker.url.startswith(CALLBACK)
    assert "code=" in walker.url


def test_who_is_asked_again_and_forgot_recovers_without_what_the_session_had_proven(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    walker = signs_in(PASSWORD).send(code=totp_code()).send(agree_terms="on")
    stale = timezone.now() - dt.timedelta(hours=1)
    proofs = [{"method": name, "at": stale.isoformat()} for name in ("password", "totp")]
    BrowserSession.objects.update(proofs=proofs)
    Counter.objects.update(ends_at=timezone.now())

    walker.open("/account/addresses/").press("Forgot your password?").send(code=code_for(ADA))

    assert walker.heading == "Enter the code of your app"
