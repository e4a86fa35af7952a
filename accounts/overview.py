"""The customer's own page, to which each app adds its panel (a door that `ciam.wiring` fills)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import assurance_of, customer
from accounts.models import Account, Source
from accounts.profiles import Known, in_order
from accounts.snapshot import snapshot
from accounts.values import as_text

ORIGINS: dict[Source, Promise] = {
    Source.WEBSITE: _("A website of ours told us on %(date)s"),
    Source.TARGET: _("A system of ours found it out on %(date)s"),
    Source.IMPORT: _("From our records of %(date)s"),
    Source.PROVIDER: _("From the account you signed in with, on %(date)s"),
    Source.CUSTOMER: _("You told us on %(date)s"),
    Source.VERIFICATION: _("From your identity verification on %(date)s"),
}


COMES_BACK = _("Mail to it comes back. Change it, or prove it again.")
KINDS: dict[str, Promise] = {"email": _("E-mail address"), "phone": _("Phone number")}


@dataclass(frozen=True)
class Panel:
    """A part of the overview: `rows` is as its template wants them."""

    template: str
    title: str | Promise
    rows: Sequence[Any]

    @property
    def name(self) -> str:
        """Of its template's file: links lead to `#name`."""
        return self.template.rpartition("/")[2].removesuffix(".html")


PanelMaker = Callable[[HttpRequest, Account], Panel]
panels: list[PanelMaker] = []


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    account = customer(request)
    context = {
        "account_name": snapshot(account).name,
        "brand": assurance_of(request).brand,
        "panels": [make(request, account) for make in panels],
        "sign_out_url": reverse("oidc-logout"),
    }
    return render(request, "accounts/overview.html", context)


def origin(known: Known) -> str:
    """Who told us, and when, in words for the customer."""
    return str(ORIGINS[known.source]) % {"date": formats.date_format(known.said_at, "DATE_FORMAT")}


def profile_panel(request: HttpRequest, account: Account) -> Panel:
    rows = [
        {
            "label": attribute.label,
            "value": as_text(known.value),
            "origin": origin(known),
            "verified": bool(known.verified_at),
        }
        for attribute, known in in_order(snapshot(account).values)
    ]
    return Panel("accounts/panels/profile.html", _("What we know about you"), rows)


def identifiers_panel(request: HttpRequest, account: Account) -> Panel:
    rows = [
        {
            "kind": KINDS.get(handle.kind, handle.kind),
            "value": handle.value,
            "verified": bool(handle.verified_at),
            "primary": handle.is_primary,
            "note": COMES_BACK if handle.is_undeliverable else "",
        }
        for handle in snapshot(account).own
    ]
    return Panel("accounts/panels/identifiers.html", _("How we find you"), rows)
