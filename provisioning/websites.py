"""A brand's websites and their tokens: who is at the door, and what they may do."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from accounts.events import Actor
from accounts.models import Brand
from ciam.lib.crypto import new_token, token_hash
from provisioning.models import Scope, Website, WebsiteToken

PREFIX = "ciam_site_"
# RFC 6750, section 2.1; what follows the scheme is exactly what `issue_token` gives out.
BEARER = re.compile(rf"bearer +({PREFIX}[A-Za-z0-9_-]{{43}})", re.IGNORECASE)


class UnknownCaller(Exception):
    """No token, or one that is unknown, expired or of a website that is switched off: never told which."""

    def __init__(self, *, presented: bool) -> None:
        super().__init__("A valid website token is needed.")
        self.presented = presented

    def challenge(self, realm: str) -> str:
        """The value of WWW-Authenticate (RFC 6750, section 3)."""
        return f'Bearer realm="{realm}"' + (', error="invalid_token"' if self.presented else "")


@dataclass(frozen=True)
class Caller:
    """A website at the door, with what its token may do."""

    website: Website
    brand: Brand
    scopes: frozenset[str]

    @property
    def actor(self) -> Actor:
        return Actor("website", str(self.website.pk))


def issue_token(
    website: Website, name: str, scopes: Iterable[Scope], expires_at: dt.datetime | None = None
) -> str:
    """A new token, readable this once: only its hash is kept."""
    token = PREFIX + new_token()
    WebsiteToken.objects.create(
        website=website, name=name, hash=token_hash(token), scopes=sorted(scopes), expires_at=expires_at
    )
    return token


def authenticate(header: str | None, now: dt.datetime) -> Caller:
    """Whose token the Authorization header carries; raises UnknownCaller. One query, and none for what
    can't be a token."""
    match = BEARER.fullmatch(header or "")
    if match is None:
        raise UnknownCaller(presented=bool(header))
    token = (
        WebsiteToken.objects.select_related("website__brand")
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), website__is_active=True)
        .filter(hash=token_hash(match[1]))
        .first()
    )
    if token is None:
        raise UnknownCaller(presented=True)
    return Caller(token.website, token.website.brand, frozenset(token.scopes))
