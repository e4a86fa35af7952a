"""What a call may cost, with keys and apps in the process' memory as they are on a busy day."""

from django.test import Client as Browser

from auth_flows.models import BrowserSession
from auth_flows.models.client import forget_cached
from tests.auth_flows.oidc.apps import App, at_most, json_of, service, userinfo
from tests.people import Kaffeehaus

CREDENTIALS = {"grant_type": "client_credentials"}


def test_client_credentials_cost_nothing_and_one_when_the_app_was_forgotten(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    app.post("/oauth/token", CREDENTIALS)

    with at_most(0):
        assert app.post("/oauth/token", CREDENTIALS).status_code == 200
    forget_cached()
    with at_most(1):
        assert app.post("/oauth/token", CREDENTIALS).status_code == 200


def test_a_code_costs_three_and_four_with_a_refresh_token(app: App, session: BrowserSession) -> None:
    app.tokens(session)
    plain, offline = app.code(session, scope="openid"), app.code(session)

    with at_most(3):
        assert app.redeem(plain).status_code == 200
    with at_most(4):
        assert app.redeem(offline).status_code == 200


def test_a_refresh_costs_four_and_five_from_the_second_on(app: App, session: BrowserSession) -> None:
    token = app.tokens(session)["refresh_token"]

    with at_most(4):
        token = json_of(app.refresh(token))["refresh_token"]
    with at_most(5):
        assert app.refresh(token).status_code == 200


def test_userinfo_costs_one_and_one_more_for_each_of_profile_and_email(
    app: App, session: BrowserSession
) -> None:
    bare = app.tokens(session, scope="openid")["access_token"]
    full = app.tokens(session)["access_token"]

    with at_most(1):
        assert userinfo(bare).status_code == 200
    with at_most(3):
        assert userinfo(full).status_code == 200


def test_introspection_costs_one_and_two_for_a_refresh_token(app: App, session: BrowserSession) -> None:
    told = app.tokens(session)

    with at_most(1):
        assert app.introspect(told["access_token"])["active"]
    with at_most(2):
        assert app.introspect(told["refresh_token"])["active"]


def test_a_request_that_is_refused_costs_at_most_the_counter(app: App) -> None:
    app.request()

    with at_most(0):
        assert app.post("/oauth/token", {"grant_type": "password"}).status_code == 400
    with at_most(0):
        assert Browser().get("/oauth/userinfo").status_code == 401
    app.client.client_secret = "x"
    with at_most(1):
        assert Browser().post("/oauth/token", CREDENTIALS).status_code == 400


def test_a_code_is_given_by_one_statement(app: App, session: BrowserSession) -> None:
    app.request()

    with at_most(1):
        app.code(session)
