"""Registering apps, and their secrets.

A secret is 256 random bits that we made, so a fast salted hash keeps it: a password hash would protect
nothing more and cost 250 ms a request.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from accounts.models import Brand
from auth_flows.models import Client
from auth_flows.models.client import ApplicationType
from auth_flows.oidc.scopes import EMAIL, OPENID, PROFILE
from ciam.lib.crypto import new_token


def create_client(
    brand: Brand,
    name: str,
    *,
    redirect_uris: Iterable[str] = (),
    post_logout_redirect_uris: Iterable[str] = (),
    scopes: Iterable[str] = (OPENID, PROFILE, EMAIL),
    public: bool = False,
    application_type: ApplicationType = ApplicationType.WEB,
    grant_type: str = Client.GRANT_AUTHORIZATION_CODE,
    algorithm: str = "",
    first_party: bool = False,
    least_level: int = 1,
    require_pkce: bool = True,
) -> tuple[Client, str]:
    """A new app and its secret, which is shown here and never again ("" for a public one).

    Raises ValidationError for what an app may not be registered with.
    """
    client = Client(
        brand=brand,
        name=name,
        redirect_uris=" ".join(redirect_uris),
        post_logout_redirect_uris=" ".join(post_logout_redirect_uris),
        scopes=list(scopes),
        client_type=Client.CLIENT_PUBLIC if public else Client.CLIENT_CONFIDENTIAL,
        application_type=application_type,
        authorization_grant_type=grant_type,
        algorithm=algorithm,
        first_party=first_party,
        least_level=least_level,
        require_pkce=require_pkce,
    )
    secret = "" if public else new_token()
    client.client_secret = hashed(secret) if secret else ""
    client.full_clean()
    client.save(force_insert=True)
    return client, secret


def renew_secret(client: Client) -> str:
    """A new secret in place of the old one, which is dead at once."""
    secret = new_token()
    client.client_secret = hashed(secret)
    client.save(update_fields=["client_secret", "updated"])
    return secret


def hashed(secret: str, salt: str | None = None) -> str:
    salt = salt or secrets.token_hex(16)
    return f"{salt}${hashlib.sha256(f'{salt}${secret}'.encode()).hexdigest()}"


def check_secret(client: Client, secret: str) -> bool:
    salt, _dollar, kept = client.client_secret.partition("$")
    return bool(kept) and hmac.compare_digest(hashed(secret, salt), client.client_secret)
