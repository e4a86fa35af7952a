"""The page behind the link in a retention warning: whoever presses its button is kept.

Looking at it keeps nobody: programs that check mail open every link. The link is good for the warning that it
came with; it needs no sign-in, and the page shows nothing of the person.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import LEAVING, Account, Membership, MembershipStatus

SIGNER = Signer(salt="accounts.keeping")


@dataclass(frozen=True)
class Warned:
    """One warning: to whom it went, by a membership, and when, in microseconds."""

    member_id: uuid.UUID
    at: int

    def stands(self, account: Account) -> bool:
        """Whether it waits for an answer."""
        is_theirs = account.warned_at is not None and _microseconds(account.warned_at) == self.at
        return is_theirs and account.status not in LEAVING


def link(member: Membership, warned_at: dt.datetime) -> str:
    token = SIGNER.sign(f"{member.pk.hex}-{_microseconds(warned_at)}")
    return f"{settings.BASE_URL}{reverse('keep', args=[token])}"


def _microseconds(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def read(token: str) -> Warned | None:
    """What the token of a link stands for; None where it is not ours."""
    try:
        member, at = SIGNER.unsign(token).split("-")
    except BadSignature:
        return None
    return Warned(uuid.UUID(member), int(at))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: HttpRequest, token: str) -> HttpResponse:
    warned = read(token)
    member = _member(warned) if warned else None
    if warned is None or member is None:
        return render(request, "accounts/keep_gone.html", status=404)
    if request.method == "POST":
        answer(member, warned, timezone.now())
        return redirect("keep", token)
    context = {"brand": member.brand, "is_kept": member.account.warned_at is None}
    return render(request, "accounts/keep.html", context)


def _member(warned: Warned) -> Membership | None:
    """Whom it concerns, if it stands or was answered."""
    live = Membership.objects.filter(pk=warned.member_id).exclude(status=MembershipStatus.ENDED)
    member = live.exclude(account__status__in=LEAVING).select_related("account", "brand").first()
    if member is None or not (member.account.warned_at is None or warned.stands(member.account)):
        return None
    return member


def answer(member: Membership, warned: Warned, now: dt.datetime) -> bool:
    """The person wants to be kept: a contact like any other. Says whether the warning still stood."""
    with transaction.atomic():
        account = Account.objects.locked([member.account_id])[0]
        stands = warned.stands(account)
        if stands:
            actor = Actor("customer", str(account.pk))
            events.record([Change(EventType.ACCOUNT_KEPT, account.pk, actor)], now)
    return stands
