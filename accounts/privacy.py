"""Personal data: who keeps what of somebody, and how all of it goes. A door that `ciam.wiring` fills."""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from accounts import events, segments
from accounts.events import Actor, Change, EventType
from accounts.models import (
    Account,
    AddressChange,
    GuardianConsent,
    Identifier,
    IdentifierKind,
    Membership,
    MembershipStatus,
    ProfileValue,
    PutOff,
    Realm,
    Status,
)
from ciam.lib import mail

AccountIds = Collection[uuid.UUID]


@dataclass(frozen=True)
class Holder:
    """What one app does about the personal data that it keeps.

    `stays` says what remains of the erased, and why: never a personal value. `erase` takes the rest away, in
    a transaction that has these accounts locked. It is set-based, may be repeated, and waits for no lock that
    somebody may hold who waits for the accounts.
    """

    app: str
    stays: str
    erase: Callable[[AccountIds, dt.datetime], None] | None = None


holders: list[Holder] = []


def erase(account_ids: Iterable[uuid.UUID], actor: Actor, now: dt.datetime) -> int:
    """Erase customers for good, here and by the event at every target; returns how many.

    One transaction: keep the batches small. Operators and the erased are passed over. Rows without a value
    stay: the account and its memberships, so that no id is ever used again, and what the ledgers say.
    """
    with transaction.atomic():
        locked = Account.objects.locked(account_ids)
        ids = {one.pk for one in locked if one.realm == Realm.CUSTOMER and one.status != Status.ERASED}
        if ids:
            mail.forget(_addresses(ids))
            for holder in holders:
                if holder.erase is not None:
                    holder.erase(ids, now)
            _erase_own(ids, now)
            events.record([Change(EventType.ACCOUNT_ERASED, one, actor) for one in sorted(ids)], now)
    return len(ids)


def _addresses(ids: AccountIds) -> set[str]:
    """Theirs alone: what waits for an address that is somebody else's own by now is for that person."""
    mails = Identifier.objects.filter(kind=IdentifierKind.EMAIL)
    theirs = set(mails.filter(account__in=ids).values_list("normal", flat=True))
    others = mails.filter(scope="", normal__in=theirs, retired_at=None).exclude(account__in=ids)
    return theirs - set(others.values_list("normal", flat=True))


def _erase_own(ids: AccountIds, now: dt.datetime) -> None:
    ProfileValue.objects.filter(account__in=ids).delete()
    AddressChange.objects.filter(account__in=ids).delete()
    PutOff.objects.filter(account__in=ids).delete()
    GuardianConsent.objects.filter(account__in=ids).delete()
    Identifier.objects.filter(account__in=ids).delete()
    members = Membership.objects.filter(account__in=ids)
    segments.leave_all(members.values_list("pk", flat=True), now)
    members.update(reported={})
    live = members.exclude(status=MembershipStatus.ENDED)
    live.update(status=MembershipStatus.ENDED, changed_at=now, suspended_by="")
    # A session or a sign-in that begins just now is dead with the epoch.
    Account.objects.filter(pk__in=ids).update(status=Status.ERASED, session_epoch=F("session_epoch") + 1)
