"""Who has lost every second factor gets in by waiting, unless somebody who reads the mail stops it."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.identifiers import email, row_of
from accounts.models import Account, Event
from auth_flows.models import Authenticator, BrowserSession, Recovery
from ciam.lib.models import Counter
from tests.auth_flows.test_recovery import ADA, ANOTHER, recovers, signs_in
from tests.auth_flows.test_sign_in_pages import signed_in
from tests.people import PASSWORD, Kaffeehaus, customer, totp_code
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db

WORK = "ada@work.example"


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    """With an authenticator app, and a second address."""
    account = customer(ADA, brand=shop.brand, totp=True)
    row_of(email(WORK, is_primary=False), account, verified_at=timezone.now()).save()
    return account


def asks() -> Walker:
    """Up to the page that says how long to wait."""
    walker = recovers()
    assert walker.heading == "Enter the code of your app"
    link = walker.soup.find("a", string="I have lost all of these")
    assert link is not None
    return walker.open(str(link["href"])).press("Begin the wait")


def links(address: str, kind: str) -> list[str]:
    text = "\n".join(body for to, body in mails() if to == address)
    return re.findall(rf"http\S+(/recover/{kind}/\S+)", text)


def wait_is_over() -> None:
    Recovery.objects.update(ready_at=timezone.now() - dt.timedelta(seconds=1))
    Counter.objects.update(ends_at=timezone.now())


def goes_on(address: str = ADA) -> Walker:
    """By the link of the mail, up to the page after the fresh code."""
    wait_is_over()
    walker = Walker().open(links(ADA, "wait")[-1]).press("Continue").send(identifier=address)
    return walker.send(code=code_for(address)) if walker.heading == "Check your mail" else walker


def test_after_the_wait_the_mailbox_alone_leads_to_a_new_password(ada: Account) -> None:
    elsewhere = signs_in(PASSWORD).send(code=totp_code()).send(agree_terms="on")
    assert signed_in(elsewhere)
    waiting = asks()
    assert waiting.heading == "Your wait has begun"

    walker = goes_on()
    assert walker.heading == "Choose a password"
    walker.send(password=ANOTHER)

    assert signed_in(walker)
    assert not signed_in(elsewhere)
    assert not Authenticator.objects.exclude(kind="password").exists()
    assert BrowserSession.objects.count() == 1
    assert {event.type for event in Event.objects.filter(type__startswith="recovery")} == {
        "recovery.asked",
        "recovery.done",
    }
    assert {to for to, text in mails() if "old second factors are removed" in text} == {ADA, WORK}
    assert signs_in(ANOTHER).heading.startswith("Hello")


def test_before_its_time_the_link_says_when(ada: Account) -> None:
    asks()

    walker = Walker().open(links(ADA, "wait")[-1])

    assert walker.heading == "Not yet"
    assert (Recovery.objects.get().ready_at - timezone.now()) > dt.timedelta(hours=71)
    assert not walker.soup.find("button", string="Continue")
    assert recovers().heading == "Enter the code of your app"


def test_every_address_is_told_and_only_the_proven_one_has_the_link(ada: Account) -> None:
    asks()

    assert len(links(ADA, "wait")) == 1
    assert links(WORK, "wait") == []
    assert links(ADA, "cancel") == links(WORK, "cancel") != []


def test_a_notice_stops_it_by_a_press_and_not_by_a_look(ada: Account) -> None:
    asks()
    (stop,) = links(WORK, "cancel")

    walker = Walker().open(stop)
    assert walker.heading == "Stop this?"
    assert ADA not in walker.text
    assert Recovery.objects.get().cancelled_at is None
    walker.press("Stop it")

    assert walker.heading == "It is stopped"
    assert Event.objects.filter(type="recovery.cancelled").count() == 1
    wait_is_over()
    assert Walker().open(links(ADA, "wait")[-1]).heading == "This link no longer works"
    assert Walker().open(stop).status == 404


def test_who_signs_in_as_usual_stops_it(ada: Account) -> None:
    asks()
    Counter.objects.update(ends_at=timezone.now())

    assert signed_in(signs_in(PASSWORD).send(code=totp_code()).send(agree_terms="on"))

    assert Recovery.objects.get().cancelled_at is not None
    wait_is_over()
    assert Walker().open(links(ADA, "wait")[-1]).status == 404


def test_a_wrong_second_factor_stops_nothing(ada: Account) -> None:
    asks()
    Counter.objects.update(ends_at=timezone.now())

    signs_in(PASSWORD).send(code="000000")

    assert Recovery.objects.get().cancelled_at is None


def test_another_address_with_somebody_elses_link_is_asked_for_its_own_second_factor(ada: Account) -> None:
    customer("bob@example.com", totp=True)
    asks()

    walker = goes_on("bob@example.com")

    assert walker.heading == "Enter the code of your app"
    assert Recovery.objects.get().finished_at is None


def test_without_the_fresh_code_nothing_is_changed(ada: Account) -> None:
    asks()
    wait_is_over()

    walker = Walker().open(links(ADA, "wait")[-1]).press("Continue").send(identifier=ADA)
    walker.send(code="000000")

    assert walker.heading == "Check your mail"
    assert not BrowserSession.objects.exists()


def test_only_a_recovery_with_a_proven_mailbox_can_begin_the_wait(ada: Account) -> None:
    walker = Walker().open("/recover/").send(identifier=ADA)
    page = walker.url.partition("?")[0].replace("/sign-in/", "/recover/lost/")
    walker.open(page)
    assert walker.heading == "Check your mail"
    assert Client().get(page).status_code == 303
    by_password = signs_in(PASSWORD)
    by_password.open(by_password.url.partition("?")[0].replace("/sign-in/", "/recover/lost/"))

    assert by_password.heading == "Enter the code of your app"
    assert not Recovery.objects.exists()


def test_a_sign_in_that_lacks_the_second_factor_knows_the_way(ada: Account) -> None:
    walker = signs_in(PASSWORD)

    link = walker.soup.find("a", string="I have lost all of these")

    assert link is not None
    assert walker.open(str(link["href"])).heading == "Choose a new password"


def test_the_second_factor_found_after_all_ends_the_wait(ada: Account) -> None:
    waiting = asks()
    back = waiting.soup.find("a", string="Go back")
    assert back is not None

    waiting.open(str(back["href"])).send(code=totp_code()).send(password=ANOTHER).send(agree_terms="on")

    assert signed_in(waiting)
    assert Authenticator.objects.filter(kind="totp").exists()
    assert Recovery.objects.get().cancelled_at is not None


def test_the_wait_is_asked_for_three_times_a_day(ada: Account) -> None:
    walker = asks()
    for _again in range(2):
        walker.press("Begin again")
    assert Recovery.objects.filter(cancelled_at=None).count() == 1

    walker.press("Begin again")

    assert walker.status == 429
    assert Recovery.objects.count() == 3
