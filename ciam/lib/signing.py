"""Signed tokens (RFC 7519) with our keys."""

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from ciam.lib.keys import ALGORITHMS, keyring

LONGEST = 8_192


class NotOurs(Exception):
    """The token is not one that this installation signed with a key it still publishes."""


def sign(claims: dict[str, Any], algorithm: str, *, typ: str = "JWT") -> str:
    """A compact JWS of `claims` by the present key of `algorithm` ("ES256", "RS256")."""
    key = keyring().signing[algorithm]
    return jwt.encode({"alg": algorithm, "kid": key.kid, "typ": typ}, claims, key, algorithms=[algorithm])


def read(token: str, *, typ: str) -> dict[str, Any]:
    """The claims of a token of ours that was made as a `typ` (RFC 8725, 3.11: one kind is never another).

    The key is looked up by `kid` among ours alone; what a header says of keys elsewhere (`jku`, `jwk`, `x5u`)
    is not followed. The token's age is for the caller to judge.
    """
    if len(token) > LONGEST:
        raise NotOurs("The token is too long.")
    try:
        decoded = jwt.decode(token, keyring().published, algorithms=list(ALGORITHMS))
    # Whatever is sent here comes from anywhere: a header that is a list, a number or nested without end.
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotOurs(type(error).__name__) from error
    if decoded.header.get("typ") != typ:
        raise NotOurs(f"The token is no {typ}.")
    return dict(decoded.claims)
