"""Our access tokens as a credential at doors that know nothing of apps: the settings name this class."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.access import Bearer
from accounts.models import Realm
from auth_flows.oidc.access_tokens import Living, bearer, living


class AccessTokens(BaseAuthentication):
    """Tells the Bearer of a token that stands now. There is no user: no permission of Django's counts.

    What isn't shaped like a token of ours is left to others, without a query.
    """

    def authenticate(self, request: Request) -> tuple[None, Bearer] | None:
        text = bearer(request._request)
        if text.count(".") != 2:
            return None
        found = living(text, timezone.now())
        if found is None or _is_operators(found):
            raise AuthenticationFailed("The token is not valid, or has ended.")
        return None, Bearer(
            client_id=found.token.client_id,
            brand_id=found.client.brand_id,
            # Nothing that the app has lost since.
            scopes=frozenset(found.token.scopes).intersection(found.client.scopes),
            account_id=found.session.account_id if found.session else None,
        )

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _is_operators(found: Living) -> bool:
    """No door of customers may ever touch an operator."""
    return found.session is not None and found.session.account.realm == Realm.OPERATOR
