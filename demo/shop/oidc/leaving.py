"""The address that ends the session at the CIAM (OpenID Connect RP-Initiated Logout 1.0)."""

from demo.shop.oidc.provider import Metadata
from demo.shop.oidc.request import with_query


def end_session_url(metadata: Metadata, *, id_token: str, back_to: str, state: str) -> str:
    """Empty where the CIAM has no such address."""
    if not metadata.end_session_endpoint:
        return ""
    asked = {"id_token_hint": id_token, "post_logout_redirect_uri": back_to, "state": state}
    return with_query(metadata.end_session_endpoint, asked)
