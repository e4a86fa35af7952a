"""ID tokens of others (OpenID Connect Core, 3.1.3.7), and other tokens that they sign."""

import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry
from joserfc.jws import extract_compact

from auth_flows.byoid.calls import Json
from auth_flows.byoid.identity import Trouble
from auth_flows.oidc.id_tokens import half_hash

ALGORITHMS = ("RS256", "ES256")
SKEW_S = 60
LONGEST = 16_384
LEAST_RSA_BITS = 2_048

FindKey = Callable[[object], Json]


def read(token: str, find_key: FindKey) -> tuple[Json, Json]:
    """(claims, the published key) of a token signed by an allowed algorithm. Raises Trouble.

    The key is looked up by `kid` among those that the provider publishes at its known address; what the
    header says of keys elsewhere (`jku`, `jwk`, `x5u`) is not followed.
    """
    if not 0 < len(token) <= LONGEST:
        raise Trouble("There is no token, or too long a one.")
    try:
        header = extract_compact(token.encode()).headers()
        if header.get("alg") not in ALGORITHMS or header.get("typ", "JWT") not in {"JWT", "jwt"}:
            raise Trouble("The token is of another kind, or signed by an algorithm that we don't take.")
        published = find_key(header.get("kid"))
        if published.get("alg", header["alg"]) != header["alg"]:
            raise Trouble("The key is for another algorithm.")
        public = {name: value for name, value in published.items() if name not in {"d", "p", "q", "k"}}
        claims = jwt.decode(token, JWKRegistry.import_key(public), algorithms=[header["alg"]]).claims
    # Whatever comes from elsewhere may be nested without end, or no text at all.
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Trouble(type(error).__name__) from error
    if published.get("kty") == "RSA" and len(str(published.get("n", ""))) * 6 < LEAST_RSA_BITS - 16:
        raise Trouble("The key is too short.")
    return dict(claims), published


def check(
    claims: Mapping[str, Any],
    *,
    client_id: str,
    nonce: str,
    wants_nonce: bool,
    access_token: str = "",
    fresh_after: float | None = None,
) -> None:
    """Everything but the issuer, of which kinds have their own ideas. Raises Trouble."""
    now = time.time()
    if claims.get("aud") not in (client_id, [client_id]):
        raise Trouble("The token is for somebody else.")
    if claims.get("azp", client_id) != client_id:
        raise Trouble("The token was given to somebody else.")
    if not _number(claims.get("exp")) or claims["exp"] <= now - SKEW_S:
        raise Trouble("The token has expired.")
    if not _number(claims.get("iat")) or claims["iat"] > now + SKEW_S:
        raise Trouble("The token is from the future.")
    if _number(claims.get("nbf")) and claims["nbf"] > now + SKEW_S:
        raise Trouble("The token is not valid yet.")
    said = claims.get("nonce")
    if said is None and wants_nonce:
        raise Trouble("The token has no nonce.")
    if said is not None and not hmac.compare_digest(str(said).encode(), nonce.encode()):
        raise Trouble("The token is of another visit.")
    if claims.get("at_hash") is not None and claims["at_hash"] != half_hash(access_token):
        raise Trouble("The token belongs to another access token.")
    proven = claims.get("auth_time")
    if fresh_after is not None and _number(proven) and float(str(proven)) < fresh_after - SKEW_S:
        raise Trouble("The person did not prove anew there.")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
