"""Ending or suspending what a person has with one brand, and nothing of what they have elsewhere."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account, Membership, MembershipStatus

_EVENTS = {
    MembershipStatus.ACTIVE: EventType.MEMBERSHIP_BEGAN,
    MembershipStatus.SUSPENDED: EventType.MEMBERSHIP_SUSPENDED,
    MembershipStatus.ENDED: EventType.MEMBERSHIP_ENDED,
}


def set_status(membership: Membership, status: MembershipStatus, actor: Actor) -> bool:
    """Says whether anything changed. Sessions and tokens of that brand end with it."""
    now = timezone.now()
    with transaction.atomic():
        Account.objects.locked([membership.account_id])
        rows = Membership.objects.filter(pk=membership.pk).exclude(status=status)
        if not rows.update(status=status, changed_at=now):
            return False
        events.record([Change(_EVENTS[status], membership.account_id, actor, membership.brand_id)], now)
    membership.status, membership.changed_at = status, now
    return True


def revoke_sessions(account: Account, actor: Actor) -> None:
    """Every session and token made so far is dead from now on."""
    with transaction.atomic():
        Account.objects.locked([account.pk])
        Account.objects.filter(pk=account.pk).update(session_epoch=F("session_epoch") + 1)
        events.record([Change(EventType.SESSIONS_REVOKED, account.pk, actor)])
