"""What a brand and its websites call a person and how they reach them: rows in their scope.

They open no door. Only where nobody has proven anything does a correction move the account's own address.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.identifiers import Contact, row_of
from accounts.models import Account, Identifier, IdentifierKind, Kind, Membership, MembershipStatus
from ciam.lib import mail

NOTICE_GOOD_FOR = dt.timedelta(days=1)


class Taken(Exception):
    """The brand calls somebody else so. Which kind of handle it is stands in `kind`."""

    def __init__(self, kind: IdentifierKind) -> None:
        super().__init__(f"{kind}: somebody else has it.")
        self.kind = kind


@dataclass(frozen=True)
class Handles:
    """Everything that a website may say to name or reach a person, each with the scope that it lives in."""

    contacts: tuple[tuple[str, Contact], ...]

    def after(self, held: "Handles") -> "Handles":
        """These in the order in which they are read once they have taken the place of those."""
        kept = [pair for pair in held.contacts if pair in self.contacts]
        return Handles((*kept, *(pair for pair in self.contacts if pair not in kept)))

    def primary(self, kind: IdentifierKind) -> Contact | None:
        return next((c for _scope, c in self.contacts if c.kind == kind and c.is_primary), None)


def exchange(account: Account, held: Handles, wanted: Handles) -> bool:
    """Hold these instead of those; says whether anything changed. Raises Taken. The caller tells it."""
    gone = [pair for pair in held.contacts if pair not in wanted.contacts]
    new = [pair for pair in wanted.contacts if pair not in held.contacts]
    for scope, contact in gone:
        Identifier.objects.filter(
            account=account, scope=scope, kind=contact.kind, normal=contact.normal, label=contact.label
        ).delete()
    _insert(account, new)
    return bool(gone or new)


def _insert(account: Account, pairs: Sequence[tuple[str, Contact]]) -> None:
    rows = [row_of(contact, account, scope) for scope, contact in pairs]
    try:
        with transaction.atomic():
            Identifier.objects.bulk_create(rows)
    except IntegrityError:
        raise Taken(_taken(account, rows)) from None


def _taken(account: Account, rows: Sequence[Identifier]) -> IdentifierKind:
    for row in rows:
        others = Identifier.objects.filter(scope=row.scope, kind=row.kind, normal=row.normal, is_primary=True)
        if row.is_primary and others.exclude(account=account).exists():
            return IdentifierKind(row.kind)
    return IdentifierKind(rows[0].kind)


def follow(membership: Membership, held: Handles, wanted: Handles, now: dt.datetime) -> bool:
    """Let the account's own address follow a website's correction, if it is nobody's but that website's word.

    That is: a lite account, whose address is unproven, known to this brand alone. Otherwise, and where the
    new address is somebody else's, it stays; the website can't tell. Whoever reads the old address is told.
    """
    old, new = held.primary(IdentifierKind.EMAIL), wanted.primary(IdentifierKind.EMAIL)
    if new is None or (old and old.normal == new.normal):
        return False
    account = membership.account
    others = Membership.objects.filter(account=account).exclude(pk=membership.pk)
    own = Identifier.objects.filter(account=account, scope="", retired_at=None)
    row = own.filter(kind=IdentifierKind.EMAIL).first()
    if account.kind != Kind.LITE or others.exclude(status=MembershipStatus.ENDED).exists():
        return False
    if row is not None and (row.verified_at or old is None or row.normal != old.normal):
        return False
    try:
        with transaction.atomic():
            own.filter(kind=IdentifierKind.EMAIL).delete()
            row_of(new, account).save()
    except IntegrityError:
        return False
    if row is not None:
        context: mail.Context = {"brand": {"name": membership.brand.name}}
        mail.post("address_changed", row.value, context, until=now + NOTICE_GOOD_FOR)
    return True
