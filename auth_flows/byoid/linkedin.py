"""https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2"""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from auth_flows.byoid.calls import Json, text
from auth_flows.byoid.identity import Identity
from auth_flows.byoid.oidc import Oidc
from auth_flows.models import Provider


class LinkedIn(Oidc):
    kind: ClassVar[str] = "linkedin"
    button: ClassVar[str | Promise] = _("Sign in with %(name)s")
    needs_issuer: ClassVar[bool] = False
    default_issuer: ClassVar[str] = "https://www.linkedin.com/oauth"
    uses_pkce: ClassVar[bool] = False
    uses_nonce: ClassVar[bool] = False
    fresh_prompt: ClassVar[str] = ""
    asks_age: ClassVar[bool] = False

    def by_header(self, found: Json) -> bool:
        return False

    def identity(self, provider: Provider, issuer: str, claims: Json, answer: Mapping[str, str]) -> Identity:
        return super().identity(provider, issuer, {**claims, **_locale(claims.get("locale"))}, answer)


def _locale(said: object) -> dict[str, str]:
    """An object of language and country, where others have a text."""
    if not isinstance(said, dict):
        return {}
    parts = [text(said.get("language")), text(said.get("country"))]
    return {"locale": "-".join(part for part in parts if part)}
