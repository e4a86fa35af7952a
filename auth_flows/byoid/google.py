"""https://developers.google.com/identity/openid-connect/openid-connect"""

from collections.abc import Mapping
from typing import Any, ClassVar

from auth_flows.byoid.calls import Json
from auth_flows.byoid.identity import Trouble
from auth_flows.byoid.oidc import SETTINGS, Oidc
from auth_flows.models import Provider


class Google(Oidc):
    kind: ClassVar[str] = "google"
    settings: ClassVar[Mapping[str, str]] = {
        **SETTINGS,
        "hd": "Only people of this Workspace domain.",
    }
    needs_issuer: ClassVar[bool] = False
    default_issuer: ClassVar[str] = "https://accounts.google.com"
    fresh_prompt: ClassVar[str] = "select_account"
    asks_age: ClassVar[bool] = False

    def asked_more(self, provider: Provider) -> dict[str, str]:
        return {"hd": self.option(provider, "hd", "")}

    def issuer_of(self, provider: Provider, found: Json, claims: Mapping[str, Any]) -> str:
        """Older tokens leave the scheme out. The domain asked for is a wish: what counts is the claim."""
        if claims.get("iss") not in (found["issuer"], str(found["issuer"]).partition("://")[2]):
            raise Trouble("The token is of another issuer.")
        wanted = self.option(provider, "hd", "")
        if wanted and claims.get("sub") and claims.get("hd") != wanted:
            raise Trouble("The person is not of the Workspace domain.")
        return str(found["issuer"])

    def is_authority(self, provider: Provider, claims: Mapping[str, Any], domain: str) -> bool:
        """https://developers.google.com/identity/gsi/web/guides/verify-google-id-token"""
        return domain == "gmail.com" or bool(claims.get("hd"))
