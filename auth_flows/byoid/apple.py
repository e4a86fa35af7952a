"""https://developer.apple.com/documentation/signinwithapple"""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from auth_flows.byoid.calls import Json, Talk, an_object, text
from auth_flows.byoid.identity import Identity, Trouble, only_texts
from auth_flows.byoid.kind import Notice
from auth_flows.byoid.oidc import Oidc, domain_of
from auth_flows.models import Provider

RELAY = "privaterelay.appleid.com"
SECRET_LIVES_S = 3_600
ENDS = {"consent-revoked", "account-delete", "account-deleted"}


class Apple(Oidc):
    kind: ClassVar[str] = "apple"
    button: ClassVar[str | Promise] = _("Sign in with %(name)s")
    settings: ClassVar[Mapping[str, str]] = {
        "team_id": "The team's id.",
        "key_id": "The id of the key whose .p8 file is the secret.",
        "scope": "What is asked for, instead of “openid name email”.",
    }
    needs_issuer: ClassVar[bool] = False
    default_issuer: ClassVar[str] = "https://appleid.apple.com"
    scope: ClassVar[str] = "openid name email"
    fresh_prompt: ClassVar[str] = ""
    asks_age: ClassVar[bool] = False

    def asked_more(self, provider: Provider) -> dict[str, str]:
        # Whoever asks for a name or an address is answered by a form, and by nothing else.
        return {"response_mode": "form_post"}

    def secret(self, provider: Provider) -> str | None:
        """The .p8 key signs one for each call; it lives an hour."""
        now = int(time.time())
        claims = {
            "iss": self.option(provider, "team_id", ""),
            "iat": now,
            "exp": now + SECRET_LIVES_S,
            "aud": self.issuer(provider),
            "sub": provider.client_id,
        }
        header = {"alg": "ES256", "kid": self.option(provider, "key_id", "")}
        try:
            key = ECKey.import_key((provider.client_secret or "").encode())
            return jwt.encode(header, claims, key, algorithms=["ES256"])
        except (JoseError, ValueError, TypeError) as error:
            raise Trouble("The provider's secret is no .p8 key.") from error

    def by_header(self, found: Json) -> bool:
        return False

    def wants_nonce(self, provider: Provider, claims: Mapping[str, Any]) -> bool:
        return claims.get("nonce_supported") is not False

    def is_verified(self, provider: Provider, claims: Mapping[str, Any]) -> bool:
        return _yes(claims.get("email_verified"))

    def is_authority(self, provider: Provider, claims: Mapping[str, Any], domain: str) -> bool:
        return True

    def identity(self, provider: Provider, issuer: str, claims: Json, answer: Mapping[str, str]) -> Identity:
        found = super().identity(provider, issuer, claims, answer)
        # A relay address is one person's at one app: it stands for nobody whom we know by it.
        is_relay = _yes(claims.get("is_private_email")) or domain_of(found.email) == RELAY
        return replace(
            found,
            may_join=found.may_join and not is_relay,
            claims={**only_texts(claims), **_names(answer.get("user", ""))},
        )

    def notice(self, provider: Provider, posted: Mapping[str, str], talk: Talk) -> Notice:
        """https://developer.apple.com/documentation/signinwithapple/processing-changes-for-sign-in-with-apple-accounts"""
        claims = self.read(provider, self.metadata(provider, talk), posted.get("payload", ""), talk)
        if claims.get("aud") not in (provider.client_id, [provider.client_id]):
            raise Trouble("The notice is for somebody else.")
        said = claims.get("events")
        try:
            event = an_object(json.loads(said) if isinstance(said, str) else said)
            at = float(event.get("event_time", 0))
        except (ValueError, TypeError, RecursionError) as error:
            raise Trouble("The notice can't be read.") from error
        kind = text(event.get("type"))
        mail = {"email-disabled": False, "email-enabled": True}.get(kind)
        return Notice(
            issuer=str(claims["iss"]),
            subject=text(event.get("sub")),
            at=at / 1000 if at > 1e11 else at,  # seen in seconds and in milliseconds
            unlinks=kind in ENDS,
            email=text(event.get("email")),
            delivers=mail,
        )


def _yes(said: object) -> bool:
    return said is True or said == "true"


def _names(said: str) -> dict[str, object]:
    """Sent by the person's browser, in the first answer alone: anybody could have written it."""
    try:
        name = json.loads(said[:2_000])["name"] if said else {}
        return only_texts({"given_name": name.get("firstName"), "family_name": name.get("lastName")})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
