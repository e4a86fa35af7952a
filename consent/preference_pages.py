"""Somebody's choices at a brand, by the link of a mail: no session, no cookie.

Looking at it changes nothing: programs that check mail for harm open every link. A form needs no other
proof against being forged than its own address, which nobody knows who wasn't given the mail.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent.preference_answers import STOP_ALL, TOLD, NoButton, Outcome, Press, stop_all, take
from consent.preference_choices import choices
from consent.preference_links import Asked, Gone, masked, read

# What the ledger names as the page. The rest of the address is a secret.
SURFACE = "/preferences/"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Shows nothing of the person but a masked address: whoever holds the link may have been forwarded it."""
    try:
        asked = read(token, timezone.now())
    except Gone:
        return gone(request)
    if not asked.shows_choices:
        return gone(request)
    if request.method == "POST":
        try:
            outcome = _take(request, asked)
        except NoButton:
            return private(HttpResponseBadRequest("No button says that.", content_type="text/plain"))
        return private(redirect(f"{request.path}?said={outcome}"))
    context = {
        "brand": asked.member.brand,
        "mailbox": masked(asked.mailbox),
        "choices": choices(asked.member.account, asked.member.brand, by_link=True),
        "told": TOLD.get(request.GET.get("said", "")),
        "is_good": request.GET.get("said") != Outcome.OUTDATED,
    }
    return private(render(request, "consent/preferences.html", context))


def _take(request: HttpRequest, asked: Asked) -> Outcome:
    account, brands = asked.member.account, [asked.member.brand]
    if request.POST.get("stop") == STOP_ALL:
        return stop_all(request, account, brands, SURFACE)
    return take(request, account, brands, Press.of(request.POST.dict()), SURFACE, by_link=True)


def gone(request: HttpRequest) -> HttpResponse:
    """The same for every link that is good for nothing."""
    context = {"ask_url": reverse("preferences-ask")}
    return private(render(request, "consent/preferences_gone.html", context, status=410))


def private(response: HttpResponse) -> HttpResponse:
    """The address is its reader's secret: no cache keeps it, and no Referer has it."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
