"""Signing out for an app: at once for who shows this session's ID token, otherwise the person is asked."""

from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from django.test import Client as Browser
from django.urls import reverse

from accounts.events import EventType
from accounts.models import Account, Event
from auth_flows.models import BrowserSession, Grant, RefreshToken
from tests.auth_flows.oidc.apps import (
    AFTERWARDS,
    Answer,
    App,
    confidential,
    native,
    opened,
    signed_in,
    userinfo,
)
from tests.people import Kaffeehaus, customer

LOGOUT = "/oauth/logout"
KEY = "the-secret-of-adas-cookie"


@pytest.fixture
def session(ada: Account, shop: Kaffeehaus) -> BrowserSession:
    return signed_in(ada, shop.brand, key=KEY)


@pytest.fixture
def browser(session: BrowserSession) -> Browser:
    browser = Browser(enforce_csrf_checks=True)
    browser.cookies["__Host-ciam"] = KEY
    return browser


def is_signed_in(session: BrowserSession) -> bool:
    return BrowserSession.objects.filter(pk=session.pk).exists()


def asks(response: Answer) -> bool:
    names = [template.name for template in response.templates]
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert "auth_flows/sign_out.html" in names or "auth_flows/signed_out.html" in names
    return "auth_flows/sign_out.html" in names


def press_the_button(browser: Browser, page: Answer, **changed: str) -> Answer:
    form = BeautifulSoup(page.content, "html.parser").find("form", method="post")
    assert form is not None
    fields = {str(tag["name"]): str(tag.get("value", "")) for tag in form.find_all("input")}
    return browser.post(str(form["action"]), fields | changed)


def test_an_app_that_shows_the_id_token_signs_out_and_has_the_browser_back(
    app: App, session: BrowserSession, browser: Browser
) -> None:
    told = app.tokens(session)
    said = {"id_token_hint": told["id_token"], "post_logout_redirect_uri": AFTERWARDS, "state": "a&b"}

    response = browser.get(LOGOUT, said)

    assert response.status_code == 303
    assert response["Location"] == f"{AFTERWARDS}?state=a%26b"
    assert not is_signed_in(session)
    assert not RefreshToken.objects.exists()
    assert not Grant.objects.exists()
    assert userinfo(told["access_token"]).status_code == 401
    assert app.refresh(told["refresh_token"]).status_code == 400
    assert browser.cookies["__Host-ciam"].value == ""


def test_signing_out_is_an_event(app: App, session: BrowserSession, browser: Browser, ada: Account) -> None:
    browser.get(LOGOUT, {"id_token_hint": app.tokens(session)["id_token"]})

    event = Event.objects.get(type=EventType.SIGNED_OUT)
    assert (event.account_id, event.brand_id) == (ada.pk, session.brand_id)
    assert (event.actor_kind, event.actor_id) == ("customer", str(ada.pk))


def test_without_an_address_it_ends_on_our_page(app: App, session: BrowserSession, browser: Browser) -> None:
    response = browser.get(LOGOUT, {"id_token_hint": app.tokens(session)["id_token"]})

    assert not asks(response)
    assert not is_signed_in(session)


def test_who_shows_nothing_makes_us_ask(session: BrowserSession, browser: Browser) -> None:
    page = browser.get(LOGOUT)

    assert asks(page)
    assert is_signed_in(session)
    assert b"ada@example.com" in page.content
    assert not asks(press_the_button(browser, page))
    assert not is_signed_in(session)


def test_a_form_without_its_token_signs_nobody_out(session: BrowserSession, browser: Browser) -> None:
    page = browser.get(LOGOUT)

    assert press_the_button(browser, page, csrfmiddlewaretoken="x" * 64).status_code == 403
    assert browser.post(LOGOUT, {"csrfmiddlewaretoken": ""}).status_code == 403
    assert is_signed_in(session)


def modified(token: str) -> str:
    header, claims, signature = token.split(".")
    return f"{header}.{claims}.{'A' * len(signature)}"


def test_a_hint_that_is_not_ours_makes_us_ask_and_leads_nowhere(
    app: App, session: BrowserSession, browser: Browser
) -> None:
    told = app.tokens(session)

    for hint in (modified(told["id_token"]), told["access_token"], "x", "a.b.c", "a\0b", "x" * 9_000):
        said = {"id_token_hint": hint, "post_logout_redirect_uri": AFTERWARDS}
        page = browser.get(LOGOUT, said)

        assert asks(page)
        assert is_signed_in(session)
        assert AFTERWARDS not in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        f"{AFTERWARDS}/",
        f"{AFTERWARDS}?x=1",
        "https://shop.example/callback",
        "javascript:alert(1)",
        "/account/",
        "a\0b",
    ],
)
def test_an_address_that_is_not_registered_is_never_followed(
    app: App, session: BrowserSession, browser: Browser, address: str
) -> None:
    said = {"id_token_hint": app.tokens(session)["id_token"], "post_logout_redirect_uri": address}

    page = browser.get(LOGOUT, said)

    assert asks(page)
    assert is_signed_in(session)
    done = press_the_button(browser, page)
    assert not asks(done)
    links = [
        str(link["href"]) for link in BeautifulSoup(done.content, "html.parser").find_all("a", href=True)
    ]
    assert address not in links
    assert not is_signed_in(session)


def test_the_id_token_of_another_session_makes_us_ask(
    app: App, session: BrowserSession, browser: Browser, ada: Account, shop: Kaffeehaus
) -> None:
    other = signed_in(ada, shop.brand)
    mallory = signed_in(customer("mallory@example.com", brand=shop.brand, password=None), shop.brand)

    for stranger in (other, mallory):
        hint = app.tokens(stranger)["id_token"]
        page = browser.get(LOGOUT, {"id_token_hint": hint, "post_logout_redirect_uri": AFTERWARDS})
        assert asks(page)
        assert is_signed_in(session)
        assert is_signed_in(stranger)
        assert "https://shop.example" in page["Content-Security-Policy"]

    assert press_the_button(browser, page)["Location"] == AFTERWARDS
    assert not is_signed_in(session)
    assert is_signed_in(other)
    assert is_signed_in(mallory)


def test_an_id_token_that_has_expired_will_do(
    app: App, session: BrowserSession, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = app.code(session)
    told = app.redeem(code).json()
    assert opened(told["id_token"]).claims["exp"]

    assert not asks(browser.get(LOGOUT, {"id_token_hint": told["id_token"]}))
    assert not is_signed_in(session)


def test_a_hint_of_another_app_than_the_one_named_makes_us_ask(
    app: App, shop: Kaffeehaus, session: BrowserSession, browser: Browser
) -> None:
    other = confidential(shop.brand)
    said = {
        "id_token_hint": app.tokens(session)["id_token"],
        "client_id": other.client.client_id,
        "post_logout_redirect_uri": AFTERWARDS,
    }

    page = browser.get(LOGOUT, said)

    assert asks(page)
    assert press_the_button(browser, page).status_code == 200


def test_who_is_signed_out_already_goes_back_to_the_app(app: App, session: BrowserSession) -> None:
    hint = app.tokens(session)["id_token"]
    session.delete()

    response = Browser().get(LOGOUT, {"id_token_hint": hint, "post_logout_redirect_uri": AFTERWARDS})

    assert response["Location"] == AFTERWARDS
    assert not asks(Browser().get(LOGOUT, {"post_logout_redirect_uri": AFTERWARDS}))


def test_an_app_that_shows_only_its_name_gets_a_link_at_most(
    app: App, session: BrowserSession, browser: Browser
) -> None:
    said = {"client_id": app.client.client_id, "post_logout_redirect_uri": AFTERWARDS, "state": "s"}

    done = press_the_button(browser, browser.get(LOGOUT, said))

    assert done.status_code == 200
    link = BeautifulSoup(done.content, "html.parser").find("a", href=f"{AFTERWARDS}?state=s")
    assert link is not None


def test_values_that_come_twice_make_us_ask(app: App, session: BrowserSession, browser: Browser) -> None:
    said = {
        "id_token_hint": app.tokens(session)["id_token"],
        "post_logout_redirect_uri": [AFTERWARDS, AFTERWARDS],
    }

    assert asks(browser.get(LOGOUT, said))
    assert is_signed_in(session)


def test_a_form_from_the_apps_site_is_asked_again_by_the_browser_itself(
    app: App, session: BrowserSession, browser: Browser
) -> None:
    said = {"id_token_hint": app.tokens(session)["id_token"], "state": "s", "other": "x"}

    response = Browser(enforce_csrf_checks=True).post(LOGOUT, said)

    assert response.status_code == 303
    said.pop("other")
    assert response["Location"] == f"{LOGOUT}?{urlencode(said)}"
    assert not asks(browser.get(response["Location"]))
    assert Browser().post(LOGOUT, {"state": "s" * 20_000})["Location"] == LOGOUT


def test_a_native_app_has_its_browser_back_on_any_port(
    shop: Kaffeehaus, session: BrowserSession, browser: Browser
) -> None:
    app = native(shop.brand)
    app.client.post_logout_redirect_uris = "http://127.0.0.1/bye com.example.coffee:/bye"
    app.client.save()
    hint = app.tokens(session)["id_token"]

    for address in ("http://127.0.0.1:4242/bye", "com.example.coffee:/bye"):
        response = browser.get(LOGOUT, {"id_token_hint": hint, "post_logout_redirect_uri": address})
        assert response["Location"] == address


def test_the_overview_knows_the_way_out() -> None:
    assert reverse("oidc-logout") == LOGOUT
