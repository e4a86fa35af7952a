"""The page behind the link of a confirmation mail."""

import datetime as dt

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.models import (
    Account,
    Identifier,
    Status,
)
from consent.confirmation_links import address
from consent.models import ConsentRecord, Decision, PurposeVersion
from tests.consent.reported import ADA, link, stands
from tests.walking import Walker

pytestmark = pytest.mark.django_db


def test_looking_at_the_page_confirms_nothing(ada: Account, newsletter: PurposeVersion) -> None:
    """Programs that check mail for harm open every link."""
    for _look in range(3):
        assert Client().get(link()).status_code == 200
        assert Client().head(link()).status_code == 200

    assert stands(ada, newsletter) == Decision.PENDING


def test_another_website_can_not_press_the_button(ada: Account, newsletter: PurposeVersion) -> None:
    sent = {"answer": "yes", "record": str(ConsentRecord.objects.get().pk)}

    answered = Client(enforce_csrf_checks=True).post(link(), sent)

    assert answered.status_code == 403
    assert stands(ada, newsletter) == Decision.PENDING


def test_pressed_twice_it_is_one_answer(ada: Account, newsletter: PurposeVersion) -> None:
    first, second = Walker().open(link()), Walker().open(link())

    first.press("Yes, I agree")
    second.press("No")

    assert stands(ada, newsletter) == Decision.GIVEN
    assert ConsentRecord.objects.count() == 2
    assert "You agreed" in second.text


def test_the_page_and_its_answers_tell_nothing_of_the_person(ada: Account) -> None:
    response = Client().get(link())
    gone = Client().get("/preferences/confirm/x/")

    for told in (response, gone):
        assert b"ada@" not in told.content.lower()
        assert told["Cache-Control"] == "no-store"
        assert told["Referrer-Policy"] == "strict-origin"
    assert str(ada.pk) not in signed_part(link())
    assert 'href="/brand/kaffeehaus.css"' in response.content.decode()


def signed_part(path: str) -> str:
    token = path.removeprefix("/preferences/confirm/").rstrip("/")
    return str(signing.b64_decode(token.split(":")[0].encode()))


def dead_links(account: Account) -> dict[str, str]:
    record, now = ConsentRecord.objects.get(), timezone.now()
    good = link()
    other = signing.Signer(salt="elsewhere").sign_object({"records": [record.pk.hex]})
    return {
        "too old": address([record], ADA, now - dt.timedelta(hours=73)),
        "cut": good[:-10] + "/",
        "changed": good.replace("confirm/ey", "confirm/ez"),
        "signed for something else": f"/preferences/confirm/{other}/",
        "for another mailbox": address([record], "mallory@example.com", now),
        "about nothing": address([], ADA, now),
        "odd": "/preferences/confirm/%00%ff:%f0%9f%92%a9:/",
        "long": f"/preferences/confirm/{'x' * 5_000}/",
    }


def test_a_link_that_is_no_longer_good_leads_on_and_tells_nothing(
    ada: Account, newsletter: PurposeVersion
) -> None:
    pages = {}
    for name, path in dead_links(ada).items():
        for browser in (Client().get, Client().post):
            response = browser(path)
            pages[name] = response.content
            assert response.status_code == 410, name

    assert len(set(pages.values())) == 1
    assert 'href="/account/"' in pages["too old"].decode()
    assert stands(ada, newsletter) == Decision.PENDING


def test_a_link_dies_with_the_address_that_it_went_to(ada: Account) -> None:
    path = link()

    Identifier.objects.filter(account=ada).update(value="new@example.com", normal="new@example.com")

    assert Client().get(path).status_code == 410


@pytest.mark.parametrize("status", [Status.ERASING, Status.ERASED])
def test_who_is_being_forgotten_is_asked_nothing(ada: Account, status: Status) -> None:
    path = link()

    Account.objects.filter(pk=ada.pk).update(status=status)

    assert Client().get(path).status_code == 410
