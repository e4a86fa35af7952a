"""Recovery codes: look-up secrets to write down (NIST SP 800-63B, 3.1.2). Ten, of 80 random bits each."""

import datetime as dt
import secrets
from collections.abc import Sequence

from django.db import transaction

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account
from auth_flows.models import Authenticator, RecoveryCode
from ciam.lib.crypto import token_hash

HOW_MANY = 10
FEW = 3
"""From here on the person is told that they run out."""
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: nothing in it looks like something else in it."""
ALIKE = str.maketrans("OIL", "011")
GROUPS, OF = 4, 4


def new_codes() -> list[str]:
    """Ten, in groups, as they are shown."""
    return [
        "-".join("".join(secrets.choice(LETTERS) for _letter in range(OF)) for _group in range(GROUPS))
        for _code in range(HOW_MANY)
    ]


def plain(said: str) -> str:
    """As it is kept, however it was typed: case, spaces and hyphens don't matter."""
    return "".join(sign for sign in said.upper().translate(ALIKE) if sign in LETTERS)


def replace(account: Account, codes: Sequence[str], now: dt.datetime) -> None:
    """These are the account's codes from now on; those from before are dead. The account is locked."""
    Authenticator.objects.filter(account=account, kind=Authenticator.Kind.RECOVERY_CODE).delete()
    made = Authenticator.objects.create(
        account=account, kind=Authenticator.Kind.RECOVERY_CODE, confirmed_at=now
    )
    RecoveryCode.objects.bulk_create(
        RecoveryCode(authenticator=made, hash=_hash(account, plain(code))) for code in codes
    )
    _tell(EventType.AUTHENTICATOR_ADDED, account, now)


def forget(account: Account, now: dt.datetime) -> None:
    """Nothing is left for which they would stand in. The account is locked."""
    gone = Authenticator.objects.filter(account=account, kind=Authenticator.Kind.RECOVERY_CODE).delete()[0]
    if gone:
        _tell(EventType.AUTHENTICATOR_REMOVED, account, now)


def left(account: Account) -> int | None:
    """How many still work; None: none were ever made."""
    made = Authenticator.objects.filter(account=account, kind=Authenticator.Kind.RECOVERY_CODE).first()
    return made.codes.filter(used_at=None).count() if made else None


def redeem(account: Account, said: str, now: dt.datetime) -> bool:
    """Whether this is one of the account's codes that was not used yet. It is, now: one conditional update
    takes it, so that of many who come at once with the same one, one succeeds."""
    unused = RecoveryCode.objects.filter(
        authenticator__account=account, hash=_hash(account, plain(said)), used_at=None
    )
    if not unused.exists():
        return False
    with transaction.atomic():
        Account.objects.locked([account.pk])
        if unused.update(used_at=now) != 1:
            return False
        Authenticator.objects.filter(account=account, kind=Authenticator.Kind.RECOVERY_CODE).update(
            last_used_at=now
        )
        _tell(EventType.AUTHENTICATOR_CHANGED, account, now)
    return True


def _hash(account: Account, code: str) -> str:
    # A plain hash: 80 random bits, salted with whose they are, can't be guessed; and unlike one that is keyed
    # by the installation's secret it still works when that secret is changed, years after they were printed.
    return token_hash(f"recovery code {account.pk} {code}")


def _tell(type_: EventType, account: Account, now: dt.datetime) -> None:
    actor = Actor("customer", str(account.pk))
    events.record([Change(type_, account.pk, actor, None, ("recovery_code",))], now)
