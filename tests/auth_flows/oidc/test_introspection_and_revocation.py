"""An app may ask about its own tokens, and end them."""

import pytest

from auth_flows.models import BrowserSession, Revocation
from tests.auth_flows.oidc.apps import (
    Answer,
    App,
    confidential,
    json_of,
    opened,
    post,
    public,
    service,
    userinfo,
)
from tests.people import Kaffeehaus

INACTIVE = {"active": False}


def revoke(app: App, token: str, **more: str) -> Answer:
    return app.post("/oauth/revoke", {"token": token, **more})


def test_a_living_access_token_is_described_without_personal_values(
    app: App, session: BrowserSession
) -> None:
    token = app.tokens(session)["access_token"]

    told = app.introspect(token)

    claims = opened(token).claims
    assert told == {"active": True, "token_type": "Bearer"} | {
        name: claims[name] for name in ("iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti")
    }


def test_a_living_refresh_token_is_described(app: App, session: BrowserSession) -> None:
    token = app.tokens(session)["refresh_token"]

    told = app.introspect(token)

    assert (told["active"], told["client_id"]) == (True, app.client.client_id)
    app.refresh(token)
    assert app.introspect(token) == INACTIVE


def test_a_services_own_token_is_described(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    token = json_of(app.post("/oauth/token", {"grant_type": "client_credentials"}))["access_token"]

    assert app.introspect(token)["active"] is True
    revoke(app, token)
    assert app.introspect(token) == INACTIVE


def test_an_app_learns_nothing_of_another_apps_tokens(
    app: App, shop: Kaffeehaus, session: BrowserSession
) -> None:
    told, stranger = app.tokens(session), confidential(shop.brand)

    assert stranger.introspect(told["access_token"]) == INACTIVE
    assert stranger.introspect(told["refresh_token"]) == INACTIVE
    assert stranger.introspect("guessed") == INACTIVE


def test_who_asks_must_have_a_secret(app: App, shop: Kaffeehaus, session: BrowserSession) -> None:
    token = app.tokens(session)["access_token"]

    for response in (
        post("/oauth/introspect", {"token": token}),
        public(shop.brand).post("/oauth/introspect", {"token": token}),
    ):
        assert (response.status_code, json_of(response)["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
def test_a_token_must_be_sent(app: App, path: str) -> None:
    assert json_of(app.post(path, {}))["error"] == "invalid_request"


def test_a_revoked_access_token_is_over_and_its_sisters_are_not(app: App, session: BrowserSession) -> None:
    told = app.tokens(session)

    assert revoke(app, told["access_token"], token_type_hint="refresh_token").status_code == 200

    assert userinfo(told["access_token"]).status_code == 401
    assert app.introspect(told["access_token"]) == INACTIVE
    assert app.refresh(told["refresh_token"]).status_code == 200


def test_a_revoked_refresh_token_takes_its_family_along(app: App, session: BrowserSession) -> None:
    first = app.tokens(session)
    second = json_of(app.refresh(first["refresh_token"]))

    assert revoke(app, first["refresh_token"]).status_code == 200

    assert app.refresh(second["refresh_token"]).status_code == 400
    assert userinfo(second["access_token"]).status_code == 401


def test_revoking_twice_or_revoking_nothing_is_fine(app: App, session: BrowserSession) -> None:
    told = app.tokens(session)

    for token in (
        "guessed",
        "a.b.c",
        told["id_token"],
        *[told["access_token"]] * 2,
        *[told["refresh_token"]] * 2,
    ):
        assert revoke(app, token).status_code == 200
    assert Revocation.objects.count() == 2


def test_another_apps_tokens_stay_valid(app: App, shop: Kaffeehaus, session: BrowserSession) -> None:
    told = app.tokens(session)

    for stranger in (confidential(shop.brand), public(shop.brand)):
        for token in (told["access_token"], told["refresh_token"]):
            assert json_of(revoke(stranger, token))["error"] == "invalid_request"
    assert post("/oauth/revoke", {"token": told["refresh_token"]}).status_code == 401

    assert userinfo(told["access_token"]).status_code == 200
    assert app.refresh(told["refresh_token"]).status_code == 200


def test_a_public_app_ends_its_own(shop: Kaffeehaus, session: BrowserSession) -> None:
    app = public(shop.brand)
    told = app.tokens(session)

    assert revoke(app, told["refresh_token"]).status_code == 200

    assert userinfo(told["access_token"]).status_code == 401
