"""What the sign-in adds to the customer's overview: by which ways they sign in."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.access import assurance_of
from accounts.identifiers import phone_of
from accounts.models import Account
from accounts.overview import Panel
from auth_flows import sms
from auth_flows.methods import recovery_code
from auth_flows.models import Authenticator
from auth_flows.policies import policy_of

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
