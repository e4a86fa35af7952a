"""The people of the tests. Ada is the customer, Bob her friend, Mallory means harm, Olga runs the place."""

from dataclasses import dataclass

import pyotp
from django.utils import timezone

from accounts.identifiers import first_email
from accounts.memberships import begin_proven
from accounts.models import Account, Brand, Kind, Membership, Realm
from auth_flows.hashers import hashed
from auth_flows.models import Authenticator
from consent.models import LawfulBasis, Purpose, PurposeVersion

PASSWORD = "correct horse battery"
TOTP_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

NEWSLETTER_TEXT = "We may send you our newsletter about coffee, once a month."
TERMS_TEXT = "The terms of the Kaffeehaus apply."


@dataclass(frozen=True)
class Kaffeehaus:
    """The brand of most tests, with terms and a newsletter."""

    brand: Brand
    terms: PurposeVersion
    newsletter: PurposeVersion


def kaffeehaus(slug: str = "kaffeehaus", *, is_default: bool = True) -> Kaffeehaus:
    brand = Brand.objects.create(slug=slug, name=slug.title(), is_default=is_default)
    return Kaffeehaus(
        brand,
        purpose(brand, "terms", TERMS_TEXT, required=True),
        purpose(
            brand,
            "newsletter",
            NEWSLETTER_TEXT,
            releases=["email", "given_name", "family_name", "interests"],
        ),
    )


def purpose(
    brand: Brand, key: str, text: str, *, required: bool = False, releases: list[str] | None = None
) -> PurposeVersion:
    row = Purpose.objects.create(
        brand=brand,
        key=key,
        required=required,
        lawful_basis=LawfulBasis.CONTRACT if required else LawfulBasis.CONSENT,
    )
    return PurposeVersion.objects.create(
        purpose=row,
        number=1,
        titles={"en": key.title()},
        texts={"en": text},
        releases=releases or [],
        published_at=timezone.now(),
    )


def customer(
    email: str = "ada@example.com",
    *,
    brand: Brand | None = None,
    password: str | None = PASSWORD,
    totp: bool = False,
) -> Account:
    """A full customer with a proven address."""
    account = Account.objects.create(kind=Kind.FULL)
    first_email(account, email, verified_at=timezone.now())
    if brand:
        registered(account, brand)
    return _armed(account, password, totp)


def registered(account: Account, brand: Brand) -> Membership:
    now = timezone.now()
    member = begin_proven(account, brand, "registration", now).membership
    member.registered_at = now
    member.save(update_fields=["registered_at"])
    return member


def operator(email: str = "olga@example.com", *, totp: bool = True) -> Account:
    account = Account.objects.create(kind=Kind.FULL, realm=Realm.OPERATOR, is_staff=True, is_superuser=True)
    first_email(account, email, verified_at=timezone.now(), realm=Realm.OPERATOR)
    return _armed(account, PASSWORD, totp)


def _armed(account: Account, password: str | None, totp: bool) -> Account:
    now = timezone.now()
    if password:
        Authenticator.objects.create(
            account=account, kind=Authenticator.Kind.PASSWORD, hash=hashed(password), confirmed_at=now
        )
    if totp:
        Authenticator.objects.create(
            account=account, kind=Authenticator.Kind.TOTP, seed=TOTP_SEED, confirmed_at=now
        )
    return account


def totp_code() -> str:
    return pyotp.TOTP(TOTP_SEED).now()
