"""A second factor that begins: its secret as the person's app takes it, and how it becomes theirs."""

import datetime as dt
import uuid
from dataclasses import dataclass

import segno

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account
from auth_flows.assurance import Method
from auth_flows.methods import recovery_code, totp
from auth_flows.models import Authenticator, Intent
from auth_flows.walk import Walk

Kind = Authenticator.Kind
PENDING = dt.timedelta(minutes=30)
"""For how long a secret waits for a first code of it."""


@dataclass(frozen=True)
class Offer:
    """A secret as a page shows it: a picture to scan, and the same in words."""

    picture: str
    groups: list[str]
    address: str

    @classmethod
    def of(cls, seed: str, issuer: str, name: str) -> "Offer":
        address = totp.address(seed, issuer, name)
        # White behind it also where the page is dark: cameras want dark on light.
        picture = segno.make(address, error="m").svg_data_uri(scale=4, border=4, light="#fff")
        return cls(picture, [seed[at : at + 4] for at in range(0, len(seed), 4)], address)


def write(walk: Walk, account: Account) -> None:
    """What was set up in a sign-in becomes the account's, at its end. The account is locked."""
    draft, proven = walk.draft, {proof.method for proof in walk.proofs}
    if draft.password_hash and walk.row.intent != Intent.RECOVER:
        _write_password(account, draft.password_hash, walk.now)
    if draft.totp_seed and Method.TOTP in proven:
        Authenticator.objects.create(
            account=account,
            kind=Kind.TOTP,
            seed=draft.totp_seed,
            last_step=draft.totp_step,
            confirmed_at=walk.now,
            last_used_at=walk.now,
        )
        added(account, Kind.TOTP, walk.now)
        recovery_code.replace(account, draft.recovery_codes, walk.now)


def _write_password(account: Account, hashed: str, now: dt.datetime) -> None:
    if Authenticator.objects.filter(account=account, kind=Kind.PASSWORD).exists():
        return  # a registration has written it already
    Authenticator.objects.create(account=account, kind=Kind.PASSWORD, hash=hashed, confirmed_at=now)
    added(account, Kind.PASSWORD, now)


def begin(account: Account, label: str, now: dt.datetime) -> Authenticator:
    """A device that is not one yet; what was begun before and never confirmed goes. The account is locked."""
    Authenticator.objects.filter(account=account, kind=Kind.TOTP, confirmed_at=None).delete()
    return Authenticator.objects.create(
        account=account, kind=Kind.TOTP, label=label, seed=totp.new_seed(), created_at=now
    )


def waiting(account: Account, device_id: uuid.UUID, now: dt.datetime) -> Authenticator | None:
    """The device with this id, while its secret may be shown: until it is confirmed, and not for long."""
    return Authenticator.objects.filter(
        pk=device_id, account=account, kind=Kind.TOTP, confirmed_at=None, created_at__gt=now - PENDING
    ).first()


def confirm(device: Authenticator, code: str, now: dt.datetime) -> bool:
    """Whether this code makes the device the account's; of many that say so at once, one does. That code
    works nowhere else. The account is locked."""
    step = totp.step_of(device.seed or "", code, now)
    if step is None:
        return False
    open_ = Authenticator.objects.filter(pk=device.pk, confirmed_at=None)
    if open_.update(confirmed_at=now, last_step=step, last_used_at=now) != 1:
        return False
    added(device.account, Kind.TOTP, now)
    return True


def remove(device: Authenticator, now: dt.datetime) -> None:
    """Take a second factor away; with the last one its recovery codes go. The account is locked."""
    account, kind = device.account, Kind(device.kind)
    if device.delete()[0]:
        told(EventType.AUTHENTICATOR_REMOVED, account, kind, now)
    theirs = Authenticator.objects.filter(account=account, confirmed_at__isnull=False)
    if not theirs.exclude(kind__in=[Kind.PASSWORD, Kind.RECOVERY_CODE]).exists():
        recovery_code.forget(account, now)


def added(account: Account, kind: Authenticator.Kind, now: dt.datetime) -> None:
    told(EventType.AUTHENTICATOR_ADDED, account, kind, now)


def told(type_: EventType, account: Account, kind: Authenticator.Kind, now: dt.datetime) -> None:
    actor = Actor("customer", str(account.pk))
    events.record([Change(type_, account.pk, actor, None, (kind.value,))], now)
