"""Access tokens: signed JWTs (RFC 9068) of which no row is written.

Whoever checks one by its signature alone sees only when it expires. Userinfo, introspection and our own APIs
ask `living`, which sees at once that it was ended.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from auth_flows.models import BrowserSession, Client
from auth_flows.oidc import lifetimes
from auth_flows.oidc.standing import standing_service, standing_session
from ciam.lib import signing
from ciam.lib.ids import uuid7

TYPE = "at+jwt"
ALGORITHM = "ES256"


@dataclass(frozen=True)
class Source:
    """From what a person's token comes: session, account epoch and family of tokens."""

    session_id: uuid.UUID
    epoch: int
    family: uuid.UUID


@dataclass(frozen=True)
class AccessToken:
    """What a token of ours says. A service's own has no source."""

    id: uuid.UUID
    subject: str
    client_id: str
    scopes: tuple[str, ...]
    issued_at: int
    expires_at: int
    source: Source | None = None

    @property
    def ids(self) -> tuple[uuid.UUID, ...]:
        """By which it can be revoked."""
        return (self.id, self.source.family) if self.source else (self.id,)


@dataclass(frozen=True)
class Living:
    """A token that stands now, and for whom."""

    token: AccessToken
    client: Client
    session: BrowserSession | None


def issue(
    client: Client, subject: str, scopes: tuple[str, ...], now: dt.datetime, source: Source | None = None
) -> str:
    """RFC 9068, 2.2."""
    issued = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": settings.BASE_URL,
        "sub": subject,
        "aud": settings.BASE_URL,
        "client_id": client.client_id,
        "scope": " ".join(scopes),
        "iat": issued,
        "exp": issued + int(lifetimes.ACCESS_TOKEN.total_seconds()),
        "jti": str(uuid7()),
    }
    if source:
        claims |= {"sid": str(source.session_id), "epoch": source.epoch, "family": str(source.family)}
    return signing.sign(claims, ALGORITHM, typ=TYPE)


def read(text: str, now: dt.datetime) -> AccessToken | None:
    """RFC 9068, 4: ours, for us and not expired."""
    try:
        claims = signing.read(text, typ=TYPE)
    except signing.NotOurs:
        return None
    if claims["iss"] != settings.BASE_URL or claims["aud"] != settings.BASE_URL:
        return None
    if claims["exp"] <= now.timestamp():
        return None
    return AccessToken(
        id=uuid.UUID(claims["jti"]),
        subject=claims["sub"],
        client_id=claims["client_id"],
        scopes=tuple(claims["scope"].split()),
        issued_at=claims["iat"],
        expires_at=claims["exp"],
        source=Source(uuid.UUID(claims["sid"]), claims["epoch"], uuid.UUID(claims["family"]))
        if "sid" in claims
        else None,
    )


def living(text: str, now: dt.datetime) -> Living | None:
    """The token, if it and all behind it stands. One query."""
    token = read(text, now)
    if token is None:
        return None
    if token.source is None:
        service = standing_service(token.client_id, given=token.ids)
        return Living(token, service, None) if service else None
    client = Client.objects.by_client_id(token.client_id)
    if client is None or not client.is_active:
        return None
    session = standing_session(
        token.source.session_id, epoch=token.source.epoch, client=client, given=token.ids, now=now
    )
    return Living(token, client, session) if session else None


def bearer(request: HttpRequest) -> str:
    """RFC 6750, 2.1: in the header alone; one in an address or a form is none (RFC 9700, 4.3.2)."""
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""
