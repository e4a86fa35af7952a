"""What a website may see: its brand's members, as far as it said it itself.

A narrower read than `accounts.snapshot`, so that what other brands and sources know isn't even fetched.
A fixed number of queries for any number of members.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import F, OuterRef, QuerySet, Subquery

from accounts.models import (
    Identifier,
    IdentifierKind,
    Kind,
    Membership,
    MembershipStatus,
    ProfileValue,
    Realm,
    Source,
    Status,
)
from accounts.profiles import Known, strongest
from consent.ledger import current
from consent.models import ConsentRecord, Purpose
from provisioning.websites import Caller


@dataclass(frozen=True)
class Consent:
    """The answer that stands for one of the brand's purposes."""

    purpose: str
    record: ConsentRecord


@dataclass(frozen=True)
class Lens:
    """A member as one website sees them."""

    membership: Membership
    kind: Kind
    email: str
    external_id: str
    values: Mapping[str, Known] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()
    """By purpose; at most one each."""

    @property
    def changed_at(self) -> dt.datetime:
        """When last something changed that is seen through this lens."""
        said = [known.said_at for known in self.values.values()]
        answered = [consent.record.at for consent in self.consents]
        return max(self.membership.since, self.membership.changed_at, *said, *answered)


def visible(caller: Caller) -> QuerySet[Membership]:
    """The members that a website's brand has now. Operators are never among them."""
    return Membership.objects.filter(
        brand=caller.brand,
        account__realm=Realm.CUSTOMER,
        account__status__in=[Status.ACTIVE, Status.SUSPENDED],
    ).exclude(status=MembershipStatus.ENDED)


def lenses(caller: Caller, members: QuerySet[Membership]) -> list[Lens]:
    """These members through the website's eyes, in the order given. Four queries."""
    rows = list(
        members.annotate(
            kind=F("account__kind"),
            email=_handle(IdentifierKind.EMAIL, ""),
            external_id=_handle(IdentifierKind.EXTERNAL_ID, str(caller.website.pk)),
        )
    )
    accounts = [row.account_id for row in rows]
    said = _said(caller, accounts)
    consents = _consents(caller, accounts)
    return [
        Lens(
            membership=row,
            kind=_kind(row, row.kind),
            email=row.email or "",
            external_id=row.external_id or "",
            values=strongest(said[row.account_id]),
            consents=tuple(consents[row.account_id]),
        )
        for row in rows
    ]


def _handle(kind: IdentifierKind, scope: str) -> Subquery:
    live = Identifier.objects.filter(
        account=OuterRef("account_id"), kind=kind, scope=scope, is_primary=True, retired_at=None
    )
    # The normal form, not the one that whoever came first wrote: that would tell that somebody did.
    return Subquery(live.values("normal")[:1])


def _kind(membership: Membership, kind: str) -> Kind:
    """Full for whoever registered with this brand: that they did so elsewhere isn't this brand's to know."""
    return Kind.FULL if kind == Kind.FULL and membership.how == "registration" else Kind.LITE


def _said(caller: Caller, accounts: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[ProfileValue]]:
    said: dict[uuid.UUID, list[ProfileValue]] = defaultdict(list)
    own = ProfileValue.objects.filter(source=Source.WEBSITE, said_by=str(caller.website.pk))
    for row in own.filter(account__in=accounts):
        said[row.account_id].append(row)
    return said


def _consents(caller: Caller, accounts: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[Consent]]:
    purposes = {purpose.pk: purpose for purpose in Purpose.objects.filter(brand=caller.brand)}
    stands: dict[uuid.UUID, list[Consent]] = defaultdict(list)
    records = current(accounts, purposes.values())
    for (account, purpose), record in records.items():
        stands[account].append(Consent(purposes[purpose].key, record))
    return stands
