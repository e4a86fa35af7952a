"""From a sign-in to a provider."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from auth_flows.assurance import Method
from auth_flows.byoid import kind_of, visits
from auth_flows.byoid.calls import Talk
from auth_flows.byoid.identity import Trouble
from auth_flows.byoid.offers import provider_of
from auth_flows.facts import methods
from auth_flows.journey import step_of
from auth_flows.models import Intent, Provider
from auth_flows.start import SeeOther, find
from auth_flows.steps.identify import Identify
from auth_flows.upstream.told import log_trouble
from auth_flows.walk import Walk
from ciam.lib.networks import network_of
from ciam.lib.throttle import TooMany, hit


@require_GET
def leave(request: HttpRequest, sign_in_id: uuid.UUID, slug: str) -> HttpResponse:
    """A link, since a form may not end at another site (CSP). Its address holds the sign-in's id, which only
    this browser knows; a browser that only looks ahead is not led away."""
    page = reverse("sign-in-step", args=[sign_in_id])
    walk = find(request, sign_in_id)
    provider = provider_of(slug, walk.brand) if walk else None
    if walk is None or provider is None or not _may_leave(walk) or _looks_ahead(request):
        return SeeOther(page)
    try:
        hit(visits.PER_ADDRESS, network_of(request), walk.now)
        address = _address(walk, provider)
    except TooMany:
        return SeeOther(f"{page}?trouble=too_many")
    except Trouble as error:
        log_trouble(provider, error)
        return SeeOther(f"{page}?trouble={error.code}")
    return SeeOther(address)


def _may_leave(walk: Walk) -> bool:
    if walk.operator or walk.row.intent == Intent.RECOVER:
        return False
    return isinstance(step_of(walk), Identify) or Method.UPSTREAM in methods(walk.facts(), walk.need())


def _looks_ahead(request: HttpRequest) -> bool:
    foreign = request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}
    return foreign or "prefetch" in request.headers.get("Sec-Purpose", "")


def _address(walk: Walk, provider: Provider) -> str:
    asking = visits.begin(
        provider,
        walk.row.browser_hash,
        timezone.now(),
        sign_in_id=walk.row.pk,
        login_hint=walk.draft.said,
        fresh_after=walk.need().fresh_after,
    )
    return kind_of(provider).leave(provider, asking, Talk())
