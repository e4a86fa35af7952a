"""Self-service: which accounts elsewhere let somebody in, one more, one less."""

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import assurance_of, customer
from accounts.events import Actor
from accounts.models import Account
from accounts.overview import Panel
from auth_flows.byoid import kind_of, linking, visits
from auth_flows.byoid.calls import Talk
from auth_flows.byoid.identity import Identity, Trouble
from auth_flows.byoid.offers import offered, provider_of, words
from auth_flows.models import LinkedIdentity, Provider
from auth_flows.start import BROWSER_COOKIE, BROWSER_COOKIE_AGE
from auth_flows.trouble import TROUBLES, trouble
from auth_flows.upstream.told import log_trouble
from ciam.lib.crypto import new_token, token_hash
from ciam.lib.networks import network_of
from ciam.lib.throttle import TooMany, hit

WITHIN = 600
SAID = {
    "connected": _("It is connected: you can sign in with it from now on."),
    "disconnected": _("It is disconnected, and lets nobody in any more."),
    "last": _("This is your only way in. Add another one first: an e-mail address, a password or a passkey."),
}


@require_GET
def identities(request: HttpRequest) -> HttpResponse:
    account = customer(request, within=WITHIN)
    brand = assurance_of(request).brand
    rows = _linked(account)
    have = {row.provider_id for row in rows}
    said = request.GET.get("said", "")
    context = {
        "brand": brand,
        "rows": [{"row": row, "last": linking.is_last_way(row)} for row in rows],
        "offers": [{"slug": one.slug, "label": words(one)} for one in offered(brand) if one.pk not in have],
        "trouble": trouble(request),
        "said": SAID.get(said, ""),
        "said_kind": "warning" if said == "last" else "success",
        "back_url": reverse("account"),
    }
    return render(request, "auth_flows/identities.html", context)


@require_POST
def connect(request: HttpRequest, slug: str) -> HttpResponse:
    """To the provider, by a page that says so: a form may not end at another site (CSP)."""
    account = customer(request, within=WITHIN, return_to=reverse("identities"))
    provider = provider_of(slug, assurance_of(request).brand)
    if provider is None:
        return redirect("identities")
    now = timezone.now()
    browser = request.COOKIES.get(BROWSER_COOKIE) or new_token()
    try:
        hit(visits.PER_ADDRESS, network_of(request), now)
        asking = visits.begin(provider, token_hash(browser), now, account_id=account.pk)
        address = kind_of(provider).leave(provider, asking, Talk())
    except TooMany:
        return in_vain("too_many")
    except Trouble as error:
        log_trouble(provider, error)
        return in_vain(error.code)
    context = {
        "brand": assurance_of(request).brand,
        "provider": provider,
        "address": address,
        "back_url": reverse("identities"),
    }
    response = render(request, "auth_flows/leaving.html", context)
    response.set_cookie(
        BROWSER_COOKIE, browser, max_age=BROWSER_COOKIE_AGE, secure=True, httponly=True, samesite="Lax"
    )
    return response


def connected(
    request: HttpRequest, provider: Provider, account_id: uuid.UUID, identity: Identity
) -> HttpResponse:
    """Back from the provider: for the account that went there, if it is still the one signed in here."""
    account = customer(request, return_to=reverse("identities"))
    if account.pk != account_id:
        return in_vain("bad")
    with transaction.atomic():
        Account.objects.locked([account.pk])
        if not linking.link(account, identity, timezone.now()):
            return in_vain("taken")
    return redirect(f"{reverse('identities')}?said=connected")


@require_POST
def disconnect(request: HttpRequest, identity_id: uuid.UUID) -> HttpResponse:
    account = customer(request, within=WITHIN, return_to=reverse("identities"))
    with transaction.atomic():
        Account.objects.locked([account.pk])
        row = get_object_or_404(
            LinkedIdentity.objects.select_related("provider"), pk=identity_id, account=account
        )
        if linking.is_last_way(row):
            return redirect(f"{reverse('identities')}?said=last")
        linking.unlink(row, Actor("customer", str(account.pk)), timezone.now())
    return redirect(f"{reverse('identities')}?said=disconnected")


def in_vain(code: str) -> HttpResponse:
    assert code in TROUBLES
    return redirect(f"{reverse('identities')}?trouble={code}")


def panel(request: HttpRequest, account: Account) -> Panel:
    """On the customer's overview."""
    return Panel("auth_flows/panels/identities.html", _("Accounts you sign in with"), _linked(account))


def _linked(account: Account) -> list[LinkedIdentity]:
    rows = LinkedIdentity.objects.filter(account=account).select_related("provider")
    return list(rows.defer("provider__client_secret").order_by("created_at"))
