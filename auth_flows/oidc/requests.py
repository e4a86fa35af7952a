"""An app's authorization request (OpenID Connect Core, 3.1.2.1), checked rule by rule."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from auth_flows.models import Client
from auth_flows.oidc import parameters, redirects
from auth_flows.oidc.checks import (
    known_client,
    max_age,
    pkce,
    prompt,
    readable,
    redirect_uri,
    request_object,
    response_mode,
    response_type,
    scope,
    sent_once,
)
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused, RefusedHere, RefusedToApp

__all__ = ["AuthorizationRequest", "RefusedHere", "RefusedToApp", "check"]

RULES: tuple[Callable[[Parameters, Client], None], ...] = (
    sent_once.check,
    readable.check,
    request_object.check,
    response_type.check,
    response_mode.check,
    scope.check,
    pkce.check,
    prompt.check,
    max_age.check,
)
"""In this order; the first that is broken is told to the app."""

LONGEST_HINT = 320
MOST_HINTS = 10
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that keeps every rule. Hints (`login_hint`, `ui_locales`, `acr_values`) bind nobody."""

    client: Client
    redirect_uri: str
    response_type: str
    response_mode: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    prompt: frozenset[str]
    max_age: int | None
    acr_values: tuple[str, ...]
    login_hint: str
    ui_locales: tuple[str, ...]
    code_challenge: str
    code_challenge_method: str

    def as_json(self) -> dict[str, str]:
        """As parameters of the protocol: what was checked, and nothing else that was sent."""
        said = {
            "client_id": self.client.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": self.response_type,
            "response_mode": self.response_mode,
            "scope": " ".join(self.scopes),
            "state": self.state,
            "nonce": self.nonce,
            "prompt": " ".join(sorted(self.prompt)),
            "max_age": "" if self.max_age is None else str(self.max_age),
            "acr_values": " ".join(self.acr_values),
            "login_hint": self.login_hint,
            "ui_locales": " ".join(self.ui_locales),
            "code_challenge": self.code_challenge,
            "code_challenge_method": self.code_challenge_method,
        }
        return {name: value for name, value in said.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, str]) -> "AuthorizationRequest":
        """What `as_json` gave; raises RefusedHere where the app is gone or out of use meanwhile."""
        said = Parameters(stored)
        return _read(said, known_client.check(said))

    def address(self) -> str:
        """A path of ours at which the same request begins anew."""
        return f"{reverse('oidc-authorize')}?{urlencode(self.as_json())}"


def check(request: HttpRequest) -> AuthorizationRequest:
    """The request, if it keeps every rule; raises RefusedHere and RefusedToApp."""
    said = parameters.of_request(request)
    app = known_client.check(said)
    address = redirect_uri.check(said, app)
    try:
        for rule in RULES:
            rule(said, app)
    except Refused as refused:
        raise RefusedToApp(refusal(address, refused, _state(said)), refused) from None
    return _read(said, app)


def refusal(address: str, refused: Refused, state: str) -> str:
    """RFC 6749, 4.1.2.1, with the `iss` of RFC 9207."""
    answer = {"error": refused.error, "error_description": refused.description, "state": state}
    return redirects.with_answer(address, answer | {"iss": settings.BASE_URL})


def _state(said: Parameters) -> str:
    """To be sent back with an error, if it can be."""
    state = said.get("state")
    fits = "state" not in said.repeated and readable.is_short(state, readable.LONGEST["state"])
    return state if fits else ""


def _read(said: Parameters, app: Client) -> AuthorizationRequest:
    return AuthorizationRequest(
        client=app,
        redirect_uri=said.get("redirect_uri"),
        response_type=said.get("response_type"),
        response_mode=said.get("response_mode") or "query",
        scopes=said.words("scope"),
        state=said.get("state"),
        nonce=said.get("nonce"),
        prompt=frozenset(said.words("prompt")),
        max_age=int(said.get("max_age")) if said.get("max_age") else None,
        acr_values=_hints(said, "acr_values"),
        login_hint=_hint(said, "login_hint"),
        ui_locales=tuple(tag for tag in _hints(said, "ui_locales") if LANGUAGE.fullmatch(tag)),
        code_challenge=said.get("code_challenge"),
        code_challenge_method=said.get("code_challenge_method"),
    )


def _hint(said: Parameters, name: str) -> str:
    """A hint that is too long or unreadable is left out: it binds nobody."""
    value = said.get(name)
    return value if readable.is_short(value, LONGEST_HINT) else ""


def _hints(said: Parameters, name: str) -> tuple[str, ...]:
    return tuple(said.words(name)[:MOST_HINTS]) if _hint(said, name) else ()
