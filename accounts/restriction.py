"""Restriction of processing (GDPR, article 18): what we know stays and rests.

While it lasts nothing leaves for targets, and we send no mail that asks for anything. Signing in goes on.
"""

import datetime as dt
import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import events, guardians
from accounts.access import customer
from accounts.events import Actor, Change, EventType
from accounts.models import Account
from accounts.overview import Panel


def restrict(account_id: uuid.UUID, actor: Actor, now: dt.datetime) -> bool:
    """Says whether it wasn't restricted yet."""
    return _set(account_id, since=now, event=EventType.ACCOUNT_RESTRICTED, actor=actor, now=now)


def unrestrict(account_id: uuid.UUID, actor: Actor, now: dt.datetime) -> bool:
    """Says whether it was restricted. Who waits for a guardian's consent can't end that wait."""
    if actor.kind == "customer" and guardians.waiting(account_id):
        return False
    return _set(account_id, since=None, event=EventType.ACCOUNT_UNRESTRICTED, actor=actor, now=now)


def _set(
    account_id: uuid.UUID, *, since: dt.datetime | None, event: EventType, actor: Actor, now: dt.datetime
) -> bool:
    with transaction.atomic():
        Account.objects.locked([account_id])
        rows = Account.objects.customers().filter(pk=account_id, restricted_at__isnull=since is not None)
        if not rows.update(restricted_at=since):
            return False
        events.record([Change(event, account_id, actor)], now)
    return True


ACTS = {"pause": restrict, "resume": unrestrict}


def panel(request: HttpRequest, account: Account) -> Panel:
    row = {
        "since": account.restricted_at,
        "action_url": reverse("account-restriction"),
        "waits_for_guardian": account.restricted_at is not None and guardians.waiting(account.pk),
    }
    return Panel("accounts/panels/restriction.html", _("Pause the use of your data"), [row])


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """The button posts its own word, so that an old page's "Pause" never resumes."""
    account = customer(request, return_to=reverse("account"))
    act = ACTS.get(request.POST.get("use", ""))
    if act is None:
        return HttpResponseBadRequest("use must be pause or resume.", content_type="text/plain")
    act(account.pk, Actor("customer", str(account.pk)), timezone.now())
    return redirect("account")
