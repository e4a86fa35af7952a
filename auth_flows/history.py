"""When, where and how somebody signed in last."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import assurance_of, customer
from accounts.models import Account
from accounts.snapshot import snapshot
from auth_flows.assurance import Proof
from auth_flows.device_names import device_name
from auth_flows.models import SignIn

LAST = 20
HOW: dict[str, Promise] = {
    "password": _("Password"),
    "passkey": _("Passkey"),
    "totp": _("Authenticator app"),
    "email_code": _("Code by e-mail"),
    "sms_code": _("Code by text message"),
    "recovery_code": _("Recovery code"),
    "provider": _("Another account of yours"),
}
"""By method (`auth_flows.assurance.Method`)."""


@require_GET
def sign_ins(request: HttpRequest) -> HttpResponse:
    account = customer(request)
    context = {
        "account_name": snapshot(account).name,
        "brand": assurance_of(request).brand,
        "sign_out_url": reverse("oidc-logout"),
        "rows": last_of(account),
        "most": LAST,
    }
    return render(request, "auth_flows/sign_ins.html", context)


def last_of(account: Account) -> list[dict[str, object]]:
    """The newest first."""
    rows = SignIn.objects.filter(account_id=account.pk, finished_at__isnull=False).select_related("client")
    return [
        {
            "device": device_name(row.agent),
            "place": row.place,
            "at": row.finished_at,
            "app": row.client.name if row.client else "",
            "how": [_word(Proof.from_json(proof)) for proof in row.proofs],
        }
        for row in rows.order_by("-pk")[:LAST]
    ]


def _word(proof: Proof) -> str | Promise:
    return HOW.get(proof.method.value, proof.method.value)
