"""How accounts begin, and how a lite one becomes full."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from django.db import IntegrityError, connection, transaction

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.identifiers import Contact, account_with_email, email, row_of, username
from accounts.memberships import Began, begin, begin_proven, new_membership, set_status
from accounts.models import (
    LEAVING,
    Account,
    Brand,
    Identifier,
    IdentifierKind,
    Kind,
    Membership,
    MembershipStatus,
    Source,
)
from accounts.profiles import Said, rows_of, say, unsay
from accounts.values import Value
from ciam.lib.ids import uuid7

OF_ONE_PERSON = {IdentifierKind.USERNAME, IdentifierKind.EMAIL}


Result = TypeVar("Result")


class AlreadyMember(Exception):
    """The brand has this person already."""

    def __init__(self, membership: Membership) -> None:
        super().__init__("The brand has this person already.")
        self.membership = membership


@dataclass(frozen=True)
class Met:
    """What a website says of somebody it met: how it calls them, how they are reached, what else it knows."""

    name: Contact
    contacts: Sequence[Contact]
    values: Mapping[str, Value]
    said: Said
    active: bool = True
    is_proven: bool = False
    """Whether the first address counts as verified: said by a trusted website."""
    ids: Sequence[tuple[str, Contact]] = ()
    """External ids, each with the website that gives it."""

    @classmethod
    def at(cls, address: str, values: Mapping[str, Value], said: Said) -> "Met":
        """Somebody of whom the address is known and serves as the name; raises BadIdentifier."""
        return cls(username(address), (email(address),), values, said)

    @property
    def own(self) -> Contact | None:
        """By what this person is recognised across brands: the first address, or else the phone."""
        first = {contact.kind: contact for contact in self.contacts if contact.is_primary}
        return first.get(IdentifierKind.EMAIL) or first.get(IdentifierKind.PHONE)


@dataclass(frozen=True)
class Meeting:
    membership: Membership
    is_new: bool
    """Whether the brand never knew this person, so that nothing of it stands yet."""


def create_lite(brand: Brand, met: Met, actor: Actor, *, how: str) -> Membership:
    """`meet` as a transaction of its own."""

    def once() -> Membership:
        with transaction.atomic():
            return meet(brand, met, actor, how=how).membership

    return raced(once)


def raced(work: Callable[[], Result]) -> Result:
    """What `work` gives. It is a transaction, to be done again where another one was faster with a handle:
    two that meet one person at the same time make one account, and the loser finds the winner's."""
    for _attempt in range(2):
        with suppress(IntegrityError):
            return work()
    return work()


def meet(brand: Brand, met: Met, actor: Actor, *, how: str) -> Meeting:
    """Somebody whom a brand's website met: a lite account, or a membership of the one with this address.

    In the caller's transaction. Raises AlreadyMember, and IntegrityError for whoever lost a race.
    """
    account, earlier = _recognised(brand, met)
    if account is None:
        return Meeting(_begin(Account(kind=Kind.LITE, contact_at=met.said.at), brand, met, actor, how), True)
    if earlier is None:
        return Meeting(_begin(account, brand, met, actor, how), True)
    return Meeting(_begin_again(Membership.objects.get(pk=earlier), account, brand, met, actor, how), False)


def _begin(account: Account, brand: Brand, met: Met, actor: Actor, how: str) -> Membership:
    """All rows by one statement, of somebody new as of somebody whom others know: the time tells little."""
    now, is_new = met.said.at, account._state.adding
    membership = new_membership(account, brand, how, now)
    rows = [membership, *_handles(account, brand, met), *rows_of(account, met.values, met.said)]
    told = _told(account, brand, actor, tuple(met.values))
    if is_new:
        own = [row_of(met.own, account, verified_at=now if met.is_proven else None)] if met.own else []
        rows = [account, *own, *rows]
        told.insert(0, Change(EventType.ACCOUNT_CREATED, account.pk, actor, brand.pk, _fields(met)))
    if not met.active:
        membership.status, membership.suspended_by = MembershipStatus.SUSPENDED, actor.kind
        told.append(Change(EventType.MEMBERSHIP_SUSPENDED, account.pk, actor, brand.pk))
    events.record(told, now, rows=rows)
    return membership


def _begin_again(
    earlier: Membership, account: Account, brand: Brand, met: Met, actor: Actor, how: str
) -> Membership:
    if earlier.status != MembershipStatus.ENDED:
        raise AlreadyMember(earlier)
    membership = begin(account, brand, how, _handles(account, brand, met), met.said.at).membership
    changed = say(account, met.values, met.said)
    events.record(_told(account, brand, actor, changed), met.said.at)
    if not met.active:
        set_status(membership, MembershipStatus.SUSPENDED, actor, met.said.at)
    return membership


def _handles(account: Account, brand: Brand, met: Met) -> list[Identifier]:
    called = [row_of(contact, account, str(brand.pk)) for contact in (met.name, *met.contacts)]
    return called + [row_of(given, account, website) for website, given in met.ids]


def _told(account: Account, brand: Brand, actor: Actor, changed: tuple[str, ...]) -> list[Change]:
    told = [Change(EventType.MEMBERSHIP_BEGAN, account.pk, actor, brand.pk)]
    if changed:
        told.append(Change(EventType.PROFILE_CHANGED, account.pk, actor, brand.pk, changed))
    return told


def _fields(met: Met) -> tuple[str, ...]:
    return tuple({contact.kind.value for contact in met.contacts})


def _named(brand: Brand, met: Met) -> list[tuple[str, Contact]]:
    """By which of these handles somebody may be known: to the brand, or at all."""
    scope = str(brand.pk)
    called = [(scope, c) for c in (met.name, *met.contacts) if c.is_primary and c.kind in OF_ONE_PERSON]
    own = [("", met.own)] if met.own else []
    return [*called, *met.ids, *own]


# In the order in which Django takes them, which need not be the table's.
COLUMNS = [field.attname for field in Account._meta.concrete_fields]
RECOGNISE = """
SELECT scope, member, (account).*
FROM accounts_recognise(%s, %s, %s::text[], %s::text[], %s::text[])
"""


def _recognised(brand: Brand, met: Met) -> tuple[Account | None, uuid.UUID | None]:
    """(the account, locked; its membership at the brand, if there ever was one). Raises AlreadyMember.

    Of nobody the same is asked: a website that could tell by the time would learn who is known elsewhere.
    """
    handles = _named(brand, met)
    scopes, kinds = [scope for scope, _c in handles], [contact.kind.value for _s, contact in handles]
    normals = [contact.normal for _scope, contact in handles]
    with connection.cursor() as cursor:
        cursor.execute(RECOGNISE, [brand.pk, uuid7(), scopes, kinds, normals])
        row = cursor.fetchone()
        if row is None:
            return None, None
        names = [column.name for column in cursor.description]
    scope, member, *columns = row
    if scope:
        raise AlreadyMember(Membership.objects.get(pk=member))
    said = dict(zip(names[2:], columns, strict=True))
    account = Account.from_db(connection.alias, COLUMNS, [said[name] for name in COLUMNS])
    return _unless_leaving(account, met.said.at), member


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
    address = email(registration.email)
    found = _to_upgrade(address, now)
    account = found or Account.objects.create(kind=Kind.FULL)
    actor = Actor("customer", str(account.pk))
    changes = [Change(_beginning(found), account.pk, actor, brand.pk)]
    if found is None:
        row_of(address, account, verified_at=registration.proven_at).save()
    else:
        Identifier.objects.filter(
            account=account, scope="", kind=address.kind, normal=address.normal, retired_at=None
        ).filter(verified_at=None).update(verified_at=registration.proven_at)
    if account.kind != Kind.FULL:
        account.kind = Kind.FULL
        account.save(update_fields=["kind"])
    changes.append(Change(EventType.IDENTIFIER_VERIFIED, account.pk, actor, brand.pk, ("email",)))
    changes += _joining(begin_proven(account, brand, "registration", now), actor)
    Membership.objects.filter(account=account, brand=brand).update(registered_at=now)
    changes += _saying(account, registration, actor, brand, now)
    events.record(changes, now)
    return account


def _to_upgrade(address: Contact, now: dt.datetime) -> Account | None:
    """The account whose own the address is, locked; None where it was erased meanwhile."""
    found = account_with_email(address.normal)
    return _unless_leaving(Account.objects.locked([found.pk])[0], now) if found else None


def _unless_leaving(account: Account, now: dt.datetime) -> Account | None:
    """Who comes back after asking to be forgotten, or after being forgotten, begins anew."""
    if account.status not in LEAVING:
        return account
    Identifier.objects.filter(account=account, scope="").update(retired_at=now)
    return None


def _beginning(found: Account | None) -> EventType:
    return EventType.ACCOUNT_UPGRADED if found else EventType.ACCOUNT_CREATED


def _joining(began: Began, actor: Actor) -> list[Change]:
    member = began.membership
    if not began.now:
        return []
    return [Change(EventType.MEMBERSHIP_BEGAN, member.account_id, actor, member.brand_id)]


def _saying(
    account: Account, registration: Registration, actor: Actor, brand: Brand, now: dt.datetime
) -> list[Change]:
    gone = unsay(account, registration.drop)
    changed = say(account, registration.keep, Said(Source.CUSTOMER, "", now))
    fields = tuple({*gone, *changed})
    return [Change(EventType.PROFILE_CHANGED, account.pk, actor, brand.pk, fields)] if fields else []
