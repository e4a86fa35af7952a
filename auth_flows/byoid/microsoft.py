"""https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from auth_flows.byoid.calls import Json, text
from auth_flows.byoid.identity import Trouble
from auth_flows.byoid.oidc import SETTINGS, Oidc
from auth_flows.models import Provider

ORIGIN = "https://login.microsoftonline.com"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
MANY = {"common", "organizations", "consumers"}
TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TEMPLATE = "{tenantid}"


class Microsoft(Oidc):
    """The issuer carries the tenant, and with it issuer and subject tell people apart. E-mail, UPN and
    preferred_username are chosen by whoever runs a tenant: they prove nothing ("nOAuth")."""

    kind: ClassVar[str] = "microsoft"
    button: ClassVar[str | Promise] = _("Sign in with %(name)s")
    settings: ClassVar[Mapping[str, str]] = {
        **SETTINGS,
        "tenant": "common, organizations, consumers or a tenant's id. Empty: common.",
        "tenants": "Ids of the tenants whose people may come. Empty: all.",
    }
    needs_issuer: ClassVar[bool] = False

    def issuer(self, provider: Provider) -> str:
        return provider.issuer or f"{ORIGIN}/{self._tenant(provider)}/v2.0"

    def _tenant(self, provider: Provider) -> str:
        return self.option(provider, "tenant", "common")

    def is_issuer(self, provider: Provider, said: object) -> bool:
        """For many tenants the document names a template instead of an issuer."""
        asked, tenant = self.issuer(provider), self._tenant(provider)
        return said in (asked, asked.replace(f"/{tenant}/", f"/{TEMPLATE}/"))

    def is_sender(self, found: Json, said: object) -> bool:
        before, _template, after = str(found["issuer"]).partition(TEMPLATE)
        tenant = text(said).removeprefix(before).removesuffix(after)
        return said == found["issuer"] or (
            said == f"{before}{tenant}{after}" and bool(TENANT.fullmatch(tenant))
        )

    def issuer_of(self, provider: Provider, found: Json, claims: Mapping[str, Any]) -> str:
        tenant = text(claims.get("tid"))
        if not TENANT.fullmatch(tenant):
            raise Trouble("The token names no tenant.")
        if claims.get("iss") != str(found["issuer"]).replace(TEMPLATE, tenant):
            raise Trouble("The token is of another issuer.")
        wanted, allowed = self._tenant(provider), provider.settings.get("tenants")
        if wanted not in MANY and wanted != tenant:
            raise Trouble("The token is of another tenant.")
        if wanted == "consumers" and tenant != PERSONAL:
            raise Trouble("The token is of another tenant.")
        if wanted == "organizations" and tenant == PERSONAL:
            raise Trouble("The token is of another tenant.")
        if allowed and not (isinstance(allowed, list) and tenant in allowed):
            raise Trouble("The token is of a tenant that is not let in.")
        return str(claims["iss"])

    def check_key(self, found: Json, claims: Mapping[str, Any], key: Json) -> None:
        """Some keys sign for one tenant only."""
        of = text(key.get("issuer"))
        if of and of.replace(TEMPLATE, text(claims.get("tid"))) != claims["iss"]:
            raise Trouble("The key does not sign for this tenant.")

    def is_verified(self, provider: Provider, claims: Mapping[str, Any]) -> bool:
        """The optional claim xms_edov: the domain of the address is the tenant's own, and was proven."""
        said = claims.get("xms_edov")
        return said is True or said in (1, "1", "true") or claims.get("tid") == PERSONAL

    def is_authority(self, provider: Provider, claims: Mapping[str, Any], domain: str) -> bool:
        return True
