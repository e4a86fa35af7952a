"""The link of a mail with a code. Opening it does nothing, for programs open links too: a button does.

In the browser where the sign-in began it proves the address as the code does. Elsewhere it says so, and
signs in there if that is wanted; the one that began it gets nothing by it.
"""

import uuid

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from auth_flows.again import again_url
from auth_flows.assurance import Method
from auth_flows.draft import Draft
from auth_flows.facts import methods
from auth_flows.methods.email_code import redeem_link, with_link
from auth_flows.models import SignIn
from auth_flows.pages import applied
from auth_flows.refusing import tells_refusals
from auth_flows.start import SeeOther, begun_here, continue_here, find
from auth_flows.steps.email_code import EmailCode
from auth_flows.walk import Walk


@never_cache
@require_http_methods(["GET", "POST"])
@tells_refusals
def mailed_link(request: HttpRequest, sign_in_id: uuid.UUID, link: str) -> HttpResponse:
    walk = find(request, sign_in_id)
    row = with_link(sign_in_id, link, timezone.now()).select_related("brand", "client").first()
    if row is None:
        return _gone(request, sign_in_id, walk)
    if request.method == "GET":
        return _asked(request, row, is_here=walk is not None)
    if walk is not None and Method.EMAIL_CODE not in methods(walk.facts(), walk.need()):
        return SeeOther(reverse("sign-in-step", args=[sign_in_id]))  # enough of it is proven already
    if not redeem_link(sign_in_id, link, timezone.now()):
        return _gone(request, sign_in_id, walk)
    return _proven(walk) if walk else continue_here(request, row, Method.EMAIL_CODE, _proven)


def _proven(walk: Walk) -> HttpResponse:
    return applied(walk, EmailCode(walk), Form())


def _asked(request: HttpRequest, row: SignIn, *, is_here: bool) -> HttpResponse:
    context = {
        "is_here": is_here,
        "identifier": Draft.from_text(row.draft).said,
        "brand": row.brand,
        "app_name": row.client.name if row.client else "",
    }
    return render(request, "auth_flows/mailed_link.html", context)


def _gone(request: HttpRequest, sign_in_id: uuid.UUID, walk: Walk | None) -> HttpResponse:
    """Used, too old, or from before a newer one."""
    row = walk.row if walk else begun_here(request, sign_in_id)
    onwards = reverse("sign-in-step", args=[sign_in_id]) if walk else again_url(row)
    context = {
        "onwards_url": onwards,
        "brand": row.brand if row else None,
        "app_name": row.client.name if row and row.client else "",
    }
    return render(request, "auth_flows/link_gone.html", context, status=410)
