"""Setting a password, wherever it is set: what hung on the one before ends with it."""

import datetime as dt

from django.db.models import F

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account
from auth_flows.models import Authenticator, BrowserSession, Device


def put_password(
    account: Account,
    fresh_hash: str,
    actor: Actor,
    now: dt.datetime,
    keep: BrowserSession | None = None,
) -> None:
    """In the caller's transaction, with the account locked. Every session but `keep`, every refresh token,
    every sign-in under way and the trust in every device end; the caller gives `keep` a new key.

    It takes the hash: making one is the slowest thing there is, and has no place under a lock.
    """
    _row, is_new = Authenticator.objects.update_or_create(
        account=account,
        kind=Authenticator.Kind.PASSWORD,
        defaults={"hash": fresh_hash, "confirmed_at": now},
    )
    end_all(account, keep)
    changed = EventType.AUTHENTICATOR_ADDED if is_new else EventType.AUTHENTICATOR_CHANGED
    told = [
        Change(changed, account.pk, actor, None, ("password",)),
        Change(EventType.SESSIONS_REVOKED, account.pk, actor),
    ]
    events.record(told, now)


def end_all(account: Account, keep: BrowserSession | None) -> None:
    """What was begun with the password before is over. Whoever records SESSIONS_REVOKED ends the sessions."""
    Account.objects.filter(pk=account.pk).update(session_epoch=F("session_epoch") + 1)
    account.refresh_from_db(fields=["session_epoch"])
    if keep is not None:
        BrowserSession.objects.filter(pk=keep.pk).update(epoch=account.session_epoch)
        keep.epoch = account.session_epoch
    Device.objects.filter(account=account).update(trusted_until=None)
