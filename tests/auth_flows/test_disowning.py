"""“This wasn't me”: what the link of a notice does, and what it doesn't."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.events import Actor, EventType
from accounts.models import Account, Event
from auth_flows.models import BrowserSession, Device, SignIn
from tests.auth_flows.arriving import ADA, IPHONE, agrees, arrives, browser, gives_password, is_signed_in
from tests.auth_flows.test_notices import happens, link_of, notices
from tests.clock import Clock
from tests.people import Kaffeehaus, customer, operator
from tests.walking import Walker

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def disowned(shop: Kaffeehaus) -> tuple[Account, Walker, Walker, str]:
    """Ada at home, Mallory with her password, and the link that Ada gets."""
    ada = customer(ADA, brand=shop.brand)
    home = arrives()
    mallory = arrives(agent=IPHONE)
    assert is_signed_in(mallory)
    return ada, home, mallory, link_of(notices()[0])


def test_this_was_not_me_signs_out_everybody_without_a_session(shop: Kaffeehaus) -> None:
    ada, home, mallory, link = disowned(shop)
    Device.objects.update(trusted_until=timezone.now() + dt.timedelta(days=1))
    halfway = Walker(browser=browser()).open("/sign-in/").send(identifier=ADA)

    stranger = Walker(browser=browser()).open(link)
    assert stranger.heading == "That wasn't you?"
    assert is_signed_in(mallory), "to look at it does nothing"
    stranger.press("Sign out everybody")

    assert stranger.heading in {
        "Everybody is signed out",
        "Set a new password",
        "Get back in",
        "Sign in",
    } or (stranger.url.startswith(("/recover", "/sign-in")))
    for walker in (home, mallory, stranger):
        assert not is_signed_in(walker)
    assert not BrowserSession.objects.exists()
    assert not Device.objects.filter(trusted_until__isnull=False).exists()
    told = Event.objects.get(account_id=ada.pk, type="session.disowned")
    assert told.actor_kind == "system"
    assert halfway.open(halfway.url).status == 200, "of nobody yet: to go on takes the password"


def test_the_link_works_once_and_says_so(shop: Kaffeehaus) -> None:
    _ada, _home, _mallory, link = disowned(shop)
    page = Walker(browser=browser()).open(link)
    page.press("Sign out everybody")
    home = agrees(gives_password(Walker(browser=browser())))
    assert is_signed_in(home)

    again = Walker(browser=browser()).open(link)
    assert again.heading == "Everybody is signed out"
    token = home.open("/account/").value("csrfmiddlewaretoken")
    home.browser.post(link, {"csrfmiddlewaretoken": token})

    assert is_signed_in(home)
    assert Event.objects.filter(type="session.disowned").count() == 1


def test_what_mallory_does_meanwhile_does_not_break_the_link(shop: Kaffeehaus) -> None:
    """A new password, sessions ended everywhere: the link in Ada's mail still works."""
    ada, _home, mallory, link = disowned(shop)
    mallory.open("/account/").press("Sign out everywhere else")
    assert is_signed_in(mallory)

    Walker(browser=browser()).open(link).press("Sign out everybody")

    assert not is_signed_in(mallory)
    assert Event.objects.filter(account_id=ada.pk, type="session.disowned").exists()


def test_a_stolen_link_does_no_more_and_tells_nothing_of_the_person(shop: Kaffeehaus) -> None:
    _ada, _home, _mallory, link = disowned(shop)

    thief = Walker(browser=browser()).open(link)
    assert ADA not in thief.response.content.decode()
    thief.press("Sign out everybody")

    assert ADA not in thief.response.content.decode()
    assert not is_signed_in(thief)
    assert not SignIn.objects.filter(finished_at=None, account_id__isnull=False).exists()


@pytest.mark.parametrize("spoilt", ["x", "", "0" * 32 + "-" + "0" * 32 + ":1:x"])
def test_a_link_that_is_not_ours_is_answered_plainly(shop: Kaffeehaus, spoilt: str) -> None:
    _ada, _home, mallory, link = disowned(shop)
    wrong = f"/account/not-me/{spoilt}/" if spoilt else f"{link[:-3]}xy/"

    assert Walker(browser=browser()).open(wrong).status in {404}
    assert is_signed_in(mallory)


def test_the_link_is_good_for_seven_days(shop: Kaffeehaus, clock: Clock) -> None:
    _ada, _home, _mallory, link = disowned(shop)

    clock.passes(days=6, hours=23)
    assert Walker(browser=browser()).open(link).status == 200
    clock.passes(hours=2)
    assert Walker(browser=browser()).open(link).status == 404


def test_an_operator_who_disowns_is_led_to_no_recovery(shop: Kaffeehaus) -> None:
    olga = operator("olga@example.com")
    happens(olga, (EventType.AUTHENTICATOR_CHANGED, "password"), by=Actor("operator", str(olga.pk)))
    [text] = notices("olga@example.com")
    assert "customer service" not in text
    link = link_of(text)

    page = Walker(browser=browser()).open(link).press("Sign out everybody")

    assert page.heading == "Everybody is signed out"
    assert "/recover/" not in page.response.content.decode()
