"""What the sign-in adds to the customer's overview: by which ways they sign in."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.overview import Panel
from auth_flows.models import Authenticator

LABELS = {
    Authenticator.Kind.PASSWORD: _("Password"),
    Authenticator.Kind.TOTP: _("Authenticator app"),
}


def methods_panel(request: HttpRequest, account: Account) -> Panel:
    rows = [
        {
            "label": LABELS[Authenticator.Kind(row.kind)],
            "since": row.created_at,
            "last_used": row.last_used_at,
        }
        for row in Authenticator.objects.filter(account=account).order_by("created_at")
    ]
    return Panel("auth_flows/panels/methods.html", _("How you sign in"), rows)
