"""Where a sign-in begins, and where it leads when nothing is left to ask."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts.identifiers import normal_email
from accounts.models import Brand, Realm
from accounts.snapshot import snapshot
from auth_flows import recovering
from auth_flows.assurance import level
from auth_flows.finish import NotYet, finish
from auth_flows.journey import step_of
from auth_flows.models import Client, Intent, SignIn
from auth_flows.oidc import answers
from auth_flows.oidc.requests import AuthorizationRequest
from auth_flows.requirement import Need
from auth_flows.sessions import proofs_of, session_of
from auth_flows.walk import Walk
from ciam.lib.crypto import new_token, token_hash

LIFETIME = dt.timedelta(hours=1)
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
    walk.row.draft = walk.draft.as_text()
    walk.row.save(force_insert=True)
    step.enter()
    response = SeeOther(reverse("sign-in-step", args=[walk.row.pk]))
    response.set_cookie(
        BROWSER_COOKIE, browser, max_age=BROWSER_COOKIE_AGE, secure=True, httponly=True, samesite="Lax"
    )
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
    walk.draft.recovery = asked.recovery
    # Whoever comes to create an account (OpenID Connect Prompt Create 1.0) is not the one signed in here.
    session = session_of(request) if asked.intent == Intent.SIGN_IN else None
    if session is not None and session.account.realm == asked.realm:
        row.account_id, row.epoch, row.session_id = session.account_id, session.epoch, session.pk
        row.proofs = [proof.as_json() for proof in proofs_of(session)]
        mail = snapshot(session.account).email
        walk.draft.said, walk.draft.normal = normal_email(mail.value) if mail else ("", str(row.account_id))
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
