"""What providers tell us by themselves: somebody has left us there, deleted their account, or wants what came
from there deleted. Each is signed by its provider, and may come twice."""

import datetime as dt
import json

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.events import Actor
from accounts.models import Account, Identifier, IdentifierKind
from auth_flows.byoid import kind_of, linking
from auth_flows.byoid.calls import Talk
from auth_flows.byoid.identity import Away, Trouble
from auth_flows.byoid.kind import Notice
from auth_flows.models import LinkedIdentity, Provider
from auth_flows.upstream.told import log_trouble

LONGEST = 16_384
SALT = "auth_flows.upstream.deletion"


@csrf_exempt
@require_POST
def take(request: HttpRequest, slug: str) -> HttpResponse:
    provider = get_object_or_404(Provider, slug=slug)
    if int(request.headers.get("Content-Length") or 0) > LONGEST:
        return HttpResponse(status=413)
    posted = _posted(request)
    try:
        notice = kind_of(provider).notice(provider, posted, Talk())
    except Away as error:
        log_trouble(provider, error)
        return HttpResponse(status=503)  # it tries again
    except Trouble as error:
        log_trouble(provider, error)
        return HttpResponse(status=400)
    _heed(provider, notice)
    return _answer(provider) if notice.forgets else HttpResponse(status=200)


@require_GET
def deletion(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """What the provider shows to whoever asked: that it is done. The code says nothing of anybody."""
    provider = get_object_or_404(Provider, slug=slug)
    try:
        at = signing.loads(code, salt=SALT)
    except signing.BadSignature:
        return HttpResponse(status=404)
    context = {"provider": provider, "at": dt.datetime.fromtimestamp(at, dt.UTC)}
    return render(request, "auth_flows/deletion.html", context)


def _posted(request: HttpRequest) -> dict[str, str]:
    """By a form, or as JSON."""
    if request.content_type != "application/json":
        return {name: value for name, value in request.POST.items() if isinstance(value, str)}
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    pairs = said.items() if isinstance(said, dict) else ()
    return {name: value for name, value in pairs if isinstance(value, str)}


def _heed(provider: Provider, notice: Notice) -> None:
    now, said_at = timezone.now(), dt.datetime.fromtimestamp(notice.at, dt.UTC)
    with transaction.atomic():
        found = LinkedIdentity.objects.filter(issuer=notice.issuer, subject=notice.subject).first()
        if found is None:
            return
        Account.objects.locked([found.account_id])
        row = LinkedIdentity.objects.select_related("provider").filter(pk=found.pk).first()
        # Whoever connected it anew since is not meant: an old notice that comes again does nothing.
        if row is None or row.created_at > said_at + dt.timedelta(seconds=60):
            return
        if notice.unlinks:
            linking.unlink(row, Actor("system", provider.slug), now, forgets=notice.forgets)
        if notice.delivers is not None and notice.email:
            Identifier.objects.filter(
                account=row.account_id,
                scope="",
                kind=IdentifierKind.EMAIL,
                normal=notice.email.lower(),
                retired_at=None,
            ).update(undeliverable_at=None if notice.delivers else now)


def _answer(provider: Provider) -> HttpResponse:
    """https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback"""
    code = signing.dumps(int(timezone.now().timestamp()), salt=SALT)
    page = reverse("upstream-deletion", args=[provider.slug, code])
    return JsonResponse({"url": f"{settings.BASE_URL}{page}", "confirmation_code": code})
