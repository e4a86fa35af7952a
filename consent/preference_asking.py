"""Who has lost the mail asks for the link to their choices. The answer is the same for everybody."""

import datetime as dt

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.identifiers import BadIdentifier, limit_key, normal_email
from accounts.models import LEAVING, Brand, Identifier, IdentifierKind, Membership, MembershipStatus, Realm
from ciam.lib import mail
from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, hit
from consent.preference_links import address, token

# Counters of their own: whoever has us send these must not use up somebody's codes for signing in.
TO_A_MAILBOX = (
    Limit("preference link a minute", most=1, seconds=60),
    Limit("preference link an hour", most=5, seconds=3_600),
    Limit("preference link a day", most=10, seconds=86_400),
)
FROM_AN_ADDRESS = Limit("preference link from an address", most=20, seconds=3_600)
WAITS = dt.timedelta(hours=12)
"""So long a mail server may be out of reach."""


class AskForm(forms.Form):
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=320,
        error_messages={"required": _("Enter your e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )

    def clean_email(self) -> str:
        try:
            self.delivered, self.normal = normal_email(str(self.cleaned_data["email"]))
        except BadIdentifier as error:
            raise ValidationError(str(error), code="bad_email") from error
        return self.delivered


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """With `?brand=` it is about that brand alone, and has its look."""
    brand = Brand.objects.filter(slug=request.GET.get("brand", "")).first()
    shown = brand or Brand.objects.filter(is_default=True).first()
    if request.method == "POST":
        form = AskForm(request.POST)
        if form.is_valid():
            try:
                hit(FROM_AN_ADDRESS, network_of(request), timezone.now())
            except TooMany as error:
                return _too_many(request, form, shown, error)
            _send(form, brand, shown, timezone.now())
            query = f"brand={brand.slug}&sent" if brand else "sent"
            return redirect(f"{reverse('preferences-ask')}?{query}")
    else:
        form = AskForm()
    context = {
        "brand": shown,
        "form": form,
        "is_sent": "sent" in request.GET and not form.is_bound,
        "again_url": f"{request.path}?brand={brand.slug}" if brand else request.path,
    }
    return render(request, "consent/preferences_ask.html", context)


def _too_many(request: HttpRequest, form: AskForm, brand: Brand | None, error: TooMany) -> HttpResponse:
    form.add_error(None, _("Too many links were asked for from here. Please try again later."))
    response = render(request, "consent/preferences_ask.html", {"brand": brand, "form": form}, status=429)
    response["Retry-After"] = str(error.after)
    return response


def _send(form: AskForm, asked: Brand | None, shown: Brand | None, now: dt.datetime) -> None:
    """One mail, with a link for each brand that has this address; none past the limits, which nobody is told.

    For an address that nobody has it is written as well, and thrown away unsent: by the time that the answer
    takes nobody learns who is known.
    """
    try:
        for limit in TO_A_MAILBOX:
            hit(limit, limit_key(form.normal), now)
    except TooMany:
        return
    members = members_at(form.normal, asked)
    brand = asked or (members[0].brand if members else shown)
    context: mail.Context = {
        "brand": {"name": brand.name, "slug": brand.slug} if brand else None,
        "links": _links(members, form.normal, now),
        "host": settings.BASE_URL.partition("://")[2],
    }
    until = now + WAITS if members else now
    mail.post("preference_link", form.delivered, context, until=until, locale=get_language() or "en")


def _links(members: list[Membership], normal: str, now: dt.datetime) -> dict[str, str]:
    """By the brand's name, and where two brands are called the same, or two people share the mailbox, by a
    number as well."""
    links: dict[str, str] = {}
    for member in members:
        name, number = member.brand.name, 1
        while name in links:
            number += 1
            name = f"{member.brand.name} ({number})"
        links[name] = address(token(member, normal, now))
    return links


def members_at(normal: str, brand: Brand | None) -> list[Membership]:
    """Who is reached by an address: at one brand, or at each of them."""
    brands = [brand] if brand else list(Brand.objects.all())
    # Two queries: each has its own partial index.
    live = Identifier.objects.filter(
        kind=IdentifierKind.EMAIL, normal=normal, realm=Realm.CUSTOMER, retired_at=None
    )
    own = live.filter(scope="")
    handles = live.exclude(scope="").filter(scope__in=[str(one.pk) for one in brands])
    known = {(row.account_id, row.scope) for rows in (own, handles) for row in rows}
    members = (
        Membership.objects.filter(account__in={account for account, _scope in known}, brand__in=brands)
        .exclude(status=MembershipStatus.ENDED)
        .exclude(account__status__in=LEAVING)
        .select_related("account", "brand")
        .order_by("since", "pk")
    )
    return [
        member
        for member in members
        if not known.isdisjoint({(member.account_id, ""), (member.account_id, str(member.brand_id))})
    ]
