"""OAuth 2 and the Graph API.
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode

from auth_flows.byoid.calls import Talk, an_object, text
from auth_flows.byoid.identity import Identity, Trouble, only_texts
from auth_flows.byoid.kind import Asking, Notice, OAuth2Kind, callback_address, told
from auth_flows.byoid.published import safe_address
from auth_flows.models import Provider

# Each lives about two years.
VERSION = "v23.0"
FIELDS = "id,name,first_name,last_name,email"


class Facebook(OAuth2Kind):
    kind: ClassVar[str] = "facebook"
    settings: ClassVar[Mapping[str, str]] = {
        "version": f"Of the Graph API. Empty: {VERSION}.",
        "graph_url": "Where the Graph API is. Empty: https://graph.facebook.com.",
        "scope": "What is asked for, instead of “email,public_profile”.",
    }
    default_issuer: ClassVar[str] = "https://www.facebook.com"
    scope: ClassVar[str] = "email,public_profile"
    uses_pkce: ClassVar[bool] = False

    def leave(self, provider: Provider, asking: Asking, talk: Talk) -> str:
        address = safe_address(f"{self.issuer(provider)}/{self._version(provider)}/dialog/oauth")
        more = {"auth_type": "reauthenticate"} if asking.fresh_after is not None else {}
        return self.address(provider, address, asking, **more)

    def identify(self, provider: Provider, answer: Mapping[str, str], asking: Asking, talk: Talk) -> Identity:
        secret = provider.client_secret or ""
        asked = {
            "client_id": provider.client_id,
            "client_secret": secret,
            "redirect_uri": callback_address(provider),
            "code": self.code(answer),
        }
        token = text(
            told(talk.get(f"{self._graph(provider)}/oauth/access_token?{urlencode(asked)}"))["access_token"]
        )
        proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        query = urlencode({"fields": FIELDS, "access_token": token, "appsecret_proof": proof})
        me = an_object(talk.get(f"{self._graph(provider)}/me?{query}"))
        names = {"given_name": me.get("first_name"), "family_name": me.get("last_name")}
        # The address may never have been confirmed: it is one to ask about, and no more.
        return Identity(
            provider_id=str(provider.pk),
            issuer=self.issuer(provider),
            subject=text(me.get("id")),
            label=text(me.get("name"))[:320],
            email=text(me.get("email")),
            claims=only_texts(names),
        )

    def check(self, provider: Provider, talk: Talk) -> None:
        """An app's own token is its id and secret: the Graph API tells whether it knows them."""
        token = f"{provider.client_id}|{provider.client_secret}"
        query = urlencode({"access_token": token, "fields": "id"})
        if "error" in an_object(talk.get(f"{self._graph(provider)}/{provider.client_id}?{query}")):
            raise Trouble("It does not know this app id and secret.")

    def notice(self, provider: Provider, posted: Mapping[str, str], talk: Talk) -> Notice:
        """https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback"""
        signature, _dot, payload = posted.get("signed_request", "").partition(".")
        wanted = hmac.new((provider.client_secret or "").encode(), payload.encode(), hashlib.sha256).digest()
        try:
            fits = hmac.compare_digest(_decoded(signature), wanted)
            said = an_object(json.loads(_decoded(payload)))
            at = float(said["issued_at"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Trouble("The request can't be read.") from error
        if not fits or not provider.client_secret or said.get("algorithm") != "HMAC-SHA256":
            raise Trouble("The request is not signed by the app's secret.")
        subject = text(said.get("user_id"))
        return Notice(self.issuer(provider), subject, at, unlinks=True, forgets=True)

    def _version(self, provider: Provider) -> str:
        return self.option(provider, "version", VERSION)

    def _graph(self, provider: Provider) -> str:
        origin = self.option(provider, "graph_url", "https://graph.facebook.com")
        return f"{origin}/{self._version(provider)}"


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
