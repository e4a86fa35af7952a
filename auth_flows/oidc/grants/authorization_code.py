"""A code for tokens (RFC 6749, 4.1.3; OpenID Connect Core, 3.1.3)."""

import datetime as dt
import logging
from collections.abc import Callable

from auth_flows.assurance import Proof
from auth_flows.models import Client, Grant
from auth_flows.oidc import lifetimes, refresh_tokens
from auth_flows.oidc.access_tokens import Source
from auth_flows.oidc.checks.pkce import is_verified
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused
from auth_flows.oidc.scopes import OFFLINE_ACCESS
from auth_flows.oidc.standing import revoke, standing_session
from auth_flows.oidc.tokens import Tokens, for_person
from ciam.lib.crypto import token_hash

log = logging.getLogger(__name__)

Rule = Callable[[Grant, Parameters, Client, dt.datetime], bool]


def same_client(grant: Grant, said: Parameters, client: Client, now: dt.datetime) -> bool:
    """RFC 6749, 4.1.3: given to the app that now brings it."""
    return bool(grant.application_id == client.pk)


def not_expired(grant: Grant, said: Parameters, client: Client, now: dt.datetime) -> bool:
    """RFC 6749, 4.1.2."""
    return now < grant.expires


def same_redirect_uri(grant: Grant, said: Parameters, client: Client, now: dt.datetime) -> bool:
    """RFC 6749, 4.1.3: the one of the request, which every request has."""
    return bool(grant.redirect_uri == said.get("redirect_uri"))


def same_browser_flow(grant: Grant, said: Parameters, client: Client, now: dt.datetime) -> bool:
    """RFC 7636, 4.6."""
    return is_verified(grant.code_challenge, said.get("code_verifier"))


RULES: tuple[Rule, ...] = (same_client, not_expired, same_redirect_uri, same_browser_flow)


def redeem(said: Parameters, client: Client, now: dt.datetime) -> Tokens:
    """The code is burnt before anything else is asked: whoever brings it wrongly has found it somewhere."""
    grant = _used_once(said, now)
    if not all(rule(grant, said, client, now) for rule in RULES):
        raise _refused()
    assert grant.session_id is not None
    source = Source(grant.session_id, grant.epoch, grant.family)
    session = standing_session(
        source.session_id, epoch=source.epoch, client=client, given=[source.family], now=now
    )
    if session is None:
        raise _refused()
    scopes = tuple(grant.scope.split())
    refresh_token = ""
    if OFFLINE_ACCESS in scopes:
        refresh_token = refresh_tokens.begin(client, session, grant.proofs, grant.scope, source, now)
    proofs = [Proof.from_json(stored) for stored in grant.proofs]
    return for_person(
        client, session, proofs, scopes, source, now, nonce=grant.nonce, refresh_token=refresh_token
    )


def _used_once(said: Parameters, now: dt.datetime) -> Grant:
    """RFC 6749, 4.1.2: a code that comes twice ends what the first one gave."""
    if not said.get("code"):
        raise Refused("invalid_request", "The code is missing.")
    grant = Grant.objects.filter(code=token_hash(said.get("code"))).first()
    if grant is None:
        raise _refused()
    if not Grant.objects.filter(pk=grant.pk, used_at=None).update(used_at=now):
        log.warning("a code came twice: family %s of app %s is ended", grant.family, grant.application_id)
        revoke(grant.family, until=now + lifetimes.REFRESH_TOKEN)
        raise _refused()
    return grant


def _refused() -> Refused:
    """One answer for all reasons: which one it was would help only whoever has no right to the code."""
    return Refused(
        "invalid_grant", "The code is not valid for this app, address and verifier, or is used up."
    )
