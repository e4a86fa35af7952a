"""Back from a provider. The address is the provider's own, so that nobody's answer is taken for another's."""

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from auth_flows.byoid import kind_of, visits
from auth_flows.byoid.calls import Talk
from auth_flows.byoid.identity import Identity, Trouble
from auth_flows.byoid.visits import Back
from auth_flows.journey import step_of
from auth_flows.models import Provider, SignIn
from auth_flows.sessions import session_of
from auth_flows.start import BROWSER_COOKIE, SeeOther, complete, find
from auth_flows.upstream.identities import connected, in_vain
from auth_flows.upstream.taking import take
from auth_flows.upstream.told import log_trouble
from auth_flows.walk import Walk
from ciam.lib.crypto import token_hash


@csrf_exempt
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest, slug: str) -> HttpResponse:
    """RFC 6749, 4.1.2; by a form: OAuth 2.0 Form Post Response Mode."""
    provider = get_object_or_404(Provider, slug=slug, is_active=True)
    if request.method == "POST":
        return _posted(request, provider)
    browser = request.COOKIES.get(BROWSER_COOKIE, "")
    now, said = timezone.now(), request.GET
    back = visits.come_back(provider, said.get("state", ""), token_hash(browser), now)
    if back is None:
        return _expired(request)
    answer = {name: said[name] for name in visits.ANSWERED if name in said} | dict(back.posted)
    try:
        identity = kind_of(provider).identify(provider, answer, back.asking, Talk())
    except Trouble as error:
        log_trouble(provider, error)
        return _told(request, back, error)
    if back.account_id is not None:
        return connected(request, provider, back.account_id, identity)
    assert back.sign_in_id is not None
    return _taken(request, back.sign_in_id, identity)


def _posted(request: HttpRequest, provider: Provider) -> HttpResponse:
    """From another site, so without our cookies: got by the browser itself it has them."""
    posted = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    if not visits.keep_posted(provider, posted, timezone.now()):
        return _expired(request)
    return SeeOther(f"{request.path}?{urlencode({'state': posted['state']})}")


def _taken(request: HttpRequest, sign_in_id: uuid.UUID, identity: Identity) -> HttpResponse:
    with transaction.atomic():
        SignIn.objects.select_for_update(of=("self",)).filter(pk=sign_in_id).first()
        walk = find(request, sign_in_id)
        if walk is None or walk.operator:
            return _expired(request)
        try:
            walk = take(walk, identity)
        except Trouble as error:
            return SeeOther(f"{_page(sign_in_id)}?trouble={error.code}")
        walk.save()
    return _on(walk)


def _on(walk: Walk) -> HttpResponse:
    following = step_of(walk)
    if following is None:
        return complete(walk)
    following.enter()
    return SeeOther(_page(walk.row.pk))


def _told(request: HttpRequest, back: Back, error: Trouble) -> HttpResponse:
    if back.account_id is not None:
        return in_vain(error.code)
    assert back.sign_in_id is not None
    return SeeOther(f"{_page(back.sign_in_id)}?trouble={error.code}")


def _page(sign_in_id: uuid.UUID) -> str:
    return reverse("sign-in-step", args=[sign_in_id])


def _expired(request: HttpRequest) -> HttpResponse:
    context = {"start_over_url": reverse("sign-in"), "is_signed_in": session_of(request) is not None}
    return render(request, "auth_flows/expired.html", context, status=410)
