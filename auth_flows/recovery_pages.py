"""The pages of a recovery by waiting: begin the wait, call it off, go on when it is over."""

import uuid

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Account, Brand
from auth_flows import recoveries, recovering
from auth_flows.models import Intent, Recovery
from auth_flows.requirement import Need
from auth_flows.start import Asked, SeeOther, begin, find
from auth_flows.walk import Walk
from ciam.lib.throttle import TooMany, hit


@never_cache
@require_http_methods(["GET", "POST"])
def lost_all(request: HttpRequest, sign_in_id: uuid.UUID) -> HttpResponse:
    """For whoever proved the mailbox in a recovery, and has lost the second factor."""
    walk = find(request, sign_in_id)
    if walk is None or not recovering.may_wait(walk):
        return SeeOther(reverse("sign-in-step", args=[sign_in_id]))
    if request.method == "POST":
        return _ask(walk)
    return _lost(walk)


def _ask(walk: Walk) -> HttpResponse:
    assert walk.row.account_id is not None
    try:
        hit(recoveries.ASKED_A_DAY, str(walk.row.account_id), walk.now)
    except TooMany as error:
        response = _lost(walk, hours=max(1, round(error.after / 3_600)))
        response.status_code = 429
        response["Retry-After"] = str(error.after)
        return response
    with transaction.atomic():
        account = Account.objects.locked([walk.row.account_id])[0]
        if walk.stands() and recovering.may_wait(walk):
            recoveries.ask(account, walk.mailbox[0], walk.brand, walk.now)
    return SeeOther(walk.request.path)


def _lost(walk: Walk, hours: int = 0) -> HttpResponse:
    waiting = Recovery.objects.waiting().filter(account=walk.account, ends_at__gt=walk.now).first()
    context = {
        "brand": walk.brand,
        "app_name": walk.client.name if walk.client else "",
        "identifier": walk.draft.said,
        "waiting": waiting,
        "hours_to_wait": settings.RECOVERY_WAIT_HOURS,
        "too_many_hours": hours,
        "back_url": reverse("sign-in-step", args=[walk.row.pk]),
    }
    return render(walk.request, "auth_flows/recovery/lost.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of a notice. Looking at it stops nothing: programs that check mail open every link."""
    row = recoveries.to_cancel(token)
    if row is None:
        return _page(request, "gone", status=404)
    if request.method == "POST":
        with transaction.atomic():
            recoveries.cancel(row, timezone.now())
        return _page(request, "cancelled")
    return _page(request, "cancel")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def waited(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of the mail that begins the wait."""
    row, now = recoveries.behind_link(token), timezone.now()
    if row is None or row.ends_at <= now:
        return _page(request, "gone", status=404)
    if row.ready_at > now:
        return _page(request, "too_early", ready_at=row.ready_at)
    if request.method == "POST":
        asked = Asked(Need(), Intent.RECOVER, brand=_brand(), recovery=str(row.pk))
        return begin(request, asked)
    return _page(request, "ready")


def _page(request: HttpRequest, state: str, status: int = 200, **more: object) -> HttpResponse:
    context = {"brand": _brand(), "state": state, "start_over_url": reverse("recover"), **more}
    return render(request, "auth_flows/recovery/link.html", context, status=status)


def _brand() -> Brand | None:
    return Brand.objects.filter(is_default=True).first()
