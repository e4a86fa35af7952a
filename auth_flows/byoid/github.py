"""OAuth 2, and no OpenID. https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from auth_flows.byoid.calls import Talk, an_object, text
from auth_flows.byoid.identity import Identity, Trouble
from auth_flows.byoid.kind import Asking, OAuth2Kind
from auth_flows.byoid.published import safe_address
from auth_flows.models import Provider

API_VERSION = "2022-11-28"
NOBODYS = "noreply.github.com"


class GitHub(OAuth2Kind):
    kind: ClassVar[str] = "github"
    button: ClassVar[str | Promise] = _("Sign in with %(name)s")
    settings: ClassVar[Mapping[str, str]] = {
        "api_url": "Where its API is. Empty: https://api.github.com.",
        "scope": "What is asked for, instead of “read:user user:email”.",
    }
    default_issuer: ClassVar[str] = "https://github.com"
    scope: ClassVar[str] = "read:user user:email"

    def leave(self, provider: Provider, asking: Asking, talk: Talk) -> str:
        address = safe_address(f"{self.issuer(provider)}/login/oauth/authorize")
        more = {"prompt": "select_account"} if asking.fresh_after is not None else {}
        return self.address(provider, address, asking, login=asking.login_hint, **more)

    def identify(self, provider: Provider, answer: Mapping[str, str], asking: Asking, talk: Talk) -> Identity:
        token = self.exchange(
            provider,
            f"{self.issuer(provider)}/login/oauth/access_token",
            self.code(answer),
            asking,
            talk,
            secret=provider.client_secret,
            basic=False,
        )
        headers = {
            "Authorization": f"Bearer {token['access_token']}",
            "X-GitHub-Api-Version": API_VERSION,
        }
        api = self.option(provider, "api_url", "https://api.github.com")
        user = an_object(talk.get(f"{api}/user", **headers))
        number = user.get("id")
        if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
            raise Trouble("The provider gave no number of a user.")
        email = _address(talk.get(f"{api}/user/emails", **headers))
        # Somebody else may have the login tomorrow: the number alone is the person.
        return Identity(
            provider_id=str(provider.pk),
            issuer=self.issuer(provider),
            subject=str(number),
            label=text(user.get("login"))[:320],
            email=email,
            is_proven=bool(email) and provider.links_verified_email,
            may_join=bool(email) and provider.links_verified_email,
        )

    def check(self, provider: Provider, talk: Talk) -> None:
        an_object(talk.get(self.option(provider, "api_url", "https://api.github.com")))


def _address(answer: Any) -> str:
    """The primary one, where it is verified and reaches somebody."""
    for one in answer if isinstance(answer, list) else []:
        if isinstance(one, dict) and one.get("primary") is True and one.get("verified") is True:
            email = text(one.get("email"))
            return "" if email.lower().endswith(NOBODYS) else email
    return ""
