"""However somebody strays in the middle of signing in, the page that comes has a way on."""

import datetime as dt
import re
from urllib.parse import urlencode, urlsplit

import pytest
from django.utils import timezone

from accounts.models import Account
from auth_flows.models import BrowserSession, SignIn
from tests.auth_flows.oidc.apps import CALLBACK, App, answer_of, confidential
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"


def link_for(address: str) -> str:
    """The path of the newest link that was mailed with a code."""
    text = [text for to, text in mails() if to == address][-1]
    found = re.search(r"http\S+/link/\S+", text)
    assert found, text
    return urlsplit(found.group()).path


@pytest.fixture
def app(shop: Kaffeehaus) -> App:
    return confidential(shop.brand)


def from_the_app(app: App, walker: Walker | None = None) -> Walker:
    return (walker or Walker()).open(f"/oauth/authorize?{urlencode(app.asks())}")


def has_arrived(walker: Walker) -> bool:
    return walker.url.startswith(CALLBACK) and bool(answer_of(walker.url)["code"])


def goes_on(walker: Walker) -> Walker:
    """Press what looks like the button of a page without a form."""
    link = walker.soup.select_one("a.button-primary")
    assert link, walker.text
    return walker.open(str(link["href"]))


def test_the_tab_that_comes_second_arrives_as_well(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand)
    one = from_the_app(app)
    two = from_the_app(app, Walker(browser=one.browser))

    for tab in (one, two):
        tab.send(identifier=ADA)
    two.send(password=PASSWORD).send(agree_terms="on")
    one.send(password=PASSWORD)

    assert has_arrived(one)
    assert has_arrived(two)


def test_one_sign_in_open_in_two_tabs_leads_on_in_both(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand)
    one = from_the_app(app).send(identifier=ADA)
    two = Walker(browser=one.browser).open(one.url)

    one.send(password=PASSWORD).send(agree_terms="on")
    two.send(password=PASSWORD)

    assert has_arrived(one)
    assert has_arrived(two)


def test_back_to_an_earlier_page_and_on_again(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand)
    first = from_the_app(app)
    old_page = (first.url, first.response)
    first.send(identifier=ADA)

    first.url, first.response = old_page
    first.send(identifier="bob@example.com")

    assert first.heading == "Enter your password"
    assert has_arrived(first.send(password=PASSWORD).send(agree_terms="on"))


def test_back_after_the_end_leads_on_to_the_app(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand)
    walker = from_the_app(app).send(identifier=ADA)
    page = walker.url
    walker.send(password=PASSWORD).send(agree_terms="on")

    walker.open(page)

    assert (walker.status, walker.heading) == (410, "You are already signed in")
    assert has_arrived(goes_on(walker))


def test_a_form_sent_twice_arrives_once_more(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand)
    walker = from_the_app(app).send(identifier=ADA).send(password=PASSWORD)
    page = (walker.url, walker.response)
    walker.send(agree_terms="on")
    code = answer_of(walker.url)["code"]

    walker.url, walker.response = page
    walker.send(agree_terms="on")

    assert has_arrived(walker)
    assert answer_of(walker.url)["code"] != code
    assert BrowserSession.objects.count() == 1


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_reload_shows_the_same_page(shop: Kaffeehaus, app: App, steps: int) -> None:
    customer(ADA, brand=shop.brand)
    walker = from_the_app(app)
    for name, said in [("identifier", ADA), ("password", PASSWORD)][:steps]:
        walker.send(0, **{name: said})
    heading = walker.heading

    walker.open(walker.url)

    assert (walker.status, walker.heading) == (200, heading)


@pytest.mark.parametrize("way", ["reload", "send"])
def test_an_expired_page_begins_again_with_the_app_and_the_address(
    shop: Kaffeehaus, app: App, way: str
) -> None:
    customer(ADA, brand=shop.brand)
    walker = from_the_app(app).send(identifier=ADA)
    SignIn.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    walker.open(walker.url) if way == "reload" else walker.send(password=PASSWORD)
    assert (walker.status, walker.heading) == (410, "This page has expired")
    goes_on(walker)

    assert walker.value("identifier") == ADA
    assert ADA not in walker.url
    assert not SignIn.objects.filter(request__login_hint=ADA).exists()
    assert has_arrived(walker.send().send(password=PASSWORD).send(agree_terms="on"))


def test_an_expired_page_without_an_app_leads_back_to_where_it_was_for(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = Walker().open("/account/").send(identifier=ADA)
    SignIn.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    goes_on(walker.open(walker.url))

    assert walker.value("identifier") == ADA
    walker.send().send(password=PASSWORD).send(agree_terms="on")
    assert walker.url == "/account/"


def test_somebody_elses_address_of_a_sign_in_says_nothing_and_leads_on(shop: Kaffeehaus, app: App) -> None:
    began = from_the_app(app).send(identifier=ADA)

    stranger = Walker().open(began.url)

    assert stranger.status == 410
    assert ADA not in stranger.text
    assert goes_on(stranger).heading == "Sign in"
    assert Walker().open(f"{began.url}again/").value("identifier") == ""


def test_the_mailed_link_in_the_same_browser_goes_on(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand)
    walker = from_the_app(app).send(identifier=ADA).press("Send me a code by e-mail")

    walker.open(link_for(ADA))
    assert (walker.heading, ADA in walker.text) == ("Go on signing in", True)
    walker.press("Go on").send(agree_terms="on")

    assert has_arrived(walker)


def test_opening_the_link_is_nothing_however_often_a_program_does(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand)
    walker = from_the_app(app).send(identifier=ADA).press("Send me a code by e-mail")
    link = link_for(ADA)

    for _time in range(5):
        assert Walker().open(link).status == 200
        assert Walker().browser.head(link).status_code in {200, 405}
        assert Walker().browser.options(link).status_code == 405
    assert not BrowserSession.objects.exists()
    assert SignIn.objects.count() == 1

    assert walker.send(code=code_for(ADA)).heading == "Terms and your choices"


def test_the_link_on_another_device_tells_and_signs_in_there(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand)
    laptop = from_the_app(app).send(identifier=ADA).press("Send me a code by e-mail")

    phone = Walker().open(link_for(ADA))
    assert (phone.heading, ADA in phone.text) == ("You began elsewhere", True)
    phone.press("Sign in on this device instead").send(agree_terms="on")

    assert has_arrived(phone)
    session = BrowserSession.objects.get()
    assert [proof["method"] for proof in session.proofs] == ["email_code"]
    laptop.open(laptop.url)
    assert laptop.heading == "Check your mail"
    assert not laptop.open("/account/").heading.startswith("Hello")


def test_after_the_phone_took_the_link_the_laptop_has_a_new_code_sent(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand)
    laptop = from_the_app(app).send(identifier=ADA).press("Send me a code by e-mail")
    code = code_for(ADA)
    Walker().open(link_for(ADA)).press("Sign in on this device instead")

    laptop.send(code=code)

    assert "no longer good" in laptop.text
    assert "Send a new code" in laptop.text


def test_the_code_of_the_mail_can_be_typed_where_it_began_while_the_phone_shows_the_link(
    shop: Kaffeehaus, app: App
) -> None:
    customer(ADA, brand=shop.brand)
    laptop = from_the_app(app).send(identifier=ADA).press("Send me a code by e-mail")
    phone = Walker().open(link_for(ADA))

    laptop.send(code=code_for(ADA)).send(agree_terms="on")
    assert has_arrived(laptop)
    phone.press("Sign in on this device instead")

    assert (phone.status, phone.heading) == (410, "This link no longer works")
    assert goes_on(phone).heading == "Sign in"


def test_a_registration_goes_on_behind_the_link_on_the_phone(shop: Kaffeehaus, app: App) -> None:
    Walker().open("/register/").send(identifier=ADA)

    phone = Walker().open(link_for(ADA)).press("Sign in on this device instead")

    assert phone.heading == "About you"
    phone.send().send(password=PASSWORD).send(agree_terms="on")
    assert phone.heading.startswith("Hello")
    assert Account.objects.count() == 1


@pytest.mark.parametrize("end", ["used", "late", "newer", "made up"])
def test_a_link_that_is_no_longer_good_says_so_and_leads_on(shop: Kaffeehaus, app: App, end: str) -> None:
    customer(ADA, brand=shop.brand)
    walker = from_the_app(app).send(identifier=ADA).press("Send me a code by e-mail")
    page, link = walker.url.partition("?")[0], link_for(ADA)
    if end == "used":
        Walker().open(link).press("Sign in on this device instead")
    elif end == "late":
        SignIn.objects.update(code_ends_at=timezone.now() - dt.timedelta(seconds=1))
    elif end == "newer":
        SignIn.objects.update(link_hash="x")
    else:
        link = f"{page}link/made-up/"

    walker.open(link)
    assert (walker.status, walker.heading) == (410, "This link no longer works")
    goes_on(walker)

    assert walker.heading == "Check your mail"
    assert walker.url == page


def test_the_link_gets_nobody_past_a_second_factor(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    from_the_app(app).send(identifier=ADA).press("Send me a code by e-mail")

    phone = Walker().open(link_for(ADA)).press("Sign in on this device instead")

    assert phone.heading == "Enter the code of your app"
    assert not BrowserSession.objects.exists()


def test_the_link_after_the_password_was_right_is_not_needed_and_leads_on(shop: Kaffeehaus, app: App) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    walker = from_the_app(app).send(identifier=ADA).press("Send me a code by e-mail")
    link = link_for(ADA)
    walker.press("Use my password").send(password=PASSWORD)

    walker.open(link).press("Go on")

    assert walker.heading == "Enter the code of your app"
