"""What a person has with one brand: how it begins, rests and ends. What they have elsewhere stays."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import events, segments
from accounts.events import Actor, Change, EventType
from accounts.identifiers import email, row_of, username
from accounts.models import (
    Account,
    Brand,
    Identifier,
    IdentifierKind,
    Membership,
    MembershipStatus,
    Realm,
)
from ciam.lib.rows import insert

_EVENTS = {
    MembershipStatus.ACTIVE: EventType.MEMBERSHIP_BEGAN,
    MembershipStatus.SUSPENDED: EventType.MEMBERSHIP_SUSPENDED,
    MembershipStatus.ENDED: EventType.MEMBERSHIP_ENDED,
}


@dataclass(frozen=True)
class Began:
    membership: Membership
    now: bool
    """Whether it began, or began again, by this call."""


def begin(account: Account, brand: Brand, how: str, handles: Iterable[Identifier], now: dt.datetime) -> Began:
    """A membership with what the brand knows to reach the person by; the caller records the event.

    Raises IntegrityError where the brand calls somebody else so.
    """
    began = _begin(account, brand, how, now)
    if began.now:
        insert(list(handles))
    return began


def begin_proven(account: Account, brand: Brand, how: str, now: dt.datetime) -> Began:
    """As `begin`, for whoever has proven an address: others whom the brand called so lose that name."""
    began = _begin(account, brand, how, now)
    proven = Identifier.objects.filter(
        account=account, scope="", kind=IdentifierKind.EMAIL, retired_at=None, verified_at__isnull=False
    )
    address = proven.order_by("-is_primary", "created_at").first() if began.now else None
    if address is None:
        return began
    contacts = (username(address.value), email(address.value))
    for contact in contacts:
        Identifier.objects.filter(
            scope=str(brand.pk), kind=contact.kind, normal=contact.normal, is_primary=True
        ).exclude(account=account).delete()
    Identifier.objects.bulk_create(row_of(contact, account, str(brand.pk)) for contact in contacts)
    return began


def new_membership(account: Account, brand: Brand, how: str, now: dt.datetime) -> Membership:
    """The row, not yet saved."""
    assert account.realm == Realm.CUSTOMER, "operators are nobody's customers"
    return Membership(account=account, brand=brand, how=how, since=now, changed_at=now)


def _begin(account: Account, brand: Brand, how: str, now: dt.datetime) -> Began:
    membership = Membership.objects.filter(account=account, brand=brand).first()
    fresh = new_membership(account, brand, how, now)
    if membership is None:
        fresh.save()
        return Began(fresh, True)
    if membership.status != MembershipStatus.ENDED:
        return Began(membership, False)
    fresh.pk = membership.pk
    fresh.save(force_update=True)
    return Began(fresh, True)


def set_status(
    membership: Membership, status: MembershipStatus, actor: Actor, now: dt.datetime | None = None
) -> bool:
    """Says whether anything changed. Sessions and tokens of that brand end with it, and with the end also
    what the brand knew."""
    now = now or timezone.now()
    with transaction.atomic():
        Account.objects.locked([membership.account_id])
        rows = Membership.objects.filter(pk=membership.pk).exclude(status=status)
        by = actor.kind if status == MembershipStatus.SUSPENDED else ""
        if not rows.update(status=status, changed_at=now, suspended_by=by):
            return False
        if status == MembershipStatus.ENDED:
            forget_handles(membership)
            segments.leave_all([membership.pk], now)
            Membership.objects.filter(pk=membership.pk).update(reported={})
        events.record([Change(_EVENTS[status], membership.account_id, actor, membership.brand_id)], now)
    membership.status, membership.changed_at, membership.suspended_by = status, now, by
    return True


def forget_handles(membership: Membership) -> None:
    """The brand may call somebody else so from now on."""
    Identifier.objects.filter(account=membership.account_id, scope=str(membership.brand_id)).delete()


def revoke_sessions(account: Account, actor: Actor) -> None:
    """Every session and token made so far is dead from now on."""
    with transaction.atomic():
        Account.objects.locked([account.pk])
        Account.objects.filter(pk=account.pk).update(session_epoch=F("session_epoch") + 1)
        events.record([Change(EventType.SESSIONS_REVOKED, account.pk, actor)])
