"""A refresh token is exchanged once; who uses one twice ends the family, who retries in time does not."""

import datetime as dt
from typing import Any

from django.db.models import F
from django.utils import timezone

from auth_flows.models import BrowserSession, RefreshToken
from auth_flows.oidc import lifetimes
from tests.auth_flows.oidc.apps import App, confidential, json_of, opened, post, public, userinfo
from tests.people import Kaffeehaus

LATE = lifetimes.GRACE + dt.timedelta(seconds=1)


def refreshed(app: App, token: str, **more: str) -> dict[str, Any]:
    response = app.refresh(token, **more)
    assert response.status_code == 200, response.content
    return json_of(response)


def error(app: App, token: str, **more: str) -> str:
    response = app.refresh(token, **more)
    assert response.status_code == 400
    return str(json_of(response)["error"])


def later(span: dt.timedelta) -> None:
    """As if the exchanges had been that long ago."""
    RefreshToken.objects.exclude(revoked=None).update(revoked=F("revoked") - span)


def test_a_refresh_token_becomes_a_new_pair(app: App, session: BrowserSession) -> None:
    first = app.tokens(session)

    second = refreshed(app, first["refresh_token"])

    assert second["refresh_token"] != first["refresh_token"]
    assert userinfo(second["access_token"]).status_code == 200
    assert refreshed(app, second["refresh_token"])["refresh_token"]


def test_the_new_id_token_speaks_of_the_same_sign_in(app: App, session: BrowserSession) -> None:
    first = app.tokens(session)

    second = refreshed(app, first["refresh_token"])

    before, after = opened(first["id_token"]).claims, opened(second["id_token"]).claims
    same = ("iss", "sub", "aud", "azp", "sid", "auth_time", "acr", "amr")
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    assert "nonce" not in after


def test_less_may_be_asked_for_and_more_may_not(app: App, session: BrowserSession) -> None:
    first = app.tokens(session, scope="openid email offline_access")

    less = refreshed(app, first["refresh_token"], scope="email")

    assert less["scope"] == "email"
    assert "id_token" not in less
    assert error(app, less["refresh_token"], scope="openid profile") == "invalid_scope"
    assert refreshed(app, less["refresh_token"])["scope"] == "openid email offline_access"


def test_what_an_app_has_lost_it_does_not_get_by_refreshing(app: App, session: BrowserSession) -> None:
    first = app.tokens(session)
    app.client.scopes = ["openid", "offline_access"]
    app.client.save()

    second = refreshed(app, first["refresh_token"])
    assert second["scope"] == "openid offline_access"

    app.client.scopes = ["openid"]
    app.client.save()
    assert error(app, second["refresh_token"]) == "invalid_grant"


def test_a_token_used_twice_ends_the_whole_family(app: App, session: BrowserSession) -> None:
    first = app.tokens(session)
    second = refreshed(app, first["refresh_token"])
    later(LATE)

    assert error(app, first["refresh_token"]) == "invalid_grant"

    assert error(app, second["refresh_token"]) == "invalid_grant"
    for token in (first["access_token"], second["access_token"]):
        assert userinfo(token).status_code == 401
        assert app.introspect(token) == {"active": False}
    assert app.introspect(second["refresh_token"]) == {"active": False}


def test_another_family_of_the_same_person_lives_on(app: App, session: BrowserSession) -> None:
    first, other = app.tokens(session), app.tokens(session)
    refreshed(app, first["refresh_token"])
    later(LATE)
    error(app, first["refresh_token"])

    assert refreshed(app, other["refresh_token"])


def test_a_client_that_sends_it_again_in_time_gets_a_sibling_pair(app: App, session: BrowserSession) -> None:
    first = app.tokens(session)
    one = refreshed(app, first["refresh_token"])

    two = refreshed(app, first["refresh_token"])

    assert len({first["refresh_token"], one["refresh_token"], two["refresh_token"]}) == 3
    assert refreshed(app, one["refresh_token"])
    assert refreshed(app, two["refresh_token"])
    assert userinfo(two["access_token"]).status_code == 200


def test_the_grace_ends_with_the_successors_first_use(app: App, session: BrowserSession) -> None:
    first = app.tokens(session)
    second = refreshed(app, first["refresh_token"])
    third = refreshed(app, second["refresh_token"])

    assert error(app, first["refresh_token"]) == "invalid_grant"

    assert error(app, third["refresh_token"]) == "invalid_grant"


def test_a_family_does_not_outlive_its_absolute_age(app: App, session: BrowserSession) -> None:
    token = app.tokens(session)["refresh_token"]
    end = RefreshToken.objects.get().expires
    assert end - timezone.now() <= dt.timedelta(days=30)

    for _day in range(3):
        token = refreshed(app, token)["refresh_token"]

    assert set(RefreshToken.objects.values_list("expires", flat=True)) == {end}
    RefreshToken.objects.update(expires=timezone.now() - dt.timedelta(seconds=1))
    assert error(app, token) == "invalid_grant"


def test_a_family_does_not_outlive_its_session(app: App, session: BrowserSession) -> None:
    session.ends_at = timezone.now() + dt.timedelta(days=2)
    session.save()

    app.tokens(session)

    assert RefreshToken.objects.get().expires == session.ends_at


def test_a_refresh_token_is_its_apps_alone(app: App, shop: Kaffeehaus, session: BrowserSession) -> None:
    token = app.tokens(session)["refresh_token"]

    assert error(confidential(shop.brand), token) == "invalid_grant"
    assert error(public(shop.brand), token) == "invalid_grant"

    assert refreshed(app, token)


def test_a_public_app_must_say_who_it_is(shop: Kaffeehaus, session: BrowserSession) -> None:
    token = public(shop.brand).tokens(session)["refresh_token"]

    response = post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": token})

    assert (response.status_code, json_of(response)["error"]) == (400, "invalid_grant")


def test_what_is_no_refresh_token(app: App, session: BrowserSession) -> None:
    told = app.tokens(session)

    assert error(app, "") == "invalid_request"
    assert error(app, "guessed") == "invalid_grant"
    assert error(app, told["access_token"]) == "invalid_grant"


def test_an_operator_ends_a_family_at_a_stroke(app: App, session: BrowserSession) -> None:
    told = app.tokens(session)

    RefreshToken.objects.get().revoke()

    assert error(app, told["refresh_token"]) == "invalid_grant"
    assert userinfo(told["access_token"]).status_code == 401
