"""“This wasn't me”: the page behind the link in a notice.

It needs no sign-in: whoever was locked out needs it most. So it can do no more than sign out, shows nothing
of the person, and looking at it does nothing: programs that check mail open every link.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.memberships import revoke_sessions
from accounts.models import LEAVING, Account, Brand, Event, Realm
from auth_flows.start import SeeOther
from ciam.lib.throttle import Limit, TooMany, hit

SIGNER = TimestampSigner(salt="auth_flows.disowning")
GOOD_FOR = dt.timedelta(days=7)
# The count outlives the link, and so makes it one of a single use.
ONCE = Limit("disowned", most=1, seconds=int(GOOD_FOR.total_seconds()) + 3_600)


@dataclass(frozen=True)
class Disowned:
    """Of what a link speaks: an event of an account."""

    account_id: uuid.UUID
    event_id: uuid.UUID

    @property
    def actor(self) -> Actor:
        """Whoever presses the button has proven nothing but that they hold the link."""
        return Actor("system", f"not me {self.event_id}")


def link(event: Event) -> str:
    assert event.account_id is not None
    token = SIGNER.sign(f"{event.account_id.hex}-{event.pk.hex}")
    return f"{settings.BASE_URL}{reverse('not-me', args=[token])}"


def read(token: str) -> Disowned | None:
    """None where it is not ours, or too old."""
    try:
        account, event = SIGNER.unsign(token, max_age=GOOD_FOR).split("-")
    except BadSignature:
        return None
    return Disowned(uuid.UUID(account), uuid.UUID(event))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    asked = read(token)
    account = Account.objects.filter(pk=asked.account_id).first() if asked else None
    if asked is None or account is None or account.status in LEAVING:
        return render(request, "auth_flows/not_me_gone.html", status=404)
    if request.method == "POST":
        disown(asked, timezone.now())
        return SeeOther(_recovery_of(account) or request.path)
    context = {
        "brand": Brand.objects.filter(is_default=True).first(),
        "is_done": Event.objects.filter(account_id=account.pk, actor_id=asked.actor.id).exists(),
        "recover_url": _recovery_of(account),
        "sign_in_url": reverse("sign-in"),
    }
    return render(request, "auth_flows/not_me.html", context)


def disown(asked: Disowned, now: dt.datetime) -> bool:
    """End every session, token and sign-in under way, and the trust in every device. Once: says whether this
    was the time."""
    with transaction.atomic():
        account = Account.objects.locked([asked.account_id])[0]
        try:
            hit(ONCE, str(asked.event_id), now)
        except TooMany:
            return False
        revoke_sessions(account, asked.actor)
        events.record([Change(EventType.SIGN_IN_DISOWNED, account.pk, asked.actor)], now)
    return True


def _recovery_of(account: Account) -> str:
    """Where a customer sets a new password. The address is asked there: this page doesn't give it away."""
    if account.realm == Realm.OPERATOR:
        return ""
    try:
        return reverse("recover")
    except NoReverseMatch:
        return ""
