"""Which app calls (RFC 6749, 2.3)."""

import base64
import binascii
import datetime as dt
from dataclasses import dataclass
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest

from auth_flows.models import Client
from auth_flows.oidc.clients import check_secret
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused
from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, hit

METHODS = ("client_secret_basic", "client_secret_post")
METHOD_OF_PUBLIC = "none"

FAILURES = Limit("client authentication", most=30, seconds=60)
"""Of one address. Only failures count and only they are turned away: nobody can lock an app out, and a secret
of 256 bits is not found by trying. It is the noise that is bounded."""


@dataclass(frozen=True)
class Presented:
    client_id: str
    secret: str | None


class _Unproven(Exception):
    pass


def authenticate(request: HttpRequest, said: Parameters, now: dt.datetime, *, public: bool = True) -> Client:
    """The app that calls; raises Refused (`invalid_client`). `public`: whether one without a secret may."""
    try:
        presented = _presented(request, said)
        client = Client.objects.by_client_id(presented.client_id)
        if client is None or not client.is_active or not _proves(client, presented, public):
            raise _Unproven
    except _Unproven:
        raise _failure(request, now) from None
    return client


def is_anonymous(request: HttpRequest, said: Parameters) -> bool:
    """Whether nobody is named at all."""
    named = ("client_id", "client_secret", "client_assertion")
    return "Authorization" not in request.headers and not any(said.get(name) for name in named)


def _presented(request: HttpRequest, said: Parameters) -> Presented:
    """RFC 6749, 2.3: by one method alone."""
    header = request.headers.get("Authorization", "")
    if said.get("client_assertion") or said.get("client_assertion_type"):
        raise _Unproven
    if not header:
        return Presented(said.get("client_id"), said.get("client_secret") or None)
    presented = _basic(header)
    if said.get("client_secret") or said.get("client_id") not in ("", presented.client_id):
        raise _Unproven
    return presented


def _basic(header: str) -> Presented:
    """RFC 7617, 2; RFC 6749, 2.3.1: both parts are form-encoded first."""
    scheme, _space, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise _Unproven
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise _Unproven from None
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise _Unproven
    return Presented(unquote_plus(client_id), unquote_plus(secret))


def _proves(client: Client, presented: Presented, public: bool) -> bool:
    if client.is_public:
        return public and not presented.secret
    return presented.secret is not None and check_secret(client, presented.secret)


def _failure(request: HttpRequest, now: dt.datetime) -> Refused:
    """RFC 6749, 5.2."""
    try:
        hit(FAILURES, network_of(request), now)
    except TooMany as limit:
        sentence = "Too many failed attempts from this address."
        return Refused("invalid_client", sentence, 429, {"Retry-After": str(limit.after)})
    challenge = {"WWW-Authenticate": f'Basic realm="{settings.BASE_URL}"'}
    return Refused("invalid_client", "The app could not be authenticated.", 401, challenge)
