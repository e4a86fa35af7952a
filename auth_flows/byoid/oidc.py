"""OpenID Connect (Core 1.0) by issuer. Kinds with a name of their own differ in what they override."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from auth_flows.byoid import published, tokens
from auth_flows.byoid.calls import Json, Talk, an_object, text
from auth_flows.byoid.identity import Identity, Trouble, only_texts
from auth_flows.byoid.kind import Asking, OAuth2Kind
from auth_flows.models import Provider

SETTINGS = {
    "scope": "What is asked for, instead of “openid email profile”.",
    "pkce": "false: it refuses PKCE.",
    "nonce": "false: its ID tokens have no nonce.",
}


class Oidc(OAuth2Kind):
    kind: ClassVar[str] = "oidc"
    button: ClassVar[str | Promise] = _("Continue with %(name)s")
    settings: ClassVar[Mapping[str, str]] = SETTINGS
    needs_issuer: ClassVar[bool] = True
    scope: ClassVar[str] = "openid email profile"
    uses_nonce: ClassVar[bool] = True
    fresh_prompt: ClassVar[str] = "login"
    """What asks for a new proof there; empty: nothing does."""
    asks_age: ClassVar[bool] = True

    def leave(self, provider: Provider, asking: Asking, talk: Talk) -> str:
        found = self.metadata(provider, talk)
        more = {"nonce": asking.nonce, "login_hint": asking.login_hint, **self.asked_more(provider)}
        if asking.fresh_after is not None:
            more |= {"prompt": self.fresh_prompt, "max_age": "0" if self.asks_age else ""}
        return self.address(provider, published.endpoint(found, "authorization_endpoint"), asking, **more)

    def identify(self, provider: Provider, answer: Mapping[str, str], asking: Asking, talk: Talk) -> Identity:
        found = self.metadata(provider, talk)
        self._check_sender(found, answer)
        token = self.exchange(
            provider,
            published.endpoint(found, "token_endpoint"),
            self.code(answer),
            asking,
            talk,
            secret=self.secret(provider),
            basic=self.by_header(found),
        )
        claims = self.read(provider, found, text(token.get("id_token")), talk)
        tokens.check(
            claims,
            client_id=provider.client_id,
            nonce=asking.nonce,
            wants_nonce=self.wants_nonce(provider, claims),
            access_token=text(token.get("access_token")),
            fresh_after=asking.fresh_after,
        )
        issuer = self.issuer_of(provider, found, claims)
        if "email" not in claims and found.get("userinfo_endpoint"):
            # Whether an address is verified is said by whoever says the address.
            claims.pop("email_verified", None)
            claims = {**self._userinfo(found, token, claims, talk), **claims}
        return self.identity(provider, issuer, claims, answer)

    def check(self, provider: Provider, talk: Talk) -> None:
        found = self.metadata(provider, talk)
        published.keys(published.endpoint(found, "jwks_uri"), talk)

    # -- what other kinds may see otherwise

    def asked_more(self, provider: Provider) -> dict[str, str]:
        return {}

    def secret(self, provider: Provider) -> str | None:
        secret: str | None = provider.client_secret
        return secret

    def wants_nonce(self, provider: Provider, claims: Mapping[str, Any]) -> bool:
        return self.switch(provider, "nonce", self.uses_nonce)

    def is_issuer(self, provider: Provider, said: object) -> bool:
        """Whether a discovery document speaks for this provider (Discovery 1.0, 4.3)."""
        return said == self.issuer(provider)

    def is_sender(self, found: Json, said: object) -> bool:
        """Whether this is the issuer whose answer we wait for."""
        return bool(said == found["issuer"])

    def issuer_of(self, provider: Provider, found: Json, claims: Mapping[str, Any]) -> str:
        """The issuer that the identity is kept under. Raises Trouble where the token has another."""
        if claims.get("iss") != found["issuer"]:
            raise Trouble("The token is of another issuer.")
        return str(claims["iss"])

    def check_key(self, found: Json, claims: Mapping[str, Any], key: Json) -> None:
        """Whether this key may sign for this token."""

    def is_verified(self, provider: Provider, claims: Mapping[str, Any]) -> bool:
        return claims.get("email_verified") is True

    def is_authority(self, provider: Provider, claims: Mapping[str, Any], domain: str) -> bool:
        """Whether it decides who has an address at `domain`: an operator says so, of the provider's own."""
        return domain in provider.domains

    # --

    def metadata(self, provider: Provider, talk: Talk) -> Json:
        found = published.metadata(self.issuer(provider), talk)
        if not self.is_issuer(provider, found.get("issuer")):
            raise Trouble("The discovery document speaks for another issuer.")
        return found

    def read(self, provider: Provider, found: Json, token: str, talk: Talk) -> Json:
        """The claims of a token that this provider signed. Raises Trouble."""
        address = published.endpoint(found, "jwks_uri")
        claims, key = tokens.read(token, lambda kid: published.key(address, kid, talk))
        self.issuer_of(provider, found, claims)
        self.check_key(found, claims, key)
        return claims

    def identity(self, provider: Provider, issuer: str, claims: Json, answer: Mapping[str, str]) -> Identity:
        email = text(claims.get("email"))
        is_verified = bool(email) and self.is_verified(provider, claims)
        is_proven = is_verified and (
            provider.links_verified_email or self.is_authority(provider, claims, domain_of(email))
        )
        return Identity(
            provider_id=str(provider.pk),
            issuer=issuer,
            subject=text(claims.get("sub")),
            label=(email or text(claims.get("name")))[:320],
            email=email,
            is_proven=is_proven,
            may_join=is_proven,
            claims=only_texts(claims),
        )

    def _check_sender(self, found: Json, answer: Mapping[str, str]) -> None:
        """RFC 9207, 2.4: whoever says who it is must be who we asked."""
        said = answer.get("iss")
        if said is None and found.get("authorization_response_iss_parameter_supported") is not True:
            return
        if not self.is_sender(found, said):
            raise Trouble("The answer is of another provider.")

    def by_header(self, found: Json) -> bool:
        ways = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return isinstance(ways, list) and "client_secret_basic" in ways

    def _userinfo(self, found: Json, token: Json, claims: Json, talk: Talk) -> Json:
        """Core, 5.3: worth something only for the same subject."""
        address = published.endpoint(found, "userinfo_endpoint")
        said = an_object(talk.get(address, Authorization=f"Bearer {token['access_token']}"))
        if said.get("sub") != claims.get("sub"):
            raise Trouble("The user info is somebody else's.")
        return said


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].lower()
