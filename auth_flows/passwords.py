"""Setting and removing a password: one act for every door, so that all end the same with the old one."""

import datetime as dt

from django.db import transaction
from django.db.models import F

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account, IdentifierKind
from auth_flows.hashers import hashed
from auth_flows.models import Authenticator, BrowserSession, Device
from auth_flows.password_rules import has_second, judge, words_of

FIELDS = ("password",)


def set_password(
    account: Account, password: str, actor: Actor, now: dt.datetime, keep: BrowserSession | None = None
) -> None:
    """Judge, hash and put; raises `password_rules.Unfit`. Slow: call it outside a transaction."""
    put_password(account, chosen(account, password), actor, now, keep)


def chosen(account: Account, password: str) -> str:
    """The hash of a password that fits this person; raises Unfit. Slow, and may ask outside."""
    judge(password, words=words_of(account), has_second=has_second(account))
    return hashed(password)


def put_password(
    account: Account, fresh_hash: str, actor: Actor, now: dt.datetime, keep: BrowserSession | None = None
) -> None:
    """The account's password from now on, its first or a new one. Every session, token, trusted device and
    unfinished sign-in ends; `keep` stays, and whoever calls gives it a new key."""
    with transaction.atomic():
        Account.objects.locked([account.pk])
        mine = Authenticator.objects.filter(account=account, kind=Authenticator.Kind.PASSWORD)
        had_one = mine.update(hash=fresh_hash, confirmed_at=now)
        if not had_one:
            Authenticator.objects.create(
                account=account, kind=Authenticator.Kind.PASSWORD, hash=fresh_hash, confirmed_at=now
            )
        what = EventType.AUTHENTICATOR_CHANGED if had_one else EventType.AUTHENTICATOR_ADDED
        _end_the_rest(account, what, actor, now, keep)


class OnlyWay(Exception):
    """Without the password this person could not sign in any more."""


def can_do_without(account: Account) -> bool:
    """Whether another way to sign in remains: a passkey, or a proven address to which a code goes."""
    passkey = Authenticator.objects.filter(account=account, kind=Authenticator.Kind.PASSKEY)
    address = account.identifiers.filter(
        scope="", kind=IdentifierKind.EMAIL, retired_at=None, verified_at__isnull=False
    )
    return passkey.exists() or address.exists()


def remove_password(account: Account, actor: Actor, now: dt.datetime, keep: BrowserSession | None) -> bool:
    """Whether there was one. Raises OnlyWay. The rest ends as with a new one."""
    with transaction.atomic():
        Account.objects.locked([account.pk])
        if not can_do_without(account):
            raise OnlyWay
        gone, _each = Authenticator.objects.filter(account=account, kind=Authenticator.Kind.PASSWORD).delete()
        if gone:
            _end_the_rest(account, EventType.AUTHENTICATOR_REMOVED, actor, now, keep)
        return bool(gone)


def _end_the_rest(
    account: Account, what: EventType, actor: Actor, now: dt.datetime, keep: BrowserSession | None
) -> None:
    end_all(account, keep)
    changes = [
        Change(what, account.pk, actor, None, FIELDS),
        Change(EventType.SESSIONS_REVOKED, account.pk, actor),
    ]
    events.record(changes, now)


def end_all(account: Account, keep: BrowserSession | None) -> None:
    """What was begun with the proofs before is over. Whoever records SESSIONS_REVOKED ends the sessions; of
    `keep` what apps were given dies by its epoch."""
    Account.objects.filter(pk=account.pk).update(session_epoch=F("session_epoch") + 1)
    account.refresh_from_db(fields=["session_epoch"])
    if keep is not None:
        BrowserSession.objects.filter(pk=keep.pk).update(epoch=account.session_epoch)
        keep.epoch = account.session_epoch
    Device.objects.filter(account=account).update(trusted_until=None)
