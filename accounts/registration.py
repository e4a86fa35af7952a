"""How accounts begin, and how a lite one becomes full."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.identifiers import account_with_email, first_email, normal_email
from accounts.models import (
    Account,
    Brand,
    Identifier,
    IdentifierKind,
    Kind,
    Membership,
    MembershipStatus,
    Source,
)
from accounts.profiles import Said, say, unsay
from accounts.values import Value


class AlreadyMember(Exception):
    """The brand has this person already."""

    def __init__(self, membership: Membership) -> None:
        super().__init__("The brand has this person already.")
        self.membership = membership


@dataclass(frozen=True)
class Met:
    """What a website says of somebody it met."""

    email: str
    values: Mapping[str, Value]
    said: Said


def create_lite(brand: Brand, met: Met, actor: Actor, *, how: str) -> Membership:
    """Somebody whom a brand's website met: a lite account, or a membership of the one with this address.

    The caller can't tell which. Raises AlreadyMember and BadIdentifier. Two at the same time for one address
    make one account: the loser of the race finds the winner's.
    """
    normal = normal_email(met.email)[1]
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                return _join(brand, met, normal, actor, how)
        except IntegrityError:
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def _join(brand: Brand, met: Met, normal: str, actor: Actor, how: str) -> Membership:
    changes: list[Change] = []
    account = account_with_email(normal)
    if account is None:
        account = Account.objects.create(kind=Kind.LITE)
        first_email(account, met.email)
        membership = Membership.objects.create(account=account, brand=brand, how=how)
        changes.append(Change(EventType.ACCOUNT_CREATED, account.pk, actor, brand.pk, ("email",)))
    else:
        account = Account.objects.locked([account.pk])[0]
        membership, began = begin_membership(account, brand, how)
        if not began:
            raise AlreadyMember(membership)
    changes.append(Change(EventType.MEMBERSHIP_BEGAN, account.pk, actor, brand.pk))
    changed = say(account, met.values, met.said)
    if changed:
        changes.append(Change(EventType.PROFILE_CHANGED, account.pk, actor, brand.pk, changed))
    events.record(changes, met.said.at)
    return membership


def begin_membership(account: Account, brand: Brand, how: str) -> tuple[Membership, bool]:
    """The membership, and whether it began (again) now."""
    membership, began = Membership.objects.get_or_create(account=account, brand=brand, defaults={"how": how})
    if membership.status == MembershipStatus.ENDED:
        membership.status, began = MembershipStatus.ACTIVE, True
        membership.save(update_fields=["status", "changed_at"])
    return membership, began


@dataclass(frozen=True)
class Registration:
    """What a person who proved `email` has said: ready to become a full account."""

    email: str
    proven_at: dt.datetime
    keep: Mapping[str, Value]
    """Values that the person gave or kept."""
    drop: frozenset[str]
    """Attributes that the person was shown and cleared."""


def register(brand: Brand, registration: Registration, now: dt.datetime) -> Account:
    """A full account for whoever proved an address: the lite one that has it, upgraded, or a new one.

    In the caller's transaction. The person's own words become the strongest; what was cleared is forgotten.
    """
    normal = normal_email(registration.email)[1]
    found = account_with_email(normal)
    account = Account.objects.locked([found.pk])[0] if found else Account.objects.create(kind=Kind.FULL)
    actor = Actor("customer", str(account.pk))
    changes = [Change(_beginning(found), account.pk, actor, brand.pk)]
    if found is None:
        first_email(account, registration.email, verified_at=registration.proven_at)
    else:
        Identifier.objects.filter(
            account=account, kind=IdentifierKind.EMAIL, normal=normal, retired_at=None, verified_at=None
        ).update(verified_at=registration.proven_at)
    if account.kind != Kind.FULL:
        account.kind = Kind.FULL
        account.save(update_fields=["kind"])
    changes.append(Change(EventType.IDENTIFIER_VERIFIED, account.pk, actor, brand.pk, ("email",)))
    changes += _joining(account, brand, actor)
    changes += _saying(account, registration, actor, brand, now)
    events.record(changes, now)
    return account


def _beginning(found: Account | None) -> EventType:
    return EventType.ACCOUNT_UPGRADED if found else EventType.ACCOUNT_CREATED


def _joining(account: Account, brand: Brand, actor: Actor) -> list[Change]:
    _membership, began = begin_membership(account, brand, "registration")
    return [Change(EventType.MEMBERSHIP_BEGAN, account.pk, actor, brand.pk)] if began else []


def _saying(
    account: Account, registration: Registration, actor: Actor, brand: Brand, now: dt.datetime
) -> list[Change]:
    gone = unsay(account, registration.drop)
    changed = say(account, registration.keep, Said(Source.CUSTOMER, "", now))
    fields = tuple({*gone, *changed})
    return [Change(EventType.PROFILE_CHANGED, account.pk, actor, brand.pk, fields)] if fields else []
