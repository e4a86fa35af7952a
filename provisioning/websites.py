"""A brand's websites and their tokens: who is at the door, and what they may do."""

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.access import SCIM, SCIM_ME, Bearer
from accounts.events import Actor
from accounts.models import Brand, Source
from accounts.profiles import Said
from ciam.lib.crypto import new_token, token_hash
from provisioning.models import Scope, Website, WebsiteToken
from provisioning.models.website import known_tokens

PREFIX = "ciam_site_"
# RFC 6750, section 2.1.
BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
# Exactly what `issue_token` gives out.
ISSUED = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


class UnknownCaller(Exception):
    """No token, or one that is unknown, expired or of a website that is switched off: never told which."""

    def __init__(self, *, presented: bool) -> None:
        super().__init__("A valid token is needed.")
        self.presented = presented

    def challenge(self, realm: str) -> str:
        """The value of WWW-Authenticate (RFC 6750, section 3)."""
        return f'Bearer realm="{realm}"' + (', error="invalid_token"' if self.presented else "")


class NotAdmitted(Exception):
    """A valid access token that doesn't open this door. The sentence is for whoever runs the app."""

    def __init__(self, sentence: str, scope: str) -> None:
        super().__init__(sentence)
        self.scope = scope

    def challenge(self, realm: str) -> str:
        """RFC 6750, section 3.1."""
        return f'Bearer realm="{realm}", error="insufficient_scope", scope="{self.scope}"'


@dataclass(frozen=True)
class Caller:
    """A website at the door, with what its token may do; or a person there by the website's app."""

    website: Website
    brand: Brand
    scopes: frozenset[str]
    person: uuid.UUID | None = None
    """The account whose own token it is: it opens `/Me` and nothing else. None: the website itself."""

    @property
    def actor(self) -> Actor:
        if self.person:
            return Actor("customer", str(self.person))
        return Actor("website", str(self.website.pk))

    def said(self, now: dt.datetime) -> Said:
        """As whose word the values count that it sends."""
        if self.person:
            return Said(Source.CUSTOMER, "", now)
        return Said(Source.WEBSITE, str(self.website.pk), now)


def issue_token(
    website: Website, name: str, scopes: Iterable[Scope], expires_at: dt.datetime | None = None
) -> str:
    """A new token, readable this once: only its hash is kept."""
    token, hash = fresh_token()
    WebsiteToken.objects.create(
        website=website, name=name, hash=hash, scopes=sorted(scopes), expires_at=expires_at
    )
    return token


def fresh_token() -> tuple[str, str]:
    """(the token, what is kept of it)."""
    token = PREFIX + new_token()
    return token, token_hash(token)


def authenticate(header: str | None, now: dt.datetime) -> Caller:
    """Who is at the door, by the Authorization header; raises UnknownCaller and NotAdmitted.

    One query now and then for a website's token, two for an app's, none for what can't be a token.
    """
    match = BEARER.fullmatch(header or "")
    if match is None or header is None:
        raise UnknownCaller(presented=bool(header))
    if match[1].startswith(PREFIX):
        return _by_website_token(match[1], now)
    return _by_access_token(_bearer(header))


def _by_website_token(text: str, now: dt.datetime) -> Caller:
    if not ISSUED.fullmatch(text):
        raise UnknownCaller(presented=True)
    hash = token_hash(text)
    token = known_tokens.get(hash, lambda: _read_token(hash))
    if token is None or not token.website.is_active or (token.expires_at and token.expires_at <= now):
        raise UnknownCaller(presented=True)
    return Caller(token.website, token.website.brand, frozenset(token.scopes))


def _read_token(hash: str) -> WebsiteToken | None:
    return WebsiteToken.objects.select_related("website__brand", "website__purpose").filter(hash=hash).first()


def _bearer(header: str) -> Bearer:
    """Whoever judges the token sees the header alone: whatever is configured, a cookie is no credential."""
    bare = HttpRequest()
    bare.META["HTTP_AUTHORIZATION"] = header
    request = Request(bare)
    for name in settings.SCIM_TOKEN_AUTHENTICATION:
        try:
            found = import_string(name)().authenticate(request)
        except AuthenticationFailed:
            break
        if found and isinstance(found[1], Bearer):
            return found[1]
    raise UnknownCaller(presented=True)


def _by_access_token(bearer: Bearer) -> Caller:
    needed = SCIM_ME if bearer.account_id else SCIM
    if needed not in bearer.scopes:
        raise NotAdmitted(f"The token has no scope “{needed}”.", needed)
    website = (
        Website.objects.select_related("brand", "purpose")
        .filter(client_id=bearer.client_id, brand=bearer.brand_id, is_active=True)
        .first()
    )
    if website is None:
        raise NotAdmitted("No website of the brand is registered for this app.", needed)
    scopes = frozenset() if bearer.account_id else frozenset(website.client_scopes)
    return Caller(website, website.brand, scopes, bearer.account_id)
