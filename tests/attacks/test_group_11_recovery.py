"""Recovery (open set, group 11): what once led to a new password leads nowhere after its end."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.memberships import revoke_sessions
from accounts.models import Account, Identifier
from auth_flows.methods.email_code import MAIL_LIMITS
from auth_flows.models import BrowserSession, Recovery, RefreshToken, SignIn
from ciam.lib.models import Counter
from ciam.lib.throttle import forget
from tests.auth_flows.test_recovery import ADA, ANOTHER, recovers, signs_in
from tests.auth_flows.test_recovery_by_waiting import asks, goes_on, links, wait_is_over
from tests.auth_flows.test_sign_in_pages import signed_in
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db

THIRD = "a third pass phrase"


@pytest.mark.parametrize(
    "header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_FORWARDED_PROTO"]
)
def test_a11_01_links_in_mails_name_this_installation_whatever_the_request_says(
    shop: Kaffeehaus, header: str
) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    walker = recovers()
    page = walker.url.partition("?")[0].replace("/sign-in/", "/recover/lost/")
    walker.open(page)
    token = walker.soup.find("input", {"name": "csrfmiddlewaretoken"})
    assert token is not None
    said = "host=evil.example" if header == "HTTP_FORWARDED" else "evil.example"

    extra: dict[str, Any] = {header: said}
    answer = walker.browser.post(page, {"csrfmiddlewaretoken": str(token["value"])}, **extra)

    assert answer.status_code == (400 if header == "HTTP_HOST" else 303)
    texts = [text for _to, text in mails()]
    assert not [text for text in texts if "evil" in text]
    if header != "HTTP_HOST":
        assert f"{settings.BASE_URL}/recover/wait/" in texts[-1]


def password_changes(ada: Account) -> None:
    assert signed_in(recovers().send(password=THIRD).send(agree_terms="on"))


def address_changes(ada: Account) -> None:
    Identifier.objects.filter(account=ada).update(value="new@example.com", normal="new@example.com")


def sessions_are_revoked(ada: Account) -> None:
    revoke_sessions(ada, Actor("customer", str(ada.pk)))


def half_an_hour_passes(ada: Account) -> None:
    lived = dt.timedelta(minutes=31)
    for row in SignIn.objects.all():
        SignIn.objects.filter(pk=row.pk).update(expires_at=row.expires_at - lived)


ENDS = [password_changes, address_changes, sessions_are_revoked, half_an_hour_passes]


@pytest.mark.parametrize("happens", ENDS)
def test_a11_02_a_reset_under_way_is_dead_after_its_end(
    shop: Kaffeehaus, happens: Callable[[Account], None]
) -> None:
    ada = customer(ADA, brand=shop.brand)
    walker = recovers()
    assert walker.heading == "Choose a password"

    happens(ada)
    walker.send(password=ANOTHER)

    assert walker.heading == "This page has expired"
    Identifier.objects.filter(account=ada).update(value=ADA, normal=ADA)
    assert "don't match" in signs_in(ANOTHER).text


def test_a11_02_a_finished_reset_is_not_used_again(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = recovers()
    page, code = walker.url, code_for(ADA)
    walker.send(password=ANOTHER).send(agree_terms="on")

    walker.open(page)
    assert walker.heading == "You are already signed in"
    anew = Walker(browser=walker.browser)
    Counter.objects.update(ends_at=timezone.now())
    anew.open("/recover/").send(identifier=ADA)
    anew.send(code=code if code != code_for(ADA) else "000000")

    assert anew.heading == "Check your mail"


def asked_anew(ada: Account) -> None:
    Counter.objects.update(ends_at=timezone.now())
    recovery = recovers()
    link = recovery.soup.find("a", string="I have lost all of these")
    assert link is not None
    recovery.open(str(link["href"])).press("Begin again")


def a_week_passes(ada: Account) -> None:
    Recovery.objects.update(ends_at=timezone.now())


def address_is_replaced(ada: Account) -> None:
    told = Change(EventType.IDENTIFIER_CHANGED, ada.pk, Actor("customer", str(ada.pk)), None, ("email",))
    events.record([told])


@pytest.mark.parametrize("happens", [sessions_are_revoked, asked_anew, a_week_passes, address_is_replaced])
def test_a11_02_a_link_of_a_wait_is_dead_after_its_end(
    shop: Kaffeehaus, happens: Callable[[Account], None]
) -> None:
    ada = customer(ADA, brand=shop.brand, totp=True)
    asks()
    link = links(ADA, "wait")[0]
    under_way = goes_on()
    assert under_way.heading == "Choose a password"

    happens(ada)
    wait_is_over()

    assert Walker().open(link).heading == "This link no longer works"
    under_way.send(password=ANOTHER)
    assert not BrowserSession.objects.exists()
    assert "don't match" in signs_in(ANOTHER).text


def test_a11_02_a_link_of_a_wait_works_once(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    asks()
    one, two = goes_on(), goes_on()

    one.send(password=ANOTHER).send(agree_terms="on")
    two.send(password=THIRD)

    assert signed_in(one)
    assert two.heading == "This page has expired"
    assert "don't match" in signs_in(THIRD).text
    assert Walker().open(links(ADA, "wait")[0]).status == 404


def test_a11_05_a_reset_ends_sessions_and_refresh_tokens(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    other = signs_in(PASSWORD).send(agree_terms="on")
    epoch = BrowserSession.objects.get().epoch
    assert not RefreshToken.objects.exists()

    recovers().send(password=ANOTHER)

    assert not signed_in(other)
    ada.refresh_from_db()
    # Each token carries the epoch that it was made in, and is dead once that has risen.
    assert ada.session_epoch > epoch


@pytest.mark.usefixtures("unchallenged")
def test_a11_06_codes_of_a_recovery_are_guessed_five_times_each_and_twenty_an_hour(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    guesses = 0
    for _walk in range(6):
        walker = Walker().open("/recover/").send(identifier=ADA)
        for _try in range(6):
            walker.send(code="000000")
            guesses += "This is not the code" in walker.text
        for limit in MAIL_LIMITS:
            forget(limit, ADA)

    assert guesses <= 20
    assert walker.status == 429
    assert not BrowserSession.objects.exists()


@pytest.mark.usefixtures("unchallenged")
def test_a11_09_one_mailbox_gets_one_mail_a_minute_whichever_door_asks(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)

    for door in ["/recover/", "/register/", "/recover/"] * 4:
        walker = Walker().open(door).send(identifier=ADA)
        assert walker.heading == "Check your mail"

    assert len(mails()) == 1


@pytest.mark.usefixtures("unchallenged")
def test_a11_09_one_network_address_gets_twenty_mails_an_hour_and_the_pages_tell_nothing(
    shop: Kaffeehaus,
) -> None:
    walkers = [Walker().open("/recover/").send(identifier=f"p{n}@example.com") for n in range(25)]

    assert len(mails()) == 20
    pages = {walker.text.replace(f"p{number}@", "") for number, walker in enumerate(walkers)}
    assert len(pages) == 1
