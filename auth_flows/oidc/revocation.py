"""Ending a token (RFC 7009). A refresh token ends with its family, access tokens included."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from auth_flows.models import Client
from auth_flows.oidc import access_tokens, refresh_tokens
from auth_flows.oidc.client_authentication import authenticate
from auth_flows.oidc.endpoint import answer, endpoint
from auth_flows.oidc.parameters import of_form
from auth_flows.oidc.refusals import Refused
from auth_flows.oidc.standing import revoke


@endpoint("POST", browsers=True)
def revoke_token(request: HttpRequest) -> HttpResponse:
    """RFC 7009, 2.2: a token that is none is as good as ended."""
    now = timezone.now()
    said = of_form(request)
    client = authenticate(request, said, now)
    text = said.get("token")
    if not text:
        raise Refused("invalid_request", "The token is missing.")
    _end_access_token(text, client, now) if "." in text else _end_family(text, client)
    return answer({})


def _end_access_token(text: str, client: Client, now: dt.datetime) -> None:
    token = access_tokens.read(text, now)
    if token is not None:
        _must_be_own(token.client_id == client.client_id)
        revoke(token.id, until=dt.datetime.fromtimestamp(token.expires_at, dt.UTC))


def _end_family(text: str, client: Client) -> None:
    token = refresh_tokens.find(text)
    if token is not None:
        _must_be_own(token.application_id == client.pk)
        refresh_tokens.end_family(token)


def _must_be_own(own: bool) -> None:
    """RFC 7009, 2.1."""
    if not own:
        raise Refused("invalid_request", "The token was given to another app.")
