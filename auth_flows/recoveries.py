"""Recovery by waiting, for whoever has lost every second factor and still reads the mail.

Every address of the account is told, and one press on any of them calls it off, as does whoever signs in.
When the wait is over, the secret of the first mail and a fresh code lead to a new password.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from accounts import events
from accounts.events import SYSTEM, Actor, Change, EventType
from accounts.models import Account, Brand, Event, Identifier, IdentifierKind, Realm
from auth_flows.models import Authenticator, Recovery
from ciam.lib import mail
from ciam.lib.crypto import new_token, token_hash
from ciam.lib.throttle import Limit

ASKED_A_DAY = Limit("recovery by waiting", most=3, seconds=86_400)
OPEN_FOR = dt.timedelta(days=7)
"""For how long the link works once the wait is over."""
NOTICE_GOOD_FOR = dt.timedelta(days=1)

ENDING = {
    EventType.SIGNED_IN,
    EventType.SESSIONS_REVOKED,
    EventType.ACCOUNT_SUSPENDED,
    EventType.AUTHENTICATOR_ADDED,
    EventType.AUTHENTICATOR_CHANGED,
    EventType.AUTHENTICATOR_REMOVED,
}
"""What shows that somebody else than the one who waits is in, or that the ground has changed."""


def ask(account: Account, address: str, brand: Brand | None, now: dt.datetime) -> Recovery:
    """Begin to wait; one before it is called off. In the caller's transaction, with the account locked.

    `address` is the mailbox that was just proven, or by default the main one: the secret goes there alone.
    """
    assert account.realm == Realm.CUSTOMER, "operators have no recovery"
    Recovery.objects.filter(account=account).waiting().update(cancelled_at=now)
    secret, stop = new_token(), new_token()
    ready = now + dt.timedelta(hours=settings.RECOVERY_WAIT_HOURS)
    row = Recovery.objects.create(
        account=account,
        key_hash=token_hash(secret),
        cancel_hash=token_hash(stop),
        epoch=account.session_epoch,
        asked_at=now,
        ready_at=ready,
        ends_at=ready + OPEN_FOR,
    )
    link = f"{settings.BASE_URL}{reverse('recover-waited', args=[secret])}"
    boxes = _told(account)
    proven = next((box for box in boxes if box.lower() == address.lower()), next(iter(boxes), ""))
    for box in boxes:
        context: mail.Context = {
            **_sender(brand),
            "link": link if box == proven else None,
            "cancel_link": f"{settings.BASE_URL}{reverse('recover-cancel', args=[stop])}",
            "hours": settings.RECOVERY_WAIT_HOURS,
            "days": OPEN_FOR.days,
        }
        mail.post("recovery_asked", box, context, until=now + NOTICE_GOOD_FOR, locale=_locale(brand))
    actor = Actor("customer", str(account.pk))
    events.record([Change(EventType.RECOVERY_ASKED, account.pk, actor)], now)
    return row


def _told(account: Account) -> list[str]:
    """Every proven mailbox."""
    rows = Identifier.objects.filter(
        account=account, scope="", kind=IdentifierKind.EMAIL, retired_at=None, verified_at__isnull=False
    )
    return list(rows.order_by("-is_primary", "created_at").values_list("value", flat=True))


def _sender(brand: Brand | None) -> mail.Context:
    return {"brand": {"name": brand.name, "slug": brand.slug} if brand else None}


def _locale(brand: Brand | None) -> str:
    return brand.default_locale if brand else "en"


def behind_link(secret: str) -> Recovery | None:
    """The one that waits, or has waited, for whoever has this secret."""
    row = Recovery.objects.waiting().filter(key_hash=token_hash(secret)).select_related("account").first()
    return row if row and row.epoch == row.account.session_epoch else None


def to_cancel(secret: str) -> Recovery | None:
    rows = Recovery.objects.waiting().filter(cancel_hash=token_hash(secret))
    return rows.select_related("account").first()


def cancel(row: Recovery, now: dt.datetime) -> bool:
    """Whoever holds the secret of a notice calls it off. In the caller's transaction."""
    Account.objects.locked([row.account_id])
    if not Recovery.objects.waiting().filter(pk=row.pk).update(cancelled_at=now):
        return False
    events.record([Change(EventType.RECOVERY_CANCELLED, row.account_id, SYSTEM)], now)
    return True


def on_events(changes: Sequence[Event]) -> None:
    """A sign-in, another address or another factor ends the wait; what a website says of somebody doesn't."""
    told = [event for event in changes if event.type in ENDING or _is_owners(event)]
    ids: set[uuid.UUID] = {event.account_id for event in told if event.account_id}
    if ids:
        at = max(event.at for event in told)
        Recovery.objects.waiting().filter(account__in=ids).update(cancelled_at=at)


def _is_owners(event: Event) -> bool:
    changed = {EventType.IDENTIFIER_CHANGED, EventType.IDENTIFIER_REMOVED}
    return event.actor_kind == "customer" and event.type in changed


def finish(key: str, account: Account, brand: Brand | None, now: dt.datetime) -> bool:
    """The wait has done its work, once: the lost factors are gone. In the caller's transaction, with the
    account locked. False: it is over."""
    if Recovery.objects.ready(account, now).filter(pk=key).update(finished_at=now) != 1:
        return False
    lost = Authenticator.objects.filter(account=account).exclude(kind=Authenticator.Kind.PASSWORD)
    kinds = tuple(sorted(set(lost.values_list("kind", flat=True))))
    lost.delete()
    actor = Actor("customer", str(account.pk))
    events.record([Change(EventType.AUTHENTICATOR_REMOVED, account.pk, actor, None, kinds)], now)
    for box in _told(account):
        mail.post("recovery_done", box, _sender(brand), until=now + NOTICE_GOOD_FOR, locale=_locale(brand))
    return True
