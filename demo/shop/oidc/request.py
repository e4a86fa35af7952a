"""The request that sends a browser to the CIAM (OpenID Connect Core, section 3.1.2.1)."""

import base64
import hashlib
import secrets
from urllib.parse import urlencode

from demo.shop.facts import Client
from demo.shop.oidc.provider import Metadata

CREATE = "create"


def new_nonce() -> str:
    return secrets.token_urlsafe(32)


def new_verifier() -> str:
    """RFC 7636, section 4.1."""
    return secrets.token_urlsafe(48)


def challenge(verifier: str) -> str:
    """RFC 7636, section 4.2: S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorization_url(
    metadata: Metadata,
    client: Client,
    *,
    redirect_uri: str,
    state: str,
    nonce: str,
    verifier: str,
    register: bool,
) -> str:
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(client.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    # OpenID Connect Prompt Create 1.0; without it the hosted pages offer registration by themselves.
    if register and CREATE in metadata.prompts:
        asked["prompt"] = CREATE
    return with_query(metadata.authorization_endpoint, asked)


def with_query(url: str, asked: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"
