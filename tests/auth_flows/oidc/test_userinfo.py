"""What an app learns of a person: what its scopes open, and only what that person said or proved."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Account, Identifier, Source
from accounts.profiles import Said, say
from accounts.values import Value
from auth_flows.models import BrowserSession
from tests.auth_flows.oidc.apps import App, json_of, service, userinfo
from tests.people import Kaffeehaus


def said(account: Account, source: Source = Source.CUSTOMER, **values: Value) -> None:
    say(account, values, Said(source, "", timezone.now()))


def told(app: App, session: BrowserSession, scope: str) -> dict[str, Any]:
    response = userinfo(app.tokens(session, scope=scope)["access_token"])
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return json_of(response)


def test_each_scope_opens_its_own_claims(app: App, session: BrowserSession, ada: Account) -> None:
    said(ada, given_name="Ada", family_name="Lovelace", country="GB", interests=["espresso"])
    sub = {"sub": ada.subject()}
    profile = {"given_name": "Ada", "family_name": "Lovelace", "name": "Ada Lovelace"}
    email = {"email": "ada@example.com", "email_verified": True}

    assert told(app, session, "openid") == sub
    assert told(app, session, "openid profile") == sub | profile
    assert told(app, session, "openid email") == sub | email
    assert told(app, session, "openid email profile") == sub | profile | email


def test_what_is_not_known_is_left_out(app: App, session: BrowserSession, ada: Account) -> None:
    Identifier.objects.all().delete()

    assert told(app, session, "openid profile email") == {"sub": ada.subject()}


def test_an_address_is_verified_only_if_this_very_one_was_proven(
    app: App, session: BrowserSession, ada: Account
) -> None:
    Identifier.objects.update(is_primary=False)
    Identifier.objects.create(
        account=ada, kind="email", value="new@example.com", normal="new@example.com", is_primary=True
    )

    answer = told(app, session, "openid email")

    assert (answer["email"], answer["email_verified"]) == ("new@example.com", False)


def test_a_retired_address_is_not_told(app: App, session: BrowserSession) -> None:
    Identifier.objects.update(retired_at=timezone.now())

    assert "email" not in told(app, session, "openid email")


def test_what_a_website_reported_does_not_travel_to_apps(
    app: App, session: BrowserSession, ada: Account
) -> None:
    said(ada, Source.WEBSITE, given_name="Adda", family_name="L.", locale="en")
    said(ada, Source.CUSTOMER, given_name="Ada")

    assert told(app, session, "openid profile") == {"sub": ada.subject(), "given_name": "Ada", "name": "Ada"}


def test_the_token_comes_in_the_header_and_nowhere_else(app: App, session: BrowserSession) -> None:
    token = app.tokens(session)["access_token"]
    path, browser = "/oauth/userinfo", Browser(enforce_csrf_checks=True)
    bearer = {"Authorization": f"bearer {token}"}

    assert browser.post(path, headers=bearer).status_code == 200
    assert browser.get(path, {"access_token": token}).status_code == 401
    assert browser.post(path, {"access_token": token}).status_code == 401
    assert browser.get(path, headers={"Authorization": f"Basic {token}"}).status_code == 401
    assert browser.put(path, headers=bearer).status_code == 405


def test_who_brings_nothing_is_told_how_and_not_why(app: App) -> None:
    response = Browser().get("/oauth/userinfo")

    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert 'error="invalid_token"' in userinfo("guessed")["WWW-Authenticate"]


def test_a_signed_in_browser_is_no_token(app: App, session: BrowserSession) -> None:
    browser = Browser()
    browser.cookies["__Host-ciam"] = "whatever"

    assert browser.get("/oauth/userinfo").status_code == 401


def test_a_token_without_openid_tells_nothing_of_a_person(
    app: App, session: BrowserSession, shop: Kaffeehaus
) -> None:
    person = app.tokens(session, scope="email")["access_token"]
    own = json_of(service(shop.brand).post("/oauth/token", {"grant_type": "client_credentials"}))

    for token in (person, own["access_token"]):
        response = userinfo(token)
        assert response.status_code == 403
        assert 'error="insufficient_scope"' in response["WWW-Authenticate"]


@pytest.mark.parametrize(
    "token", ["", " ", "a b", "x" * 9_000, "a.b.c", "\u00e4.\u00e4.\u00e4".encode().decode("latin-1")]
)
def test_what_is_no_token_opens_nothing(app: App, token: str) -> None:
    assert userinfo(token).status_code == 401
