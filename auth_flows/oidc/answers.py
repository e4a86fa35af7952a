"""What goes back to the app by way of the browser."""

import datetime as dt

from django.conf import settings

from auth_flows.models import BrowserSession, Grant
from auth_flows.oidc import lifetimes
from auth_flows.oidc.checks import known_client, redirect_uri
from auth_flows.oidc.redirects import origin_of, with_answer
from auth_flows.oidc.refusals import Refused
from auth_flows.oidc.requests import AuthorizationRequest, refusal
from auth_flows.sessions import proofs_of
from ciam.lib.crypto import new_token, token_hash


def give_code(asked: AuthorizationRequest, session: BrowserSession, now: dt.datetime) -> str:
    """Where to send the browser, with a code for what its session has proven (RFC 6749, 4.1.2; RFC 9207, 2).

    Between request and answer a person has walked through pages: raises RefusedHere where the app went out
    of use or gave up the address meanwhile.
    """
    client = known_client.usable(asked.client)
    redirect_uri.trusted(asked.redirect_uri, client)
    code = new_token()
    Grant.objects.create(
        code=token_hash(code),
        application=client,
        user_id=session.account_id,
        session=session,
        proofs=[proof.as_json() for proof in proofs_of(session, now)],
        epoch=session.epoch,
        redirect_uri=asked.redirect_uri,
        scope=" ".join(asked.scopes),
        nonce=asked.nonce,
        code_challenge=asked.code_challenge,
        code_challenge_method=asked.code_challenge_method,
        expires=now + lifetimes.CODE,
    )
    answer = {"code": code, "state": asked.state, "iss": settings.BASE_URL}
    return with_answer(asked.redirect_uri, answer)


def refuse(asked: AuthorizationRequest, error: str, description: str) -> str:
    """Where to send the browser, with an error of the protocol and a plain sentence."""
    return refusal(asked.redirect_uri, Refused(error, description), asked.state)


def origin(asked: AuthorizationRequest) -> str:
    """What a page's `form-action` must allow, so that its form may end at the app."""
    return origin_of(asked.redirect_uri)
