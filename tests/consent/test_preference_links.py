"""The link to somebody's choices: what makes it good for nothing."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Brand, Identifier, Membership, MembershipStatus, Status
from consent import preference_links
from consent.models import Decision
from tests.consent.choosing import member_of, page_of
from tests.consent.reported import ADA, meets, reports, stands
from tests.people import Kaffeehaus

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    """Known to the shop, who agreed to the newsletter there."""
    ada = meets(shop.brand)
    reports(ada, shop.newsletter)
    return ada


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ada@example.com", "a•••@e•••.com"),
        ("x@y.co.uk", "x•••@y•••.uk"),
        ("root@localhost", "r•••@l•••"),
    ],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert preference_links.masked(address) == shown


def dead_links(ada: Account, brand: Brand) -> dict[str, str]:
    good, now = page_of(ada, brand), timezone.now()
    member = member_of(ada, brand)
    meets(brand, "bob@example.com")
    bob = Membership.objects.exclude(account=ada).get().pk.hex
    old = preference_links.token(member, ADA, now - dt.timedelta(days=366))
    return {
        "too old": f"/preferences/{old}/",
        "cut": good[:-10] + "/",
        "changed": good.replace("-1-", "-2-"),
        "another member": good.replace(member.pk.hex, bob),
        "another mailbox": page_of(ada, brand, "mallory@example.com"),
        "with another purpose": good.replace("-:", "-newsletter:"),
        "odd": "/preferences/%00%ff:%f0%9f%92%a9:/",
        "long": f"/preferences/{'x' * 5_000}/",
        "empty": "/preferences/:/",
    }


def test_links_that_are_no_good_are_all_the_same_page(ada: Account, shop: Kaffeehaus) -> None:
    pages = set()
    sent = {"version": str(shop.newsletter.pk), "decision": "withdrawn"}
    for name, path in dead_links(ada, shop.brand).items():
        for response in (
            Client().get(path),
            Client().post(path, sent),
            Client().post(path, {"stop": "everything"}),
        ):
            assert response.status_code == 410, name
            pages.add(response.content)

    assert len(pages) == 1
    assert b'href="/preferences/"' in pages.pop()
    assert stands(ada, shop.newsletter) == Decision.GIVEN


def test_a_link_dies_with_the_address_that_it_went_to(ada: Account, shop: Kaffeehaus) -> None:
    path = page_of(ada, shop.brand)

    Identifier.objects.filter(account=ada).update(value="new@example.com", normal="new@example.com")

    assert Client().get(path).status_code == 410
    assert Client().get(page_of(ada, shop.brand, "new@example.com")).status_code == 200


@pytest.mark.parametrize("status", [Status.ERASING, Status.ERASED])
def test_who_is_being_forgotten_has_no_page(ada: Account, shop: Kaffeehaus, status: Status) -> None:
    path = page_of(ada, shop.brand)

    Account.objects.filter(pk=ada.pk).update(status=status)

    assert Client().get(path).status_code == 410


def test_who_has_left_the_brand_has_no_page(ada: Account, shop: Kaffeehaus) -> None:
    path = page_of(ada, shop.brand)

    Membership.objects.update(status=MembershipStatus.ENDED)

    assert Client().get(path).status_code == 410


def test_signing_out_everywhere_ends_the_links_too(ada: Account, shop: Kaffeehaus) -> None:
    path = page_of(ada, shop.brand)

    Account.objects.filter(pk=ada.pk).update(session_epoch=2)

    assert Client().get(path).status_code == 410


def test_a_new_secret_ends_all_links_unless_the_old_one_is_kept(
    ada: Account, shop: Kaffeehaus, settings: Settings
) -> None:
    path, old = page_of(ada, shop.brand), settings.SECRET_KEY

    settings.SECRET_KEY = "another secret of this installation, long enough"
    assert Client().get(path).status_code == 410

    settings.SECRET_KEY_FALLBACKS = [old]
    assert Client().get(path).status_code == 200
