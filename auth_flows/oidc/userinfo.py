"""The userinfo endpoint (OpenID Connect Core, 5.3)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from auth_flows.oidc import claims
from auth_flows.oidc.access_tokens import bearer, living
from auth_flows.oidc.endpoint import answer, endpoint
from auth_flows.oidc.refusals import Refused
from auth_flows.oidc.scopes import OPENID


@endpoint("GET", "POST", browsers=True)
def userinfo(request: HttpRequest) -> HttpResponse:
    text = bearer(request)
    if not text:
        # RFC 6750, 3.1: who brought nothing is told no reason.
        raise _refused("invalid_token", "A bearer token is needed, in the Authorization header.", "Bearer")
    found = living(text, timezone.now())
    if found is None:
        raise _refused("invalid_token", "The token is not valid, or has ended.")
    if found.session is None or OPENID not in found.token.scopes:
        raise _refused("insufficient_scope", "The token does not have the scope openid.", status=403)
    account = found.session.account
    return answer({"sub": account.subject(), **claims.of_person(account, found.token.scopes)})


def _refused(error: str, sentence: str, challenge: str = "", status: int = 401) -> Refused:
    """RFC 6750, 3."""
    challenge = challenge or f'Bearer error="{error}", error_description="{sentence}"'
    return Refused(error, sentence, status, {"WWW-Authenticate": challenge})
