"""Where a sign-in begins, and where it leads when nothing is left to ask."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.models import Brand, Realm
from auth_flows import recovering
from auth_flows.assurance import Method, level
from auth_flows.draft import Draft
from auth_flows.finish import NotYet, finish
from auth_flows.journey import step_of
from auth_flows.models import Client, Intent, SignIn
from auth_flows.oidc import answers
from auth_flows.oidc.requests import AuthorizationRequest
from auth_flows.requirement import Need
from auth_flows.sessions import proofs_of, session_of
from auth_flows.walk import Walk
from ciam.lib.crypto import new_token, token_hash
from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, hit

LIFETIME = dt.timedelta(hours=1)
BEGUN = Limit("sign-in begun from a network", most=1_000, seconds=600)
"""Each writes a row. A large house behind one address stays far below."""
BROWSER_COOKIE = "__Host-ciam-browser"
BROWSER_COOKIE_AGE = 365 * 86_400


class SeeOther(HttpResponseRedirect):
    """A form was taken; the next page is got (RFC 9110, 15.4.4)."""

    status_code = 303
    # An app may have registered a scheme of its own; the address was checked when it was registered.
    allowed_schemes = ["http", "https"]

    def __init__(self, address: str, *, scheme: str = "") -> None:
        if scheme:
            self.allowed_schemes = [*self.allowed_schemes, scheme]
        super().__init__(address)


@dataclass(frozen=True)
class Asked:
    """What somebody came for: an app's request, or a page of ours."""

    need: Need
    intent: Intent = Intent.SIGN_IN
    realm: Realm = Realm.CUSTOMER
    brand: Brand | None = None
    client: Client | None = None
    request: AuthorizationRequest | None = None
    return_to: str = ""
    hint: str = ""
    """The address that was typed before, where it begins anew."""
    recovery: str = ""
    """The id of a Recovery whose link was opened."""


def begin(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Lead to the first page, or straight on where the browser's session has proven enough."""
    walk, browser = _new_walk(request, asked)
    step = step_of(walk)
    if step is None:
        return complete(walk)
    if asked.request and "none" in asked.request.prompt:
        return _leave(answers.refuse(asked.request, _why_not_silent(walk), "The user must be asked."))
    try:
        hit(BEGUN, network_of(request), walk.now)
    except TooMany as error:
        return _too_many(request, error.after)
    walk.row.draft = walk.draft.as_text()
    walk.row.save(force_insert=True)
    step.enter()
    return _remembered(SeeOther(reverse("sign-in-step", args=[walk.row.pk])), browser)


def _remembered(response: HttpResponse, browser: str) -> HttpResponse:
    response.set_cookie(
        BROWSER_COOKIE, browser, max_age=BROWSER_COOKIE_AGE, secure=True, httponly=True, samesite="Lax"
    )
    return response


def _too_many(request: HttpRequest, after: int) -> HttpResponse:
    again = timezone.now() + dt.timedelta(seconds=after)
    response = render(request, "429.html", {"retry_at": again}, status=429)
    response["Retry-After"] = str(after)
    return response


def _why_not_silent(walk: Walk) -> str:
    return "interaction_required" if walk.proofs else "login_required"


def _new_walk(request: HttpRequest, asked: Asked) -> tuple[Walk, str]:
    now = timezone.now()
    browser = request.COOKIES.get(BROWSER_COOKIE) or new_token()
    row = SignIn(
        browser_hash=token_hash(browser),
        intent=asked.intent,
        realm=asked.realm,
        brand=asked.brand,
        client=asked.client,
        request=asked.request.as_json() if asked.request else None,
        return_to=asked.return_to,
        floor=asked.need.as_json(),
        expires_at=now + (recovering.LIFETIME if asked.intent == Intent.RECOVER else LIFETIME),
    )
    walk = Walk.of(row, request, now)
    walk.draft.said = asked.hint
    walk.draft.recovery = asked.recovery
    # Whoever comes to create an account (OpenID Connect Prompt Create 1.0) is not the one signed in here.
    session = session_of(request) if asked.intent == Intent.SIGN_IN else None
    if session is not None and session.account.realm == asked.realm:
        walk.begin_with(session.account)
        row.epoch, row.session_id = session.epoch, session.pk
        row.proofs = [proof.as_json() for proof in proofs_of(session)]
        walk.draft.weighed = [proof["at"] for proof in row.proofs]
    return walk, browser


def complete(walk: Walk) -> HttpResponse:
    """Nothing is left to ask: sign in, and on to where this was for."""
    try:
        session = finish(walk)
    except (NotYet, IntegrityError):
        # Meanwhile another tab has finished it, or something more came to be needed.
        return SeeOther(reverse("sign-in-step", args=[walk.row.pk]))
    if walk.row.request:
        asked = AuthorizationRequest.from_json(walk.row.request)
        if level(walk.proofs) < walk.floor.level:
            # A new password was chosen: the app's need is asked of whoever comes in with it.
            return SeeOther(asked.address())
        return _leave(answers.give_code(asked, session, walk.now))
    return SeeOther(walk.row.return_to or reverse("account"))


def _leave(address: str) -> HttpResponse:
    return SeeOther(address, scheme=address.partition(":")[0])


def find(request: HttpRequest, sign_in_id: uuid.UUID) -> Walk | None:
    """The sign-in of this address, if this browser began it and it is still open."""
    now = timezone.now()
    browser = request.COOKIES.get(BROWSER_COOKIE, "")
    row = (
        SignIn.objects.select_related("brand", "client")
        .filter(pk=sign_in_id, browser_hash=token_hash(browser), finished_at=None, expires_at__gt=now)
        .first()
    )
    walk = Walk.of(row, request, now) if row else None
    return walk if walk and walk.stands() else None


def begun_here(request: HttpRequest, sign_in_id: uuid.UUID) -> SignIn | None:
    """The sign-in of this address, if this browser began it: also one that is over."""
    browser = token_hash(request.COOKIES.get(BROWSER_COOKIE, ""))
    rows = SignIn.objects.select_related("brand", "client")
    return rows.filter(pk=sign_in_id, browser_hash=browser).first()


def continue_here(
    request: HttpRequest, began: SignIn, way: Method, go_on: Callable[[Walk], HttpResponse]
) -> HttpResponse:
    """A sign-in of this browser's own, for what another one began it for and for the same address. That it
    is the same person has just been proven, and `go_on` counts it; nothing else is taken over."""
    browser = request.COOKIES.get(BROWSER_COOKIE) or new_token()
    now, said = timezone.now(), Draft.from_text(began.draft)
    row = SignIn(
        browser_hash=token_hash(browser),
        intent=began.intent,
        realm=began.realm,
        brand=began.brand,
        client=began.client,
        request=began.request,
        return_to=began.return_to,
        floor=began.floor,
        way=way.value,
        draft=Draft(said=said.said, normal=said.normal).as_text(),
        expires_at=now + LIFETIME,
    )
    row.save(force_insert=True)
    return _remembered(go_on(Walk.of(row, request, now)), browser)
