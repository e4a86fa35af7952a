"""A forgotten password: the way to a new one, on the same pages as every sign-in."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account
from auth_flows import recoveries
from auth_flows.assurance import Factor, factors
from auth_flows.facts import counted, is_choosing_anew, next_method
from auth_flows.models import Intent, SignIn
from auth_flows.passwords import put_password
from auth_flows.walk import Walk

LIFETIME = dt.timedelta(minutes=30)
"""Shorter than a sign-in's: what was proven here gives the account away."""


def begin_anew(walk: Walk) -> None:
    """The same walk, for the same app and the address that was typed, as a recovery. What was proven so far
    was for another end. The caller has it locked, and saves."""
    row = walk.row
    row.intent, row.session_id, row.expires_at = Intent.RECOVER, None, walk.now + LIFETIME
    SignIn.objects.filter(pk=row.pk).update(intent=row.intent, session_id=None, expires_at=row.expires_at)
    row.proofs, row.account_id, row.epoch, row.way = [], None, None, ""
    if "@" not in walk.draft.normal:
        walk.draft.said = walk.draft.normal = ""


def lost_all(walk: Walk) -> list[dict[str, object]]:
    """Where a second factor is asked: the way for whoever has none of them any more."""
    facts, need = walk.facts(), walk.need()
    if facts.operator or not facts.person or not facts.person.second or not counted(facts, need):
        return []
    url = reverse("recover-lost", args=[walk.row.pk]) if may_wait(walk) else reverse("recover")
    return [{"url": url, "label": _("I have lost all of these")}]


def may_wait(walk: Walk) -> bool:
    """Whether only a second factor is missing, and the mailbox was proven just now."""
    facts, need = walk.facts(), walk.need()
    return bool(
        is_choosing_anew(facts)
        and facts.person
        and facts.person.active
        and facts.person.second
        and Factor.INBOX in factors(counted(facts, need))
        and next_method(facts, need) is not None
    )


def take_effect(walk: Walk, account: Account) -> bool:
    """The new password, in the transaction that finishes the walk, with the account locked. All that was
    begun before ends. False: the Recovery that this rests on is over."""
    actor = Actor("customer", str(account.pk))
    if walk.draft.recovery and not recoveries.finish(walk.draft.recovery, account, walk.brand, walk.now):
        return False
    put_password(account, walk.draft.password_hash, actor, walk.now)
    events.record([Change(EventType.RECOVERY_DONE, account.pk, actor)], walk.now)
    return True
