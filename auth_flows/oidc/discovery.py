"""What programs must know of us (OpenID Connect Discovery 1.0, 3; RFC 8414, 2): only what is live."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from auth_flows.assurance import ACR
from auth_flows.oidc import claims, id_tokens
from auth_flows.oidc.checks import pkce, response_mode, response_type
from auth_flows.oidc.client_authentication import METHOD_OF_PUBLIC, METHODS
from auth_flows.oidc.endpoint import endpoint
from auth_flows.oidc.scopes import OF_PERSONS, OF_SERVICES
from auth_flows.oidc.token import GRANTS
from ciam.lib.keys import keyring

PROMPTS = ("none", "login", "create")

# Far less than the time for which a coming key is published ahead.
CACHED = "public, max-age=900"


@endpoint("GET", "HEAD", browsers=True)
def configuration(request: HttpRequest) -> HttpResponse:
    return JsonResponse(metadata(), headers={"Cache-Control": CACHED})


@endpoint("GET", "HEAD", browsers=True)
def jwks(request: HttpRequest) -> HttpResponse:
    """RFC 7517, 5: public halves only."""
    return JsonResponse(keyring().public, headers={"Cache-Control": CACHED})


@cache
def metadata() -> dict[str, object]:
    return {
        "issuer": settings.BASE_URL,
        "authorization_endpoint": _address("oidc-authorize"),
        "token_endpoint": _address("oidc-token"),
        "userinfo_endpoint": _address("oidc-userinfo"),
        "jwks_uri": _address("oidc-jwks"),
        "revocation_endpoint": _address("oidc-revoke"),
        "introspection_endpoint": _address("oidc-introspect"),
        "end_session_endpoint": _address("oidc-logout"),
        "scopes_supported": [*OF_PERSONS, *OF_SERVICES],
        "response_types_supported": list(response_type.SUPPORTED),
        "response_modes_supported": list(response_mode.SUPPORTED),
        "grant_types_supported": list(GRANTS),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(id_tokens.ALGORITHMS),
        "token_endpoint_auth_methods_supported": [*METHODS, METHOD_OF_PUBLIC],
        "revocation_endpoint_auth_methods_supported": [*METHODS, METHOD_OF_PUBLIC],
        "introspection_endpoint_auth_methods_supported": list(METHODS),
        "code_challenge_methods_supported": list(pkce.METHODS),
        "claim_types_supported": ["normal"],
        "claims_supported": [*id_tokens.CLAIMS, *claims.SUPPORTED],
        "acr_values_supported": list(ACR.values()),
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": [code for code, _name in settings.LANGUAGES],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def _address(name: str) -> str:
    return f"{settings.BASE_URL}{reverse(name)}"
