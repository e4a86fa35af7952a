"""A customer's own addresses and numbers: add, replace, remove, choose the main one, and undo.

A new one counts once a code has come back from it. Whoever reads the old one is told at once, and can undo it
for three days. Each function that writes runs in a transaction of its own, with the account locked.
"""

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import events
from accounts.brand_handles import follow
from accounts.events import Actor, Change, EventType
from accounts.identifiers import Contact
from accounts.memberships import revoke_sessions
from accounts.models import Account, AddressChange, Identifier, IdentifierKind, Realm, Status
from ciam.lib.crypto import keyed_hash, new_token, token_hash

LIFETIME = dt.timedelta(minutes=10)
TRIES = 5
UNDO_FOR = dt.timedelta(hours=72)


class NotYours(Exception):
    """There is no such address, or no such change, of this account."""


class LastOne(Exception):
    """The last proven mailbox is the last way in: it can be replaced, not removed."""


class Taken(Exception):
    """It came to be another account's while its code was on its way."""


def own(account: Account) -> list[Identifier]:
    """The addresses and numbers that a customer may change, the main ones first."""
    rows = Identifier.objects.filter(account=account, scope="", retired_at=None)
    kinds = [IdentifierKind.EMAIL, IdentifierKind.PHONE]
    return list(rows.filter(kind__in=kinds).order_by("kind", "-is_primary", "created_at"))


def ask(
    account: Account, contact: Contact, replaces: Identifier | None, now: dt.datetime
) -> tuple[AddressChange, str]:
    """A change that waits for its proof, and the code to send; "" where the address is another account's:
    then no code is right, and only who reads there learns of it. One asked for before is dead."""
    with transaction.atomic():
        Account.objects.locked([account.pk])
        AddressChange.objects.filter(account=account, kind=contact.kind, proven_at=None).delete()
        change = AddressChange(
            account=account,
            kind=contact.kind,
            value=contact.value,
            normal=contact.normal,
            replaces=replaces,
            asked_at=now,
            ends_at=now,
        )
        change.save()
        return change, _new_code(change, now)


def ask_again(change: AddressChange, now: dt.datetime) -> str:
    """A new code; the one before it is dead."""
    return _new_code(change, now)


def _new_code(change: AddressChange, now: dt.datetime) -> str:
    others = Identifier.objects.filter(
        scope="", kind=change.kind, normal=change.normal, realm=Realm.CUSTOMER, retired_at=None
    )
    is_free = not others.exclude(account=change.account_id).exists()
    code = f"{secrets.randbelow(1_000_000):06}"
    # A code that nobody is sent can't be typed: the page is the same, and so is what it costs.
    change.code_hash = _hash(change, code if is_free else new_token())
    change.code_tries = 0
    change.ends_at = now + LIFETIME
    change.save(update_fields=["code_hash", "code_tries", "ends_at"])
    return code if is_free else ""


def _hash(change: AddressChange, code: str) -> str:
    return keyed_hash("address code", f"{change.pk} {code}")


def is_open(change: AddressChange, now: dt.datetime) -> bool:
    return bool(change.code_hash) and change.code_tries < TRIES and change.ends_at > now


def count_try(change: AddressChange, now: dt.datetime) -> bool:
    """Count a try, and commit it before the code is looked at; says whether it is one of the five."""
    open_ones = AddressChange.objects.filter(pk=change.pk, proven_at=None, ends_at__gt=now)
    return bool(open_ones.filter(code_tries__lt=TRIES).update(code_tries=F("code_tries") + 1))


def prove(change: AddressChange, code: str, now: dt.datetime) -> str | None:
    """Whether this is the code: then the address counts, and the secret with which it is undone is returned.

    After `count_try`. Raises Taken.
    """
    undo = new_token()
    try:
        with transaction.atomic():
            account = Account.objects.locked([change.account_id])[0]
            right = AddressChange.objects.filter(pk=change.pk, proven_at=None, code_hash=_hash(change, code))
            till = now + UNDO_FOR
            marks = {"code_hash": "", "proven_at": now, "undo_hash": token_hash(undo), "undo_until": till}
            if not right.update(**marks):
                return None
            _hold(account, change, now)
    except IntegrityError:
        raise Taken from None
    return undo


def _hold(account: Account, change: AddressChange, now: dt.datetime) -> None:
    rows = Identifier.objects.filter(account=account, scope="", kind=change.kind, retired_at=None)
    old = rows.filter(pk=change.replaces_id).first() if change.replaces_id else None
    if change.replaces_id and old is None:
        raise Taken  # it was replaced or removed meanwhile: by another tab, or by its owner's undo
    is_primary = old.is_primary if old else not rows.filter(is_primary=True).exists()
    if old is not None:
        Identifier.objects.filter(pk=old.pk).update(retired_at=now)
    held = rows.filter(normal=change.normal).first()
    if held is None:
        held = Identifier(account=account, kind=change.kind, value=change.value, normal=change.normal)
    held.verified_at, held.is_primary = now, is_primary or (held.is_primary and not held._state.adding)
    held.undeliverable_at = None
    held.save()
    type_ = EventType.IDENTIFIER_CHANGED if old else EventType.IDENTIFIER_ADDED
    _tell(account, type_, change.kind, now, brands=follow(account, old.normal, held) if old else [])


def _tell(
    account: Account, type_: EventType, kind: str, now: dt.datetime, brands: Iterable[uuid.UUID]
) -> None:
    actor = Actor("customer", str(account.pk))
    told = [Change(type_, account.pk, actor, None, (kind,))]
    told += [Change(EventType.IDENTIFIER_CHANGED, account.pk, actor, brand, (kind,)) for brand in brands]
    events.record(told, now)


def make_main(account: Account, identifier_id: uuid.UUID, now: dt.datetime) -> Identifier:
    """The address to which mail goes and that apps are told; returns the one that was it. Raises NotYours."""
    with transaction.atomic():
        Account.objects.locked([account.pk])
        row = _mine(account, identifier_id)
        if row.verified_at is None:
            raise NotYours
        same = Identifier.objects.filter(account=account, scope="", kind=row.kind, retired_at=None)
        before = same.filter(is_primary=True).first()
        if before is None or before.pk == row.pk:
            return row
        same.filter(pk=before.pk).update(is_primary=False)
        same.filter(pk=row.pk).update(is_primary=True, by_default=False)
        brands = follow(account, before.normal, row)
        _tell(account, EventType.IDENTIFIER_CHANGED, row.kind, now, brands)
    return before


def remove(account: Account, identifier_id: uuid.UUID, now: dt.datetime) -> tuple[Identifier, str]:
    """(what was removed, the secret with which that is undone). Raises NotYours, LastOne."""
    with transaction.atomic():
        Account.objects.locked([account.pk])
        row = _mine(account, identifier_id)
        others = [other for other in own(account) if other.pk != row.pk]
        mailboxes = [one for one in others if one.kind == IdentifierKind.EMAIL and one.verified_at]
        if not mailboxes:
            raise LastOne
        Identifier.objects.filter(pk=row.pk).update(retired_at=now)
        heir = next((one for one in others if one.kind == row.kind and one.verified_at), None)
        if heir is not None and row.is_primary:
            Identifier.objects.filter(pk=heir.pk).update(is_primary=True)
        undo = new_token()
        AddressChange.objects.create(
            account=account,
            kind=row.kind,
            value=row.value,
            normal=row.normal,
            replaces=row,
            asked_at=now,
            ends_at=now,
            proven_at=now,
            undo_hash=token_hash(undo),
            undo_until=now + UNDO_FOR,
        )
        brands = follow(account, row.normal, heir) if heir else []
        _tell(account, EventType.IDENTIFIER_REMOVED, row.kind, now, brands)
    return row, undo


def _mine(account: Account, identifier_id: uuid.UUID) -> Identifier:
    row = next((row for row in own(account) if row.pk == identifier_id), None)
    if row is None:
        raise NotYours
    return row


def forget_old(now: dt.datetime, most: int = 10_000) -> None:
    """What can't be undone any more, and the addresses that were kept for it. In a bounded batch."""
    past = now - dt.timedelta(days=1)
    over = AddressChange.objects.filter(ends_at__lt=past).exclude(undo_until__gte=past)
    AddressChange.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:most])).delete()
    gone = Identifier.objects.filter(scope="", retired_at__lt=past - UNDO_FOR, account__status=Status.ACTIVE)
    Identifier.objects.filter(pk__in=list(gone.values_list("pk", flat=True)[:most])).delete()


def to_undo(secret: str, now: dt.datetime) -> AddressChange | None:
    """What the secret of a notice undoes, while it does."""
    rows = AddressChange.objects.filter(undo_hash=token_hash(secret), undone_at=None, undo_until__gt=now)
    return rows.select_related("account").first()


def undo(change: AddressChange, now: dt.datetime) -> Account:
    """As it was before this change: all that came after it goes as well, and every session ends. Returns the
    account, locked. Raises NotYours where it was undone, Taken where the old address is somebody else's."""
    with transaction.atomic():
        account = Account.objects.locked([change.account_id])[0]
        since = AddressChange.objects.filter(account=account, kind=change.kind, undone_at=None)
        since = since.filter(proven_at__gte=change.proven_at)
        later = list(since.select_related("replaces").order_by("-proven_at", "-pk"))
        if change not in later:
            raise NotYours
        try:
            with transaction.atomic():
                for each in later:
                    _take_back(account, each, now)
        except IntegrityError:
            raise Taken from None
        since.update(undone_at=now)
        AddressChange.objects.filter(account=account, proven_at=None).delete()
        _tell(account, EventType.IDENTIFIER_CHANGED, change.kind, now, _back_at_brands(account, later))
        revoke_sessions(account, Actor("customer", str(account.pk)))
    return account


def _take_back(account: Account, change: AddressChange, now: dt.datetime) -> None:
    rows = Identifier.objects.filter(account=account, scope="", kind=change.kind)
    old = change.replaces
    if old is None or old.normal != change.normal:
        rows.filter(normal=change.normal, retired_at=None).update(retired_at=now)
    if old is not None:
        if old.is_primary:
            rows.filter(retired_at=None).update(is_primary=False)
        rows.filter(pk=old.pk).update(retired_at=None)


def _back_at_brands(account: Account, undone: Iterable[AddressChange]) -> set[uuid.UUID]:
    """The main one is that of before, or else the oldest; brands that followed come back to it."""
    kind = next(change.kind for change in undone)
    mine = [row for row in own(account) if row.kind == kind and row.verified_at]
    if not mine:
        return set()
    main = mine[0] if mine[0].is_primary else min(mine, key=lambda row: row.created_at)
    Identifier.objects.filter(pk=main.pk).update(is_primary=True)
    return {brand for change in undone for brand in follow(account, change.normal, main)}
