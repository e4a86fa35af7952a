"""The one read model of accounts, which SCIM, tokens, pages, connectors and export share.

Set-based: a fixed number of queries for any number of accounts.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from accounts.models import Account, Identifier, IdentifierKind, Membership, ProfileValue
from accounts.profiles import Known, strongest


@dataclass(frozen=True)
class Handle:
    """An identifier as it is shown. Without a scope it is the account's own, else a brand's."""

    kind: str
    value: str
    verified_at: dt.datetime | None
    is_primary: bool
    scope: str = ""
    is_undeliverable: bool = False
    """Mail to it comes back."""


@dataclass(frozen=True)
class Snapshot:
    """An account as it was at one moment. `said` has every source's rows, `values` what counts."""

    account_id: uuid.UUID
    kind: str
    status: str
    version: int
    handles: tuple[Handle, ...] = ()
    values: Mapping[str, Known] = field(default_factory=dict)
    said: tuple[ProfileValue, ...] = ()
    memberships: Mapping[uuid.UUID, Membership] = field(default_factory=dict)
    """By brand id."""
    is_restricted: bool = False
    """The person has had processing restricted (GDPR, article 18)."""

    @property
    def own(self) -> tuple[Handle, ...]:
        """The account's own, as its customer sees them."""
        return tuple(handle for handle in self.handles if not handle.scope)

    @property
    def email(self) -> Handle | None:
        return self._email("")

    def email_at(self, brand_id: uuid.UUID) -> Handle | None:
        """Where the brand reaches this person: their own proven address, or else the one that it was told."""
        own, told = self._email(""), self._email(str(brand_id))
        return own if own and own.verified_at else told or own

    def _email(self, scope: str) -> Handle | None:
        mails = [h for h in self.handles if h.kind == IdentifierKind.EMAIL and h.scope == scope]
        return next((handle for handle in mails if handle.is_primary), mails[0] if mails else None)

    @property
    def name(self) -> str:
        """What to call this person on a page; the address where no name is known."""
        parts = [self.values[key].value for key in ("given_name", "family_name") if key in self.values]
        return " ".join(str(part) for part in parts) or (self.email.value if self.email else "")

    def said_by(self, source: str, by: str) -> dict[str, Known]:
        """Only what this one source said: the start of a website's lens."""
        return strongest(row for row in self.said if row.source == source and row.said_by == by)


def snapshots(account_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Snapshot]:
    """By account id; an id without an account is left out. Four queries."""
    ids = list(set(account_ids))
    handles: dict[uuid.UUID, list[Handle]] = defaultdict(list)
    said: dict[uuid.UUID, list[ProfileValue]] = defaultdict(list)
    memberships: dict[uuid.UUID, dict[uuid.UUID, Membership]] = defaultdict(dict)
    accounts = list(Account.objects.filter(pk__in=ids))
    for row in Identifier.objects.filter(account__in=ids, retired_at=None).order_by("created_at", "id"):
        handles[row.account_id].append(
            Handle(
                row.kind,
                row.value,
                row.verified_at,
                row.is_primary,
                row.scope,
                row.undeliverable_at is not None,
            )
        )
    for value in ProfileValue.objects.filter(account__in=ids):
        said[value.account_id].append(value)
    for membership in Membership.objects.filter(account__in=ids):
        memberships[membership.account_id][membership.brand_id] = membership
    return {
        account.pk: Snapshot(
            account_id=account.pk,
            kind=account.kind,
            status=account.status,
            version=account.version,
            handles=tuple(handles[account.pk]),
            values=strongest(said[account.pk]),
            said=tuple(said[account.pk]),
            memberships=memberships[account.pk],
            is_restricted=account.restricted_at is not None,
        )
        for account in accounts
    }


def snapshot(account: Account) -> Snapshot:
    return snapshots([account.pk])[account.pk]
