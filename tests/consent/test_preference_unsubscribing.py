"""List-Unsubscribe with one click (RFC 8058): what a mail carries, and what a mail program's post does."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Identifier, Membership, MembershipStatus, Status
from consent.models import ConsentRecord, Decision
from consent.unsubscribing import CantUnsubscribe, headers
from tests.consent.choosing import interest, member_of, one_click_of, page_of
from tests.consent.reported import ADA, meets, reports, stands
from tests.people import Kaffeehaus, kaffeehaus, purpose
from tests.walking import Walker

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    ada = meets(shop.brand)
    reports(ada, shop.newsletter)
    return ada


def test_a_mail_carries_both_headers(ada: Account, shop: Kaffeehaus) -> None:
    carried = headers(member_of(ada, shop.brand), shop.newsletter.purpose, timezone.now())

    assert carried.keys() == {"List-Unsubscribe", "List-Unsubscribe-Post"}
    assert carried["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = r"<http://localhost:8000/preferences/[-:\w]{80,150}/unsubscribe/>"
    assert re.fullmatch(address, carried["List-Unsubscribe"])
    assert "ada" not in carried["List-Unsubscribe"]


@pytest.mark.parametrize("body", ["form", "multipart"])
def test_one_post_without_anything_else_withdraws(ada: Account, shop: Kaffeehaus, body: str) -> None:
    program = Client(enforce_csrf_checks=True)
    path = one_click_of(ada, shop.newsletter)

    if body == "form":
        kind = "application/x-www-form-urlencoded"
        answer = program.post(path, "List-Unsubscribe=One-Click", content_type=kind)
    else:
        answer = program.post(path, ONE_CLICK)

    assert answer.status_code == 200
    assert not answer.cookies
    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN
    record = ConsentRecord.objects.latest("id")
    assert record.surface == "http://localhost:8000/preferences/unsubscribe/"


def test_only_the_purpose_of_the_mail_ends(ada: Account, shop: Kaffeehaus) -> None:
    offers = purpose(shop.brand, "offers", "We may send you offers.")
    reports(ada, offers)

    Client().post(one_click_of(ada, shop.newsletter), ONE_CLICK)

    assert stands(ada, offers) == Decision.GIVEN
    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN


def test_a_second_post_adds_nothing(ada: Account, shop: Kaffeehaus) -> None:
    path = one_click_of(ada, shop.newsletter)

    assert [Client().post(path, ONE_CLICK).status_code for _again in range(3)] == [200, 200, 200]

    assert ConsentRecord.objects.count() == 2


def test_who_never_answered_is_unsubscribed_all_the_same(shop: Kaffeehaus) -> None:
    """They got mail: whoever sent it has to hear the no."""
    bob = meets(shop.brand)

    Client().post(one_click_of(bob, shop.newsletter), ONE_CLICK)

    assert stands(bob, shop.newsletter) == Decision.WITHDRAWN


def test_one_objects_to_mail_that_needed_no_agreement(shop: Kaffeehaus) -> None:
    bob, insights = meets(shop.brand), interest(shop.brand)

    Client().post(one_click_of(bob, insights), ONE_CLICK)

    assert stands(bob, insights) == Decision.WITHDRAWN


def test_looking_changes_nothing(ada: Account, shop: Kaffeehaus) -> None:
    """Programs that check mail open the addresses in its headers, too: that is why there is a post."""
    path = one_click_of(ada, shop.newsletter)

    for _look in range(2):
        assert Client().get(path, ONE_CLICK).status_code == 200
        assert Client().head(path).status_code == 200
    assert Client().put(path, "List-Unsubscribe=One-Click").status_code == 405

    assert stands(ada, shop.newsletter) == Decision.GIVEN


def test_a_post_that_says_something_else_changes_nothing(ada: Account, shop: Kaffeehaus) -> None:
    path = one_click_of(ada, shop.newsletter)

    for said in ({}, {"List-Unsubscribe": "x"}, {"decision": "given"}):
        assert Client().post(path, said).status_code == 400
    assert Client().post(path, "{}", content_type="application/json").status_code == 400
    broken = "multipart/form-data; boundary=x"
    assert Client().post(path, "--x\r\nnothing", content_type=broken).status_code == 400

    assert stands(ada, shop.newsletter) == Decision.GIVEN


def test_a_person_who_opens_it_gets_a_button(ada: Account, shop: Kaffeehaus) -> None:
    path = one_click_of(ada, shop.newsletter)
    page = Walker().open(path)
    assert page.heading == "Shall Kaffeehaus stop this?"
    assert shop.newsletter.texts["en"] in page.text
    assert ADA not in page.text

    page.press("Yes, stop")

    assert page.heading == "Stopped"
    assert f'href="{path.removesuffix("unsubscribe/")}"' in page.response.content.decode()
    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN
    page.open(path.removesuffix("unsubscribe/"))
    assert page.heading == "Your choices at Kaffeehaus"


def test_the_links_are_tied_to_their_purpose(ada: Account, shop: Kaffeehaus) -> None:
    offers = purpose(shop.brand, "offers", "We may send you offers.")
    path = one_click_of(ada, shop.newsletter)

    changed = path.replace("-newsletter:", "-offers:")
    plain = page_of(ada, shop.brand) + "unsubscribe/"

    assert changed != path
    assert Client().post(changed, ONE_CLICK).status_code == 410
    assert Client().post(plain, ONE_CLICK).status_code == 410
    assert stands(ada, offers) is None


def test_to_unsubscribe_goes_on_where_the_page_of_choices_does_not(ada: Account, shop: Kaffeehaus) -> None:
    """Who signed out everywhere, or left the brand, still wants no more of its mail."""
    path = one_click_of(ada, shop.newsletter)
    Account.objects.update(session_epoch=2)
    Membership.objects.update(status=MembershipStatus.ENDED)

    assert "All your choices" not in Walker().open(path).text
    assert Client().post(path, ONE_CLICK).status_code == 200

    assert stands(ada, shop.newsletter) == Decision.WITHDRAWN
    assert Walker().open(path).heading == "Stopped"


def test_nobody_unsubscribes_who_is_not_there(ada: Account, shop: Kaffeehaus) -> None:
    path = one_click_of(ada, shop.newsletter)

    Identifier.objects.update(value="new@example.com", normal="new@example.com")
    assert Client().post(path, ONE_CLICK).status_code == 410

    path = one_click_of(ada, shop.newsletter)
    Account.objects.update(status=Status.ERASED)
    assert Client().post(path, ONE_CLICK).status_code == 410
    assert stands(ada, shop.newsletter) == Decision.GIVEN


def test_there_is_no_header_for_what_nobody_can_end(ada: Account, shop: Kaffeehaus) -> None:
    member, now = member_of(ada, shop.brand), timezone.now()
    elsewhere = kaffeehaus("teehaus", is_default=False).newsletter.purpose

    for asked in (shop.terms.purpose, elsewhere):
        with pytest.raises(CantUnsubscribe):
            headers(member, asked, now)

    Identifier.objects.all().delete()
    with pytest.raises(CantUnsubscribe):
        headers(member, shop.newsletter.purpose, now)
