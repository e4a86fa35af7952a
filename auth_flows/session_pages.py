"""What the customer sees and ends of signed-in browsers, and the devices they trust."""

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import events
from accounts.access import customer
from accounts.events import Actor, Change, EventType
from accounts.memberships import revoke_sessions
from accounts.models import Account
from accounts.overview import Panel
from auth_flows import devices
from auth_flows.device_names import device_name
from auth_flows.models import BrowserSession
from auth_flows.sessions import keep_only_this, live_sessions, session_of
from auth_flows.start import SeeOther


def sessions_panel(request: HttpRequest, account: Account) -> Panel:
    here = session_of(request)
    rows = [
        {
            "device": device_name(row.agent),
            "place": row.place,
            "since": row.created_at,
            "last_seen": row.seen_at,
            "current": here is not None and row.pk == here.pk,
            "action_url": reverse("session-end", args=[row.pk]),
        }
        for row in sorted(live_sessions(account), key=lambda row: here is None or row.pk != here.pk)
    ]
    return Panel("auth_flows/panels/sessions.html", _("Where you are signed in"), rows)


def devices_panel(request: HttpRequest, account: Account) -> Panel:
    rows = [
        {
            "device": device_name(device.agent),
            "place": device.place,
            "last_seen": device.last_seen_at,
            "until": device.trusted_until,
            "action_url": reverse("device-distrust", args=[device.pk]),
        }
        for device in devices.trusted_by(account, timezone.now())
    ]
    return Panel("auth_flows/panels/devices.html", _("Devices you trust"), rows)


@require_POST
def end_session(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Sign one browser out. Its tokens end with it."""
    account = customer(request, return_to=reverse("account"))
    row = get_object_or_404(BrowserSession, pk=session_id, account=account)
    with transaction.atomic():
        Account.objects.locked([account.pk])
        row.delete()
        events.record([Change(EventType.SIGNED_OUT, account.pk, _actor(account))])
    return _back("sessions")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    account = customer(request, return_to=reverse("account"))
    keep_only_this(request, _actor(account))
    return _back("sessions")


@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here as well."""
    account = customer(request, return_to=reverse("account"))
    revoke_sessions(account, _actor(account))
    request.session.flush()
    return redirect("account")


@require_POST
def distrust(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    account = customer(request, return_to=reverse("account"))
    with transaction.atomic():
        Account.objects.locked([account.pk])
        devices.distrust(account, device_id, timezone.now())
    return _back("devices")


def _back(panel: str) -> HttpResponse:
    return SeeOther(f"{reverse('account')}#{panel}")


def _actor(account: Account) -> Actor:
    return Actor(account.realm, str(account.pk))
