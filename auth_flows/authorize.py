"""The authorization endpoint (RFC 6749, 3.1; OIDC Core, 3.1.2): an app's request becomes a sign-in."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from auth_flows.assurance import ACR
from auth_flows.models import Intent
from auth_flows.oidc.requests import AuthorizationRequest, RefusedToApp, check
from auth_flows.refusing import tells_refusals
from auth_flows.requirement import Need, Reason, strictest
from auth_flows.start import Asked, SeeOther, begin

ACR_LEVELS = {name: level for level, name in ACR.items()}


@csrf_exempt
@require_http_methods(["GET", "POST"])
@tells_refusals
def authorize(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        # From another site it comes without our cookies; asked again by the browser itself it has them.
        said = request.GET.copy()
        for name, values in request.POST.lists():
            said.setlistdefault(name).extend(values)
        return SeeOther(f"{request.path}?{said.urlencode()}")
    return led_in(request)


def led_in(request: HttpRequest, hint: str = "") -> HttpResponse:
    """The request in the address, once it was checked. `hint`: what the person typed the last time."""
    try:
        asked = check(request)
    except RefusedToApp as error:
        return SeeOther(error.redirect_url, scheme=error.redirect_url.partition(":")[0])
    return begin(
        request,
        Asked(
            need=need_of(asked, timezone.now()),
            intent=Intent.REGISTER if "create" in asked.prompt else Intent.SIGN_IN,
            brand=asked.client.brand,
            client=asked.client,
            request=asked,
            hint=hint,
        ),
    )


def need_of(asked: AuthorizationRequest, now: dt.datetime) -> Need:
    """What client and request ask, the stricter of both in every respect."""
    return strictest([_by_client(asked), _by_acr(asked), *_by_age(asked, now)])


def _by_client(asked: AuthorizationRequest) -> Need:
    level = asked.client.least_level
    return Need(level, reasons=frozenset({Reason.APP}) if level > 1 else frozenset())


def _by_acr(asked: AuthorizationRequest) -> Need:
    level = max((ACR_LEVELS.get(value, 1) for value in asked.acr_values), default=1)
    return Need(level, reasons=frozenset({Reason.APP}) if level > 1 else frozenset())


def _by_age(asked: AuthorizationRequest, now: dt.datetime) -> list[Need]:
    """`prompt=login` and `max_age`: proofs must be younger than now, or than that many seconds.

    Somebody asked to choose an account proves it anew: the page offers to be somebody else.
    """
    fresh = frozenset({Reason.FRESH})
    needs = []
    if {"login", "select_account"} & asked.prompt:
        needs.append(Need(fresh_after=now, reasons=fresh))
    if asked.max_age is not None:
        needs.append(Need(fresh_after=now - dt.timedelta(seconds=asked.max_age), reasons=fresh))
    return needs
