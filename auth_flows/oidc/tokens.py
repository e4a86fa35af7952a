"""What the token endpoint gives (RFC 6749, 5.1)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from auth_flows.assurance import Proof
from auth_flows.models import BrowserSession, Client
from auth_flows.oidc import access_tokens, id_tokens, lifetimes
from auth_flows.oidc.access_tokens import Source
from auth_flows.oidc.scopes import OPENID


@dataclass(frozen=True)
class Tokens:
    access_token: str
    scopes: tuple[str, ...]
    id_token: str = ""
    refresh_token: str = ""

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": int(lifetimes.ACCESS_TOKEN.total_seconds()),
            "scope": " ".join(self.scopes),
        }
        if self.id_token:
            said["id_token"] = self.id_token
        if self.refresh_token:
            said["refresh_token"] = self.refresh_token
        return said


def for_person(
    client: Client,
    session: BrowserSession,
    proofs: Sequence[Proof],
    scopes: tuple[str, ...],
    source: Source,
    now: dt.datetime,
    *,
    nonce: str = "",
    refresh_token: str = "",
) -> Tokens:
    access = access_tokens.issue(client, session.account.subject(), scopes, now, source)
    identity = id_tokens.issue(client, session, proofs, access, now, nonce) if OPENID in scopes else ""
    return Tokens(access, scopes, identity, refresh_token)
