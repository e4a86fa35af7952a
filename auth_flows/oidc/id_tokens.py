"""ID tokens (OpenID Connect Core, 2): what an app may know of this sign-in, signed as it was registered."""

import base64
import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from auth_flows.assurance import Proof, acr, amr, proven_at
from auth_flows.models import BrowserSession, Client
from auth_flows.oidc import lifetimes
from ciam.lib import signing

TYPE = "JWT"
ALGORITHMS = ("RS256", "ES256")
"""What an app may be registered with; the first where it says nothing (Dynamic Registration 1.0, 2)."""

CLAIMS = ("iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "acr", "amr", "sid", "nonce", "at_hash")


@dataclass(frozen=True)
class Hint:
    """An ID token that an app sends back: of which sign-in it spoke, and to which app."""

    client: Client
    session_id: uuid.UUID
    subject: str


def issue(
    client: Client,
    session: BrowserSession,
    proofs: Sequence[Proof],
    access_token: str,
    now: dt.datetime,
    nonce: str = "",
) -> str:
    """`proofs` are those of the time when the code was given: a refreshed token doesn't grow better."""
    algorithm, issued, at = client.algorithm or ALGORITHMS[0], int(now.timestamp()), proven_at(proofs)
    claims: dict[str, object] = {
        "iss": settings.BASE_URL,
        "sub": session.account.subject(),
        "aud": client.client_id,
        "azp": client.client_id,
        "exp": issued + int(lifetimes.ID_TOKEN.total_seconds()),
        "iat": issued,
        "acr": acr(proofs),
        "amr": amr(proofs),
        "sid": str(session.pk),
        "at_hash": half_hash(access_token),
    }
    if at:
        claims["auth_time"] = int(at.timestamp())
    if nonce:
        claims["nonce"] = nonce
    return signing.sign(claims, algorithm, typ=TYPE)


def half_hash(token: str) -> str:
    """`at_hash` (OpenID Connect Core, 3.1.3.6): both our algorithms hash by SHA-256."""
    half = hashlib.sha256(token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def read_hint(text: str) -> Hint | None:
    """RP-Initiated Logout, 4: one of ours, to an app that still is. It may have expired long ago."""
    try:
        claims = signing.read(text, typ=TYPE)
        if claims["iss"] != settings.BASE_URL:
            return None
        client = Client.objects.by_client_id(claims["aud"])
        session_id = uuid.UUID(claims["sid"])
    except (signing.NotOurs, KeyError, ValueError):
        return None
    return Hint(client, session_id, claims["sub"]) if client and client.is_active else None
