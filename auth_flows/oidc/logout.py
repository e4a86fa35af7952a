"""Signing out for an app (OpenID Connect RP-Initiated Logout 1.0)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account
from accounts.snapshot import snapshot
from auth_flows.models import BrowserSession, Client
from auth_flows.oidc.id_tokens import Hint, read_hint
from auth_flows.oidc.leaving import LeavingForm
from auth_flows.oidc.parameters import Parameters, of_request
from auth_flows.oidc.redirects import is_registered, origin_of, see_other, with_answer
from auth_flows.sessions import session_of

LONGEST_QUERY = 16_000


@dataclass(frozen=True)
class Leaving:
    """Who asks, and where to afterwards: `back_to` is an address that this app is registered with."""

    client: Client | None
    hint: Hint | None
    back_to: str
    is_odd: bool
    """Something does not fit: the address isn't registered, the hint isn't the app's, a value came twice."""

    def is_of(self, session: BrowserSession) -> bool:
        hint = self.hint
        return (
            hint is not None and hint.session_id == session.pk and hint.subject == session.account.subject()
        )


@csrf_exempt
@require_http_methods(["GET", "POST"])
def end_session(request: HttpRequest) -> HttpResponse:
    """Section 2. Without a hint that speaks of this very session, the person is asked first (section 6)."""
    if request.method == "POST":
        return _confirmed(request) if "csrfmiddlewaretoken" in request.POST else _asked_by_form(request)
    said = of_request(request)
    leaving, session = read(said), session_of(request)
    if session is None:
        return _afterwards(request, leaving)
    if leaving.is_of(session) and not leaving.is_odd:
        sign_out(request, session)
        return _afterwards(request, leaving)
    return _ask(request, said, leaving, session)


def read(said: Parameters) -> Leaving:
    hint = read_hint(said.get("id_token_hint"))
    named = said.get("client_id")
    mismatch = bool(hint and named and hint.client.client_id != named)
    client = hint.client if hint else Client.objects.by_client_id(named)
    asked = said.get("post_logout_redirect_uri")
    fits = bool(asked and client and not said.repeated and not mismatch and may_follow(asked, client))
    return Leaving(
        client=client,
        hint=None if mismatch else hint,
        back_to=with_answer(asked, {"state": said.get("state")}) if fits else "",
        is_odd=mismatch or bool(said.repeated) or (bool(asked) and not fits),
    )


def may_follow(address: str, client: Client) -> bool:
    """Section 3: exactly as registered."""
    registered = client.post_logout_redirect_uris.split()
    return is_registered(address, registered, native=client.is_native) and not client.why_unsafe(address)


def sign_out(request: HttpRequest, session: BrowserSession) -> None:
    """End the session; codes and refresh tokens that hang on it go with it."""
    account = session.account
    with transaction.atomic():
        Account.objects.locked([account.pk])
        request.session.flush()
        actor = Actor(account.realm, str(account.pk))
        events.record([Change(EventType.SIGNED_OUT, account.pk, actor, session.brand_id)])


def _asked_by_form(request: HttpRequest) -> HttpResponse:
    """Section 2 wants POST as well. From another site it comes without our cookies; asked again by the
    browser itself it has them."""
    said = {name: value for name, value in of_request(request).values.items() if name in LeavingForm.NAMES}
    query = urlencode(said)
    return see_other(f"{request.path}?{query}" if len(query) <= LONGEST_QUERY else request.path)


@csrf_protect
def _confirmed(request: HttpRequest) -> HttpResponse:
    leaving, session = read(of_request(request)), session_of(request)
    if session is not None:
        sign_out(request, session)
    return _afterwards(request, leaving)


def _ask(request: HttpRequest, said: Parameters, leaving: Leaving, session: BrowserSession) -> HttpResponse:
    mail = snapshot(session.account).email
    context = {
        "action": request.path,
        "form": LeavingForm(initial=dict(said.values)),
        "identifier": mail.value if mail else "",
        "client": leaving.client.name if leaving.client else "",
        **_frame(leaving),
    }
    response = render(request, "auth_flows/sign_out.html", context)
    if leaving.hint and leaving.back_to:
        # Browsers hold form-action against the redirect that follows the form as well.
        response._csp_update = {"form-action": [origin_of(leaving.back_to)]}  # type: ignore[attr-defined]
    return response


def _afterwards(request: HttpRequest, leaving: Leaving) -> HttpResponse:
    """Section 3: on to the app only for one that held a token of ours; for others a link at most."""
    if leaving.hint and leaving.back_to:
        return see_other(leaving.back_to)
    context = {"back_url": leaving.back_to, "sign_in_url": reverse("sign-in"), **_frame(leaving)}
    return render(request, "auth_flows/signed_out.html", context)


def _frame(leaving: Leaving) -> dict[str, object]:
    client = leaving.client
    return {"app_name": client.name, "brand": client.brand} if client else {}
