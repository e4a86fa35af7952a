"""What the sign-in adds to the customer's overview: methods and signed-in browsers."""

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import events
from accounts.access import assurance_of, customer
from accounts.events import Actor, Change, EventType
from accounts.identifiers import phone_of
from accounts.models import Account
from accounts.overview import Panel
from auth_flows import sms
from auth_flows.methods import recovery_code
from auth_flows.models import Authenticator, BrowserSession
from auth_flows.policies import policy_of
from auth_flows.sessions import live_sessions, session_of

LABELS = {
    Authenticator.Kind.PASSWORD: _("Password"),
    Authenticator.Kind.PASSKEY: _("Passkey"),
    Authenticator.Kind.TOTP: _("Authenticator app"),
    Authenticator.Kind.SMS_CODE: _("Code by SMS"),
    Authenticator.Kind.RECOVERY_CODE: _("Recovery codes"),
}


def methods_panel(request: HttpRequest, account: Account) -> Panel:
    held = Authenticator.objects.filter(account=account, confirmed_at__isnull=False).order_by("created_at")
    rows = [
        {
            "label": LABELS[Authenticator.Kind(row.kind)],
            "name": row.label,
            "since": row.created_at,
            "last_used": row.last_used_at,
            **_to_change(row, account),
        }
        for row in held
    ]
    return MethodsPanel("auth_flows/panels/methods.html", _("How you sign in"), rows, _offers_texts(request))


@dataclass(frozen=True)
class MethodsPanel(Panel):
    texts: bool = False
    """Whether codes by SMS can be had here."""


def _offers_texts(request: HttpRequest) -> bool:
    return sms.is_on() and policy_of(assurance_of(request).brand).codes_by_sms


def _to_change(row: Authenticator, account: Account) -> dict[str, object]:
    """Where it is changed, and what else there is to say of it."""
    if row.kind == Authenticator.Kind.TOTP:
        return {"url": reverse("security-app", args=[row.pk])}
    if row.kind == Authenticator.Kind.SMS_CODE:
        own = phone_of(account)
        return {"url": reverse("security-phone"), "note": own.value if own else ""}
    if row.kind == Authenticator.Kind.RECOVERY_CODE:
        left = recovery_code.left(account) or 0
        note = ngettext("%(left)d code left", "%(left)d codes left", left) % {"left": left}
        return {"url": reverse("security-codes"), "note": note, "is_low": left <= recovery_code.FEW}
    return {}


def sessions_panel(request: HttpRequest, account: Account) -> Panel:
    here = session_of(request)
    rows = [
        {
            "device": device_name(row.agent),
            "place": "",
            "last_seen": row.seen_at,
            "current": here is not None and row.pk == here.pk,
            "action_url": reverse("session-end", args=[row.pk]),
        }
        for row in live_sessions(account)
    ]
    return Panel("auth_flows/panels/sessions.html", _("Where you are signed in"), rows)


def device_name(agent: str) -> str:
    """A browser's name as a person would say it."""
    browsers = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "Windows": "Windows",
        "Mac OS": "Mac",
        "Linux": "Linux",
    }
    browser = next((name for mark, name in browsers.items() if mark in agent), str(_("A browser")))
    system = next((name for mark, name in systems.items() if mark in agent), "")
    return str(_("%(browser)s on %(system)s")) % {"browser": browser, "system": system} if system else browser


@require_POST
def end_session(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Sign one browser out. Its tokens end with it."""
    account = customer(request, return_to=reverse("account"))
    row = get_object_or_404(BrowserSession, pk=session_id, account=account)
    with transaction.atomic():
        Account.objects.locked([account.pk])
        row.delete()
        events.record([Change(EventType.SIGNED_OUT, account.pk, Actor("customer", str(account.pk)))])
    return redirect("account")
