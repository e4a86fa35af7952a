"""A code for tokens, and a token for what it opens (RFC 6749, section 4.1.3; OpenID Connect Core, 5.3)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

import httpx

from demo.shop.asking import CiamOdd, ask, in_json
from demo.shop.facts import Client
from demo.shop.oidc.failed import SignInFailed
from demo.shop.oidc.provider import Metadata
from demo.shop.shapes import ShapeError, text


@dataclass(frozen=True)
class Tokens:
    id_token: str
    access_token: str


def tokens_for(
    http: httpx.Client, metadata: Metadata, client: Client, *, code: str, redirect_uri: str, verifier: str
) -> Tokens:
    """Raises SignInFailed, CiamAway, CiamOdd."""
    answer = ask(
        http,
        "POST",
        metadata.token_endpoint,
        headers={"Accept": "application/json", "Authorization": _basic(client)},
        form={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        },
    )
    if answer.status_code in (400, 401):
        raise SignInFailed(
            _error(answer), "The code could not be redeemed. It is good for a short time, once."
        )
    told = in_json(answer)
    try:
        return Tokens(text(told, "id_token"), text(told, "access_token"))
    except ShapeError as exc:
        raise CiamOdd(f"The CIAM's tokens are incomplete: {exc}.") from exc


def userinfo(http: httpx.Client, metadata: Metadata, access_token: str, sub: str) -> Mapping[str, object]:
    """Name and e-mail as the scopes allow; nothing where the CIAM has no such endpoint."""
    if not metadata.userinfo_endpoint:
        return {}
    bearer = {"Authorization": f"Bearer {access_token}"}
    told = in_json(ask(http, "GET", metadata.userinfo_endpoint, headers=bearer))
    # Section 5.3.2: otherwise a swapped token would show somebody else's name.
    if told.get("sub") != sub:
        raise SignInFailed("wrong_subject", "The CIAM told us about somebody else.")
    return told


def _basic(client: Client) -> str:
    """RFC 6749, section 2.3.1: both parts form-encoded first."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _error(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return "token_error"
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, str) else "token_error"
