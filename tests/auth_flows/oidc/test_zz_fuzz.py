"""Whatever is sent, the protocol answers in its own words."""

import json

import pytest
from django.test import Client as Browser
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from auth_flows.oidc.refusals import RefusedHere, RefusedToApp
from auth_flows.oidc.requests import AuthorizationRequest, check
from ciam.lib.crypto import new_token
from tests.auth_flows.oidc.apps import CHALLENGE, App, answer_of
from tests.people import Kaffeehaus

FORM = "application/x-www-form-urlencoded"
odd = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "openid", "none", "login", "code", "S256", CHALLENGE, "0", "-1", "a.b.c", "e30.e30.e30"]
    ),
)
NAMES = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "acr_values",
    "login_hint",
    "ui_locales",
    "code_challenge",
    "code_challenge_method",
    "request",
    "claims",
]
TOKEN_NAMES = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "token",
    "client_secret",
]


@given(changed=st.dictionaries(st.sampled_from(NAMES), odd, max_size=5))
@settings(max_examples=4000)
def test_a_request_is_read_or_refused_and_nothing_else(app: App, changed: dict[str, str]) -> None:
    changed = {name: value.encode("utf-8", "replace").decode() for name, value in changed.items()}
    said = app.asks() | changed

    asked: AuthorizationRequest | None
    try:
        asked = check(RequestFactory().get("/oauth/authorize", said))
    except RefusedHere:
        return
    except RefusedToApp as refused:
        description = answer_of(refused.redirect_url)["error_description"]
        asked = None
    if asked is None:
        assert description.isascii()
        assert not set('"\\') & set(description)
    else:
        assert AuthorizationRequest.from_json(json.loads(json.dumps(asked.as_json()))) == asked
        assert "\0" not in str(asked.as_json())


@given(
    path=st.sampled_from(
        ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/userinfo", "/oauth/logout"]
    ),
    said=st.dictionaries(st.sampled_from(TOKEN_NAMES) | st.text(max_size=9), odd, max_size=5),
    header=st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    authentic=st.booleans(),
)
@settings(max_examples=4000)
def test_an_endpoint_never_breaks(
    app: App, path: str, said: dict[str, str], header: str | None, authentic: bool
) -> None:
    said = {name: value.encode("utf-8", "replace").decode() for name, value in said.items()}
    headers = app.basic() if authentic else {"Authorization": header} if header is not None else {}

    response = Browser().post(path, said, headers=headers)
    form = Browser().post(
        path, "&".join(f"{n}={v}" for n, v in said.items()), content_type=FORM, headers=headers
    )

    assert response.status_code < 500
    assert form.status_code < 500


@given(body=st.binary(max_size=60), grant=st.sampled_from(["authorization_code", "refresh_token", "x"]))
@settings(max_examples=4000)
def test_a_form_of_any_bytes_is_answered(app: App, body: bytes, grant: str) -> None:
    data = b"grant_type=" + grant.encode() + b"&" + body

    response = Browser().generic("POST", "/oauth/token", data, content_type=FORM, headers=app.basic())

    assert response.status_code in {400, 401}


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/userinfo", "/oauth/introspect", "/oauth/revoke"])
def test_no_endpoint_sets_or_reads_a_cookie(shop: Kaffeehaus, path: str) -> None:
    response = Browser(headers={"Cookie": f"__Host-ciam={new_token()}"}).post(path)

    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert response["Cache-Control"] == "no-store"
