"""What a kind of provider is asked for. A new one is a file with a class of this shape, and a line in
`auth_flows/byoid/__init__.py`."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol
from urllib.parse import quote_plus

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from auth_flows.byoid.calls import Json, Talk, an_object, text
from auth_flows.byoid.identity import Declined, Identity, Trouble
from auth_flows.models import Provider


@dataclass(frozen=True)
class Asking:
    """What goes along to the provider, and must come back with the answer."""

    state: str
    nonce: str
    verifier: str
    login_hint: str = ""
    fresh_after: float | None = None
    """Seconds since 1970: the person is to prove anew there."""


@dataclass(frozen=True)
class Notice:
    """What a provider tells us by itself. `at`: seconds since 1970, so that an old one does nothing anew."""

    issuer: str
    subject: str
    at: float
    unlinks: bool = False
    forgets: bool = False
    """Also what it told us about the person."""
    email: str = ""
    delivers: bool | None = None
    """Whether mail to `email` arrives from now on; None: it doesn't say."""


class Kind(Protocol):
    kind: ClassVar[str]
    button: ClassVar[str | Promise]
    """By the provider's own rules, with its `name`."""
    settings: ClassVar[Mapping[str, str]]
    """What `Provider.settings` may hold, each with a sentence for the operator."""
    needs_issuer: ClassVar[bool]

    def issuer(self, provider: Provider) -> str: ...

    def leave(self, provider: Provider, asking: Asking, talk: Talk) -> str:
        """The address to which the person's browser is sent. Raises Trouble."""

    def identify(self, provider: Provider, answer: Mapping[str, str], asking: Asking, talk: Talk) -> Identity:
        """Who came back with `answer`. Raises Trouble."""

    def check(self, provider: Provider, talk: Talk) -> None:
        """Whether this can work: asks the provider, and changes nothing there. Raises Trouble."""

    def notice(self, provider: Provider, posted: Mapping[str, str], talk: Talk) -> Notice:
        """What the provider has posted to us. Raises Trouble where it isn't the provider, or says nothing."""


class OAuth2Kind:
    """What all kinds share: the code grant (RFC 6749, 4.1) with PKCE (RFC 7636) and `iss` (RFC 9207)."""

    kind: ClassVar[str]
    button: ClassVar[str | Promise] = _("Continue with %(name)s")
    settings: ClassVar[Mapping[str, str]] = {}
    needs_issuer: ClassVar[bool] = False
    default_issuer: ClassVar[str] = ""
    scope: ClassVar[str] = ""
    uses_pkce: ClassVar[bool] = True

    def issuer(self, provider: Provider) -> str:
        return (provider.issuer or self.default_issuer).rstrip("/") or provider.issuer

    def notice(self, provider: Provider, posted: Mapping[str, str], talk: Talk) -> Notice:
        raise Trouble("This kind of provider has no notices.")

    def address(self, provider: Provider, endpoint: str, asking: Asking, **more: str) -> str:
        if self.switch(provider, "pkce", self.uses_pkce):
            more["code_challenge"] = create_s256_code_challenge(asking.verifier)
            more["code_challenge_method"] = "S256"
        return str(
            prepare_grant_uri(
                endpoint,
                provider.client_id,
                "code",
                redirect_uri=callback_address(provider),
                scope=self.option(provider, "scope", self.scope),
                state=asking.state,
                **{name: value for name, value in more.items() if value},
            )
        )

    def code(self, answer: Mapping[str, str]) -> str:
        """RFC 6749, 4.1.2. Raises Declined, or Trouble."""
        if answer.get("error"):
            turned_back = {"access_denied", "user_cancelled_login", "user_cancelled_authorize"}
            if answer["error"] in turned_back or answer["error"].startswith("user_cancelled"):
                raise Declined("The person turned back.")
            raise Trouble("The provider answered with an error.")
        if not answer.get("code"):
            raise Trouble("The answer has no code.")
        return answer["code"]

    def exchange(
        self,
        provider: Provider,
        endpoint: str,
        code: str,
        asking: Asking,
        talk: Talk,
        *,
        secret: str | None,
        basic: bool,
    ) -> Json:
        """The token answer (RFC 6749, 4.1.3), with the client's secret by header or by form (2.3.1)."""
        more = {"code": code}
        if self.switch(provider, "pkce", self.uses_pkce):
            more["code_verifier"] = asking.verifier
        headers = {}
        if basic and secret:
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            more["client_id"] = provider.client_id
            more |= {"client_secret": secret} if secret else {}
        body = prepare_token_request("authorization_code", redirect_uri=callback_address(provider), **more)
        return told(talk.post(endpoint, str(body), **headers))

    def option(self, provider: Provider, name: str, usual: str) -> str:
        return text(provider.settings.get(name)) or usual

    def switch(self, provider: Provider, name: str, usual: bool) -> bool:
        said = provider.settings.get(name, usual)
        return said if isinstance(said, bool) else usual


def told(answer: object) -> Json:
    """A token answer without an error in it, whatever its status. Raises Trouble."""
    said = an_object(answer)
    if "error" in said or not text(said.get("access_token")):
        raise Trouble("The provider did not take the code.")
    return said


def callback_address(provider: Provider) -> str:
    """One for each provider, so that the answer of one is never taken for another's (RFC 9700, 4.4)."""
    return f"{settings.BASE_URL}{reverse('upstream-callback', args=[provider.slug])}"
