"""A code is good once, for a minute, for the app, address and verifier it was made for."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from auth_flows.models import BrowserSession, Grant, RefreshToken, Revocation
from tests.auth_flows.oidc.apps import (
    VERIFIER,
    App,
    confidential,
    json_of,
    public,
    userinfo,
)
from tests.people import Kaffeehaus


def refusal(response: Any) -> str:
    assert response.status_code == 400
    assert response["Cache-Control"] == "no-store"
    told = json_of(response)
    assert set(told) == {"error", "error_description"}
    return str(told["error"])


def test_a_code_becomes_tokens(app: App, session: BrowserSession) -> None:
    response = app.redeem(app.code(session))

    told = json_of(response)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert set(told) == {"access_token", "token_type", "expires_in", "scope", "id_token", "refresh_token"}
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 600)
    assert told["scope"] == "openid profile email offline_access"


def test_what_was_not_asked_for_is_not_given(app: App, session: BrowserSession) -> None:
    assert "refresh_token" not in app.tokens(session, scope="openid email")
    assert "id_token" not in app.tokens(session, scope="email")
    assert not RefreshToken.objects.exists()


def test_a_public_app_redeems_by_its_verifier(shop: Kaffeehaus, session: BrowserSession) -> None:
    app = public(shop.brand)

    assert app.redeem(app.code(session)).status_code == 200


def test_a_second_use_ends_what_the_first_one_gave(app: App, session: BrowserSession) -> None:
    code = app.code(session)
    told = json_of(app.redeem(code))
    assert userinfo(told["access_token"]).status_code == 200

    assert refusal(app.redeem(code)) == "invalid_grant"

    assert userinfo(told["access_token"]).status_code == 401
    assert app.introspect(told["access_token"]) == {"active": False}
    assert refusal(app.refresh(told["refresh_token"])) == "invalid_grant"


def test_a_second_use_ends_them_also_after_the_code_has_expired(app: App, session: BrowserSession) -> None:
    code = app.code(session)
    told = json_of(app.redeem(code))
    Grant.objects.update(expires=timezone.now() - dt.timedelta(hours=1))

    assert refusal(app.redeem(code)) == "invalid_grant"

    assert userinfo(told["access_token"]).status_code == 401


def test_another_app_gets_nothing_for_it_and_it_is_burnt(
    app: App, shop: Kaffeehaus, session: BrowserSession
) -> None:
    code = app.code(session)

    assert refusal(confidential(shop.brand).redeem(code)) == "invalid_grant"

    assert refusal(app.redeem(code)) == "invalid_grant"
    assert not RefreshToken.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://shop.example/other"},
        {"redirect_uri": ""},
        {"code_verifier": ""},
        {"code_verifier": VERIFIER + "x"},
        {"code_verifier": VERIFIER[:-1]},
        {"code_verifier": "short"},
        {"code_verifier": "\u00e4" * 50},
        {"code": "guessed"},
    ],
)
def test_nothing_may_differ_from_the_request(
    app: App, session: BrowserSession, changed: dict[str, str]
) -> None:
    code = app.code(session)

    assert refusal(app.redeem(**({"code": code} | changed))) == "invalid_grant"

    if "code" not in changed:
        assert refusal(app.redeem(code)) == "invalid_grant"


def test_a_verifier_without_a_challenge_is_refused(shop: Kaffeehaus, session: BrowserSession) -> None:
    old = confidential(shop.brand, require_pkce=False)
    nothing = {"code_challenge": "", "code_challenge_method": ""}

    assert refusal(old.redeem(old.code(session, **nothing))) == "invalid_grant"
    assert old.redeem(old.code(session, **nothing), code_verifier="").status_code == 200


def test_a_challenge_once_sent_is_held_against_old_apps_too(
    shop: Kaffeehaus, session: BrowserSession
) -> None:
    old = confidential(shop.brand, require_pkce=False)

    assert refusal(old.redeem(old.code(session), code_verifier="")) == "invalid_grant"


def test_a_code_is_good_for_a_minute(app: App, session: BrowserSession) -> None:
    assert refusal(app.redeem(app.code(session, 61))) == "invalid_grant"
    assert app.redeem(app.code(session, 50)).status_code == 200


def test_a_code_must_be_sent(app: App) -> None:
    assert refusal(app.redeem("")) == "invalid_request"


def test_a_code_dies_with_its_session(app: App, session: BrowserSession) -> None:
    code = app.code(session)
    session.delete()

    assert refusal(app.redeem(code)) == "invalid_grant"


def test_nothing_that_could_be_used_lies_in_the_tables(app: App, session: BrowserSession) -> None:
    code = app.code(session)
    told = json_of(app.redeem(code))
    app.redeem(code)

    rows = [*Grant.objects.values(), *RefreshToken.objects.values(), *Revocation.objects.values()]
    assert len(rows) == 3
    for secret in (code, told["refresh_token"], told["access_token"], told["id_token"], app.secret):
        assert secret not in str(rows)
