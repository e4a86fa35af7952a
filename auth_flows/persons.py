"""What is known of the account behind a sign-in, as the journey asks it."""

import uuid

from accounts.models import Account, Brand, Identifier, IdentifierKind, Membership, MembershipStatus, Realm
from auth_flows.assurance import Method
from auth_flows.methods.password import NOBODY
from auth_flows.models import Authenticator, Device


def held_by(account: Account) -> frozenset[Method]:
    """Of which methods an account holds an authenticator."""
    rows = Authenticator.objects.filter(account=account, confirmed_at__isnull=False)
    return frozenset(Method(kind) for kind in rows.values_list("kind", flat=True))


def methods_of(account: Account, held: frozenset[Method]) -> frozenset[Method]:
    """By which methods an account can prove itself now."""
    return held | {Method.EMAIL_CODE} if account.realm == Realm.CUSTOMER else held


def known_device(account: Account | None, browser_hash: str) -> uuid.UUID | None:
    """This browser, where this account has signed in before. No page may show it."""
    rows = Device.objects.filter(account_id=account.pk if account else NOBODY, browser_hash=browser_hash)
    return rows.values_list("pk", flat=True).first()


def is_suspended_at(account: Account, brand: Brand | None) -> bool:
    suspended = Membership.objects.filter(account=account, brand=brand, status=MembershipStatus.SUSPENDED)
    return brand is not None and suspended.exists()


def is_unproven(account: Account, normal: str) -> bool:
    """Whether it was made with this address by somebody who never proved it."""
    rows = Identifier.objects.filter(account=account, scope="", normal=normal)
    return rows.filter(kind=IdentifierKind.EMAIL, retired_at=None, verified_at=None).exists()
