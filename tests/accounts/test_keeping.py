"""The link in the warning: looking keeps nobody, pressing does, and it is good for that one warning."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts import retention
from accounts.models import Account, Event, Status
from accounts.retention import Round, keep_round
from tests.accounts.crowd import DAY, address_of, lite
from tests.people import Kaffeehaus
from tests.walking import Walker, mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    """Nobody has heard of her for 700 days, and she was warned today."""
    now = timezone.now()
    (account,) = lite(shop.brand, [now - 700 * DAY], [None])
    assert keep_round(now) == Round(0, 1, True)
    account.refresh_from_db()
    return account


def link_for(account: Account) -> str:
    """The address in the newest mail to her, without its host."""
    text = [text for to, text in mails() if to == address_of(account)][-1]
    found = re.search(r"http://localhost:8000(/preferences/keep/\S+/)\s", text)
    assert found, text
    return found[1]


def test_a_program_that_opens_every_link_keeps_nobody(ada: Account) -> None:
    for method in ("get", "head"):
        answer = getattr(Client(), method)(link_for(ada))
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
    assert Client().options(link_for(ada)).status_code == 405
    assert Client(enforce_csrf_checks=True).post(link_for(ada)).status_code == 403

    assert Account.objects.get().warned_at == ada.warned_at
    assert keep_round(timezone.now() + 30 * DAY).erased == 1


def test_the_button_keeps_her_for_another_two_years(ada: Account, shop: Kaffeehaus) -> None:
    page = Walker().open(link_for(ada))
    assert page.heading == "Shall Kaffeehaus remember you?"

    page.press("Yes, remember me")

    assert page.heading == "Kaffeehaus remembers you"
    assert page.status == 200
    kept = Event.objects.get(type="account.kept")
    assert (kept.actor_kind, kept.actor_id) == ("customer", str(ada.pk))
    now = timezone.now()
    assert keep_round(now + 699 * DAY) == Round(0, 0, True)
    assert keep_round(now + 700 * DAY) == Round(0, 1, True)


def test_a_second_press_changes_nothing(ada: Account) -> None:
    first, second = Walker().open(link_for(ada)), Walker().open(link_for(ada))
    first.press("Yes, remember me")
    version = Account.objects.get().version

    second.press("Yes, remember me")

    assert second.heading == "Kaffeehaus remembers you"
    assert Account.objects.get().version == version


def test_the_page_has_the_brands_look_and_says_nothing_of_the_person(ada: Account) -> None:
    page = Walker().open(link_for(ada))

    text = page.response.content.decode()
    assert "/brand/kaffeehaus.css" in text
    assert address_of(ada) not in text
    assert str(ada.pk) not in text
    assert ada.pk.hex not in text.replace(address_of(ada), "")


def test_the_link_of_an_older_warning_keeps_nobody(ada: Account) -> None:
    old = link_for(ada)
    Walker().open(old).press("Yes, remember me")
    later = timezone.now() + 701 * DAY
    assert keep_round(later).warned == 1

    page = Walker().open(old)

    assert (page.status, page.heading) == (404, "This link no longer works")
    assert Client().post(old).status_code == 404
    assert Account.objects.get().warned_at == later


def test_after_the_erasure_the_link_is_good_for_nothing(ada: Account) -> None:
    link = link_for(ada)
    page = Walker().open(link)
    assert keep_round(timezone.now() + 31 * DAY).erased == 1

    page.press("Yes, remember me")

    assert (page.status, page.heading) == (404, "This link no longer works")
    assert Account.objects.get().status == Status.ERASED


def test_a_link_that_was_made_up_is_good_for_nothing(ada: Account) -> None:
    link = link_for(ada)
    forged = [
        link[:-3] + "xx/",
        "/preferences/keep/x/",
        "/preferences/keep/:/",
        link.replace("keep/", "keep/0"),
    ]

    assert [Client().get(one).status_code for one in forged] == [404] * 4
    assert retention.to_warn(timezone.now()).count() == 0


def test_a_link_tells_no_more_than_its_warning(ada: Account) -> None:
    link = link_for(ada)

    assert ada.pk.hex not in link
    assert len(link) < 150
