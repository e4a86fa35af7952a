"""Signing in and out with the CIAM. The rules of the protocol are in `oidc`."""

import secrets

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from demo.shop.asking import CiamOdd
from demo.shop.oidc.answer import check_issuer, code_of
from demo.shop.oidc.failed import SignInFailed
from demo.shop.oidc.id_token import checked_claims
from demo.shop.oidc.provider import Metadata
from demo.shop.oidc.request import authorization_url, new_nonce, new_verifier
from demo.shop.oidc.tokens import tokens_for, userinfo
from demo.shop.oidc.told import Told, told_by
from demo.shop.pages import Way, problem
from demo.shop.shapes import ShapeError
from demo.shop.shop import Attempt, Room, Session
from demo.shop.visit import BROWSER, Visit, give_cookie

# Where a sign-in may lead to; any other address would let a link send customers elsewhere.
ROOMS = {"/orders": Room.ORDERS, "/rewards": Room.REWARDS, "/": Room.ORDERS}


def sign_in(visit: Visit) -> Response:
    return _begin(visit, register=False)


def register(visit: Visit) -> Response:
    return _begin(visit, register=True)


def destination(asked: str) -> str:
    """A page of this shop, whatever was asked for."""
    return asked if asked in ROOMS else "/orders"


def callback(visit: Visit) -> Response:
    attempt = _own_attempt(visit)
    if attempt is None:
        sentence = "This browser has not begun such a sign-in here, or it is over already."
        return _failed(visit, SignInFailed("unknown_state", sentence), "/orders")
    try:
        session = _session(visit, attempt)
    except SignInFailed as exc:
        return _failed(visit, exc, attempt.next)
    answer = redirect(attempt.next, 303)
    give_cookie(answer, attempt.room.value, visit.shop.sessions.put(session))
    return answer


def _begin(visit: Visit, *, register: bool) -> Response:
    where = destination(visit.request.args.get("next", ""))
    metadata = visit.shop.provider.metadata()
    attempt = Attempt(ROOMS[where], where, visit.kept(BROWSER), new_nonce(), new_verifier())
    url = authorization_url(
        metadata,
        visit.facts.client,
        redirect_uri=_redirect_uri(visit),
        state=visit.shop.attempts.put(attempt),
        nonce=attempt.nonce,
        verifier=attempt.verifier,
        register=register,
    )
    return redirect(url, 303)


def _own_attempt(visit: Visit) -> Attempt | None:
    browser = visit.held(BROWSER)

    def is_ours(attempt: Attempt) -> bool:
        return secrets.compare_digest(attempt.browser, browser)

    return visit.shop.attempts.take(visit.request.args.get("state", ""), is_ours)


def _session(visit: Visit, attempt: Attempt) -> Session:
    metadata, answer = visit.shop.provider.metadata(), visit.request.args.to_dict()
    check_issuer(answer, metadata)
    tokens = tokens_for(
        visit.shop.http,
        metadata,
        visit.facts.client,
        code=code_of(answer),
        redirect_uri=_redirect_uri(visit),
        verifier=attempt.verifier,
    )
    told = _told(visit, metadata, attempt, tokens.id_token, tokens.access_token)
    return Session(told, tokens.id_token)


def _told(visit: Visit, metadata: Metadata, attempt: Attempt, id_token: str, access_token: str) -> Told:
    claims = checked_claims(
        visit.shop.provider, id_token, client_id=visit.facts.client.client_id, nonce=attempt.nonce
    )
    about = userinfo(visit.shop.http, metadata, access_token, str(claims.get("sub")))
    try:
        return told_by({**about, **claims})
    except ShapeError as exc:
        raise CiamOdd(f"What the CIAM tells about a customer is not as agreed: {exc}.") from exc


def _redirect_uri(visit: Visit) -> str:
    return f"{visit.shop.url}/callback"


def _failed(visit: Visit, failure: SignInFailed, where: str) -> Response:
    again = Way(f"/sign-in?next={where}", "Try again")
    start = Way("/", "Go to the start page")
    return problem(visit, 400, "You are not signed in", str(failure), again, start, code=failure.code)
