"""A refresh token for new tokens (RFC 6749, 6; OpenID Connect Core, 12)."""

import datetime as dt

from auth_flows.assurance import Proof
from auth_flows.models import BrowserSession, Client, RefreshToken
from auth_flows.oidc import refresh_tokens
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused
from auth_flows.oidc.scopes import OFFLINE_ACCESS
from auth_flows.oidc.standing import standing_session
from auth_flows.oidc.tokens import Tokens, for_person


def refresh(said: Parameters, client: Client, now: dt.datetime) -> Tokens:
    if not said.get("refresh_token"):
        raise Refused("invalid_request", "The refresh_token is missing.")
    token = refresh_tokens.find(said.get("refresh_token"))
    if token is None:
        raise refused()
    session = standing(token, client, now)
    if session is None:
        raise refused()
    scopes = _scopes(token, said, client)
    successor = refresh_tokens.exchange(token, now)
    if successor is None:
        raise refused()
    proofs = [Proof.from_json(stored) for stored in token.proofs]
    source = refresh_tokens.source_of(token)
    return for_person(client, session, proofs, scopes, source, now, refresh_token=successor)


def standing(token: RefreshToken, client: Client, now: dt.datetime) -> BrowserSession | None:
    """RFC 6749, 10.4: the app's own, in time, and all behind it stands."""
    if token.application_id != client.pk or token.expires <= now or OFFLINE_ACCESS not in client.scopes:
        return None
    source = refresh_tokens.source_of(token)
    return standing_session(
        source.session_id, epoch=source.epoch, client=client, given=[source.family], now=now
    )


def _scopes(token: RefreshToken, said: Parameters, client: Client) -> tuple[str, ...]:
    """RFC 6749, 6: less than was granted, or all of it; and nothing that the app has lost since."""
    granted = tuple(scope for scope in token.scope.split() if scope in client.scopes)
    asked = said.words("scope")
    if not set(asked) <= set(granted):
        raise Refused("invalid_scope", "The scope has a part that was not granted.")
    return asked or granted


def refused() -> Refused:
    return Refused("invalid_grant", "The refresh token is not valid for this app, or is used up.")
