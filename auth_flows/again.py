"""A sign-in that ended or expired begins anew: for the same app, with what is known of whoever it was."""

import uuid
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.models import Realm
from auth_flows.authorize import led_in
from auth_flows.draft import Draft
from auth_flows.models import Intent, SignIn
from auth_flows.refusing import tells_refusals
from auth_flows.requirement import Need
from auth_flows.sessions import session_of
from auth_flows.start import Asked, SeeOther, begin, begun_here


@require_GET
@tells_refusals
def again(request: HttpRequest, sign_in_id: uuid.UUID) -> HttpResponse:
    row = begun_here(request, sign_in_id)
    if row is None:
        return SeeOther(reverse("sign-in"))
    said = Draft.from_text(row.draft).said
    if row.request:
        # Through the same door, which asks anew whether the app may have it.
        request.GET = QueryDict(urlencode(row.request))
        return led_in(request, said)
    floor = Need.from_json(row.floor)
    asked = Asked(
        need=Need(floor.level, floor.fresh_after, floor.reasons),
        intent=Intent(row.intent),
        realm=Realm(row.realm),
        brand=row.brand,
        return_to=row.return_to,
        hint=said,
    )
    return begin(request, asked)


def expired(request: HttpRequest, sign_in_id: uuid.UUID) -> HttpResponse:
    """What a page of a sign-in that is over answers; whoever sent its form twice goes straight on."""
    row, is_signed_in = begun_here(request, sign_in_id), session_of(request) is not None
    onwards = again_url(row)
    if request.method == "POST" and row and row.finished_at and is_signed_in:
        return SeeOther(onwards)
    context = {
        "start_over_url": onwards,
        "is_signed_in": is_signed_in,
        "brand": row.brand if row else None,
        "app_name": row.client.name if row and row.client else "",
    }
    return render(request, "auth_flows/expired.html", context, status=410)


def again_url(row: SignIn | None) -> str:
    return reverse("sign-in-again", args=[row.pk]) if row else reverse("sign-in")
