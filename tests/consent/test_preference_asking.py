"""Where somebody asks for the link to their choices: the answer tells nobody who is known."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Membership, MembershipStatus, Status
from ciam.lib.models import Counter, Mail
from tests.consent.reported import ADA, links, meets
from tests.people import Kaffeehaus, kaffeehaus, operator
from tests.walking import Walker, mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    return meets(shop.brand)


def asks(email: str = ADA, query: str = "") -> Walker:
    return Walker().open(f"/preferences/{query}").send(email=email)


def test_the_mail_leads_to_the_choices(ada: Account) -> None:
    page = asks()
    assert page.heading == "Look into your mailbox"

    (link,) = links()
    assert Walker().open(link).heading == "Your choices at Kaffeehaus"


def test_there_is_a_link_for_each_brand_that_has_the_address(ada: Account) -> None:
    meets(kaffeehaus("teehaus", is_default=False).brand)

    asks()
    assert [Walker().open(link).heading for link in links()] == [
        "Your choices at Kaffeehaus",
        "Your choices at Teehaus",
    ]


def test_one_brand_can_be_asked_for(ada: Account) -> None:
    meets(kaffeehaus("teehaus", is_default=False).brand)

    page = asks(query="?brand=teehaus")

    assert 'href="/brand/teehaus.css"' in page.response.content.decode()
    assert [Walker().open(link).heading for link in links()] == ["Your choices at Teehaus"]


def test_an_address_in_other_letters_is_the_same(ada: Account) -> None:
    asks(" ADA@Example.com ")

    assert len(mails()) == 1


def shown(walker: Walker) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", walker.response.content.decode())


def test_the_answer_is_the_same_for_everybody(shop: Kaffeehaus) -> None:
    meets(shop.brand, "known@example.com")
    left = meets(shop.brand, "left@example.com")
    Membership.objects.filter(account=left).update(status=MembershipStatus.ENDED)
    leaving = meets(shop.brand, "leaving@example.com")
    Account.objects.filter(pk=leaving.pk).update(status=Status.ERASING)
    operator("operator@example.com")
    people = ["known", "unknown", "left", "leaving", "operator", "known"]

    answers = [asks(f"{name}@example.com") for name in people]

    assert {(walker.status, walker.url, shown(walker)) for walker in answers} == {
        (200, "/preferences/?sent", shown(answers[0]))
    }
    assert [to for to, _text in mails()] == ["known@example.com"]


def test_the_work_is_the_same_for_everybody(ada: Account) -> None:
    """A mail is written in any case, and the one to nobody is thrown away unsent."""
    asks(ADA)
    asks("nobody@example.com")

    assert Mail.objects.count() == 2
    assert [to for to, _text in mails()] == [ADA]
    assert Mail.objects.filter(done_at=None).count() == 0
    assert list(Mail.objects.values_list("recipient", flat=True)) == [None, None]


def test_a_mailbox_is_not_flooded(ada: Account) -> None:
    for _press in range(3):
        assert asks().heading == "Look into your mailbox"
    assert len(mails()) == 1

    for number in range(8):
        Counter.objects.filter(ends_at__lte=timezone.now() + dt.timedelta(minutes=2)).delete()
        asks(f"ada+{number}@example.com")

    assert Mail.objects.count() == 5


def test_nobody_asks_for_hundreds(ada: Account) -> None:
    pages = [asks(f"somebody{number}@example.com") for number in range(21)]

    assert [page.status for page in pages] == [200] * 20 + [429]
    assert "Please try again later" in pages[-1].text
    assert 0 < int(pages[-1].response["Retry-After"]) <= 3_600


def test_what_is_no_address_is_said_so(shop: Kaffeehaus) -> None:
    for said in ("", "ada", "ada@", "a" * 400 + "@example.com"):
        page = asks(said)
        assert page.status == 200
        assert 'aria-invalid="true"' in page.response.content.decode()

    assert Mail.objects.count() == 0


def test_an_unknown_brand_is_none(ada: Account) -> None:
    assert asks(query="?brand=nobody").heading == "Look into your mailbox"

    assert len(links()) == 1


def test_another_website_can_not_ask_for_somebody(ada: Account) -> None:
    assert Client(enforce_csrf_checks=True).post("/preferences/", {"email": ADA}).status_code == 403


def test_the_mail_says_who_and_why(ada: Account) -> None:
    asks()

    ((_to, text),) = mails()

    assert "You asked for the link to your choices" in text
    assert f"Kaffeehaus:\n{settings.BASE_URL}/preferences/" in text
    assert settings.BASE_URL.removeprefix("http://") in text
