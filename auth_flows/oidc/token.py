"""The token endpoint (RFC 6749, 3.2)."""

import datetime as dt
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from auth_flows.models import Client
from auth_flows.oidc.client_authentication import authenticate, is_anonymous
from auth_flows.oidc.endpoint import answer, endpoint
from auth_flows.oidc.grants import authorization_code, client_credentials, refresh_token
from auth_flows.oidc.parameters import Parameters, of_form
from auth_flows.oidc.refusals import Refused
from auth_flows.oidc.tokens import Tokens

GRANTS: dict[str, Callable[[Parameters, Client, dt.datetime], Tokens]] = {
    "authorization_code": authorization_code.redeem,
    "refresh_token": refresh_token.refresh,
    "client_credentials": client_credentials.issue,
}


@endpoint("POST", browsers=True)
def token(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    said = of_form(request)
    name = said.get("grant_type")
    if not name:
        raise Refused("invalid_request", "The grant_type is missing.")
    if name not in GRANTS:
        raise Refused("unsupported_grant_type", "This grant_type is not supported.")
    if name == "refresh_token" and is_anonymous(request, said):
        # RFC 6749, 6: the token of an app without a secret is bound to it by its name alone.
        raise refresh_token.refused()
    client = authenticate(request, said, now)
    if name not in client.grant_types:
        raise Refused("unauthorized_client", "This app is not registered for this grant_type.")
    return answer(GRANTS[name](said, client, now).as_json())
