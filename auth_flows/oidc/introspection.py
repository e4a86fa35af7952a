"""Whether a token stands (RFC 7662). An app learns it of its own tokens; of others, that they do not."""

import datetime as dt

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from auth_flows.models import Client
from auth_flows.oidc import refresh_tokens
from auth_flows.oidc.access_tokens import living
from auth_flows.oidc.client_authentication import authenticate
from auth_flows.oidc.endpoint import answer, endpoint
from auth_flows.oidc.grants import refresh_token
from auth_flows.oidc.parameters import of_form
from auth_flows.oidc.refusals import Refused

INACTIVE: dict[str, object] = {"active": False}
"""RFC 7662, 2.2: and not why."""


@endpoint("POST")
def introspect(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    said = of_form(request)
    client = authenticate(request, said, now, public=False)
    text = said.get("token")
    if not text:
        raise Refused("invalid_request", "The token is missing.")
    is_jwt = "." in text
    return answer(_of_access_token(text, client, now) if is_jwt else _of_refresh_token(text, client, now))


def _of_access_token(text: str, client: Client, now: dt.datetime) -> dict[str, object]:
    found = living(text, now)
    if found is None or found.client.pk != client.pk:
        return INACTIVE
    token = found.token
    return {
        "active": True,
        "iss": settings.BASE_URL,
        "aud": settings.BASE_URL,
        "sub": token.subject,
        "client_id": token.client_id,
        "scope": " ".join(token.scopes),
        "token_type": "Bearer",
        "iat": token.issued_at,
        "exp": token.expires_at,
        "jti": str(token.id),
    }


def _of_refresh_token(text: str, client: Client, now: dt.datetime) -> dict[str, object]:
    token = refresh_tokens.find(text)
    session = refresh_token.standing(token, client, now) if token and token.revoked is None else None
    if token is None or session is None:
        return INACTIVE
    return {
        "active": True,
        "iss": settings.BASE_URL,
        "sub": session.account.subject(),
        "client_id": client.client_id,
        "scope": token.scope,
        "exp": int(token.expires.timestamp()),
    }
