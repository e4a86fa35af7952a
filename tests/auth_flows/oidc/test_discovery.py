"""What programs are told of us is what is there."""

import re

import pytest
from django.test import Client as Browser
from django.urls import resolve

from accounts.models import Account
from auth_flows.models import BrowserSession
from tests.auth_flows.oidc.apps import App, at_most, json_of, opened, userinfo

ISSUER = "http://localhost:8000"
ADDRESSES = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_endpoint_that_is_named_answers(path: str) -> None:
    response = Browser().get(path)

    told = json_of(response)
    assert told["issuer"] == ISSUER
    assert response["Cache-Control"] == "public, max-age=900"
    assert response["Access-Control-Allow-Origin"] == "*"
    named = [value for name, value in told.items() if re.search(r"(_endpoint|_uri)$", name)]
    assert len(named) == 7
    for address in named:
        assert resolve(address.removeprefix(ISSUER))


def test_only_what_is_live_is_named() -> None:
    told = json_of(Browser().get(ADDRESSES[0]))

    assert told["response_types_supported"] == ["code"]
    assert told["response_modes_supported"] == ["query"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials"]
    assert told["prompt_values_supported"] == ["none", "login", "create"]
    assert told["acr_values_supported"] == ["urn:ciam:acr:1", "urn:ciam:acr:2", "urn:ciam:acr:phr"]
    assert told["authorization_response_iss_parameter_supported"] is True
    assert not told["request_parameter_supported"]
    assert not told["request_uri_parameter_supported"]


def test_claims_that_are_told_are_named(app: App, session: BrowserSession, ada: Account) -> None:
    told = app.tokens(session)
    claims = {*opened(told["id_token"]).claims, *json_of(userinfo(told["access_token"]))}

    assert claims <= set(json_of(Browser().get(ADDRESSES[0]))["claims_supported"])


def test_keys_are_published_without_their_private_halves() -> None:
    response = Browser().get("/oauth/jwks")

    published = json_of(response)["keys"]
    assert response["Cache-Control"] == "public, max-age=900"
    assert {(key["kty"], key["alg"], key["use"]) for key in published} == {
        ("RSA", "RS256", "sig"),
        ("EC", "ES256", "sig"),
    }
    assert len({key["kid"] for key in published}) == 2
    for key in published:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} & set(key)
        if key["kty"] == "RSA":
            assert len(key["n"]) * 6 >= 3_072
        else:
            assert key["crv"] == "P-256"


def test_nothing_is_read_from_the_database_for_it() -> None:
    Browser().get("/oauth/jwks")

    with at_most(0):
        for path in (*ADDRESSES, "/oauth/jwks"):
            assert Browser().get(path).status_code == 200
            assert Browser().head(path).status_code == 200
            assert Browser().post(path).status_code == 405
