"""Somebody's page of choices in the tests: its links, its brand with a purpose of each kind, its forms."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Account, Brand, Membership
from consent import preference_links, unsubscribing
from consent.models import LawfulBasis, Purpose, PurposeVersion
from tests.consent.reported import ADA
from tests.people import purpose


def member_of(account: Account, brand: Brand) -> Membership:
    return Membership.objects.select_related("account", "brand").get(account=account, brand=brand)


def page_of(account: Account, brand: Brand, mailbox: str = ADA, key: str = "") -> str:
    """The path of the page of choices that a mail of now leads to."""
    made = preference_links.token(member_of(account, brand), mailbox, timezone.now(), key)
    return path_of(preference_links.address(made))


def one_click_of(account: Account, version: PurposeVersion) -> str:
    """The path in the header of a mail of now."""
    member = member_of(account, version.purpose.brand)
    headers = unsubscribing.headers(member, version.purpose, timezone.now())
    return path_of(headers["List-Unsubscribe"].strip("<>"))


def path_of(url: str) -> str:
    assert url.startswith(f"{settings.BASE_URL}/"), url
    return url.removeprefix(settings.BASE_URL)


def with_rules(version: PurposeVersion, **fields: Any) -> PurposeVersion:
    """The purpose of this wording, changed."""
    Purpose.objects.filter(pk=version.purpose_id).update(**fields)
    version.purpose.refresh_from_db()
    return version


def interest(brand: Brand) -> PurposeVersion:
    """A purpose that nobody is asked about."""
    version = purpose(brand, "insights", "We count how often our shop is visited.", releases=["country"])
    return with_rules(version, lawful_basis=LawfulBasis.LEGITIMATE_INTEREST, channels=["web"])


def next_wording(version: PurposeVersion, *, material: bool) -> PurposeVersion:
    return PurposeVersion.objects.create(
        purpose=version.purpose,
        number=version.number + 1,
        titles=version.titles,
        texts={"en": "We may write to you as often as we like."},
        releases=[*version.releases, "country"],
        material=material,
        published_at=timezone.now(),
    )
