"""How a receiver knows who sent it something: by the signature of a webhook, or of a security event.

https://www.standardwebhooks.com, RFC 8417 (tokens), RFC 8935 (how they come)
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from demo.sandbox.shapes import JsonObject, an_object, parse

TOLERANCE_S = 300
LOOK_UP_S = 2.0


@dataclass(frozen=True)
class Refused(Exception):
    """`code` is of RFC 8935, section 2.4, where a token is refused."""

    code: str
    message: str


def check_webhook(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raises Refused. Any of the signatures may be by any of the secrets: they change at different times."""
    named = {name.lower(): value for name, value in headers.items()}
    message_id, moment = named["webhook-id"], named["webhook-timestamp"]
    if not moment.isdigit() or abs(now - int(moment)) > TOLERANCE_S:
        raise Refused("too_old", "webhook-timestamp is more than five minutes from now.")
    signed = f"{message_id}.{moment}.".encode() + body
    said = [one.removeprefix("v1,") for one in named["webhook-signature"].split() if one.startswith("v1,")]
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        if any(hmac.compare_digest(expected, one) for one in said):
            return
    raise Refused("bad_signature", "None of the signatures is by a secret that we know.")


@dataclass(frozen=True)
class Trust:
    """Whose tokens are accepted, under which name of ours. Without keys an issuer on this machine is asked
    for those that it publishes."""

    audience: str
    issuer: str = ""
    keys: KeySet | None = None


def read_token(trust: Trust, body: bytes) -> JsonObject:
    """The claims of a security event token; raises Refused."""
    text = body.decode("ascii", "replace")
    claims = _verified(text, trust.keys or _published(text))
    if trust.issuer and claims.get("iss") != trust.issuer:
        raise Refused("invalid_issuer", "The issuer is not the one that was agreed.")
    if claims.get("aud") not in (trust.audience, [trust.audience]):
        raise Refused("invalid_audience", f"The audience must be {trust.audience}.")
    if (
        not isinstance(claims.get("jti"), str)
        or not isinstance(claims.get("events"), dict)
        or "exp" in claims
    ):
        raise Refused("invalid_request", "A security event token has jti and events, and no exp.")
    return claims


def _verified(text: str, keys: KeySet) -> JsonObject:
    try:
        token = jwt.decode(text, keys, algorithms=["ES256", "RS256"])
    except (JoseError, ValueError, KeyError, TypeError) as exc:
        raise Refused("invalid_key", "The signature is by no key that we know.") from exc
    if token.header.get("typ") != "secevent+jwt":
        raise Refused("invalid_request", "The token is no security event token.")
    return dict(token.claims)


def _published(text: str) -> KeySet:
    """Asked of an issuer on this machine only: a sandbox follows nobody's address elsewhere."""
    try:
        issuer = str(_unverified(text)["iss"])
        if urlsplit(issuer).hostname not in {"localhost", "127.0.0.1"}:
            raise Refused("invalid_issuer", "No keys were agreed for this issuer.")
        found = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=LOOK_UP_S).json()
        return KeySet.import_key_set(httpx.get(found["jwks_uri"], timeout=LOOK_UP_S).json())
    except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as exc:
        raise Refused("invalid_key", "The keys of the issuer can't be read.") from exc


def _unverified(text: str) -> JsonObject:
    payload = [*text.split("."), ""][1]
    return an_object(parse(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
