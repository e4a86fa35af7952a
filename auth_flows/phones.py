"""A phone number that becomes an account's own by a code, and how numbers look on pages."""

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account, AddressChange, Identifier, IdentifierKind
from auth_flows import enrolment
from auth_flows.methods import sms_code
from auth_flows.models import Authenticator, Sending

TROUBLE = {
    Sending.STOPPED: gettext_lazy(
        "This number has told us to stop sending messages. Send START to the number they came from, "
        "or choose another way."
    ),
    Sending.BAD_NUMBER: gettext_lazy(
        "This number takes no messages. Use another one, or choose another way."
    ),
}
"""Why a message can't arrive, in words for its owner."""
OPEN = dt.timedelta(minutes=30)
PHONE = IdentifierKind.PHONE


def masked(number: str) -> str:
    """Enough for its owner to know which phone to look at."""
    return f"{number[:3]} ••• {number[-2:]}"


def begin(account: Account, number: str, now: dt.datetime) -> AddressChange:
    """A number (E.164) that is yet to be proven."""
    return AddressChange.objects.create(
        account=account, kind=PHONE, value=number, normal=number, asked_at=now, ends_at=now + OPEN
    )


def waiting(account: Account, change_id: uuid.UUID, now: dt.datetime) -> AddressChange | None:
    return AddressChange.objects.filter(
        pk=change_id, account=account, kind=PHONE, proven_at=None, ends_at__gt=now
    ).first()


def prove(change: AddressChange, code: str, now: dt.datetime) -> None:
    """With this code the number is the account's own, instead of the one before; raises ValidationError."""
    if not sms_code.redeem(change.pk, code, now):
        if sms_code.has_live_code(change.pk, now):
            raise ValidationError(_("This is not the code. Check the message and try again."))
        raise ValidationError(_("This code is no longer good. Have a new one sent."))
    try:
        with transaction.atomic():
            holder = _holder(change.normal)
            others = {holder.account_id} if holder else set()
            accounts = {one.pk: one for one in Account.objects.locked({change.account_id, *others})}
            _own(accounts[change.account_id], change, now, others)
    except IntegrityError as error:
        raise _taken() from error  # another one was faster


def _holder(number: str) -> Identifier | None:
    own = Identifier.objects.filter(scope="", kind=PHONE, normal=number, retired_at=None)
    return own.filter(realm="customer").first()


def _taken() -> ValidationError:
    return ValidationError(_("This number can't be used here: it belongs to another account."))


def _own(account: Account, change: AddressChange, now: dt.datetime, locked: set[uuid.UUID]) -> None:
    holder = _holder(change.normal)
    if holder and holder.account_id != account.pk:
        if holder.verified_at or holder.account_id not in locked:
            raise _taken()
        # A website has said so of somebody else, who has never proven it.
        _retire(holder, now)
    mine = Identifier.objects.filter(account=account, scope="", kind=PHONE, retired_at=None)
    for old in mine.exclude(normal=change.normal):
        _retire(old, now)
    _row, is_new = Identifier.objects.update_or_create(
        account=account,
        scope="",
        kind=PHONE,
        normal=change.normal,
        retired_at=None,
        defaults={"value": change.value, "verified_at": now, "is_primary": True},
    )
    AddressChange.objects.filter(pk=change.pk).update(proven_at=now)
    kinds = [EventType.IDENTIFIER_ADDED] if is_new else []
    _tell([*kinds, EventType.IDENTIFIER_VERIFIED], account.pk, now)
    _device, is_first = Authenticator.objects.get_or_create(
        account=account, kind=Authenticator.Kind.SMS_CODE, defaults={"confirmed_at": now}
    )
    if is_first:
        enrolment.added(account, Authenticator.Kind.SMS_CODE, now)


def remove(account: Account, now: dt.datetime) -> None:
    """No codes by SMS any more, and the number is no way in."""
    with transaction.atomic():
        Account.objects.locked([account.pk])
        for old in Identifier.objects.filter(account=account, scope="", kind=PHONE, retired_at=None):
            _retire(old, now)
        for device in Authenticator.objects.filter(account=account, kind=Authenticator.Kind.SMS_CODE):
            enrolment.remove(device, now)


def _retire(old: Identifier, now: dt.datetime) -> None:
    Identifier.objects.filter(pk=old.pk).update(retired_at=now)
    _tell([EventType.IDENTIFIER_REMOVED], old.account_id, now)


def _tell(types: list[EventType], account_id: uuid.UUID, now: dt.datetime) -> None:
    actor = Actor("customer", str(account_id))
    events.record([Change(type_, account_id, actor, None, ("phone",)) for type_ in types], now)
