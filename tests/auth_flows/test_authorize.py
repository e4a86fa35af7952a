"""The authorization endpoint: an app's request becomes a sign-in, and nothing else comes of a bad one."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.utils import timezone

from auth_flows.models import BrowserSession, Grant, SignIn
from tests.auth_flows.oidc.apps import CALLBACK, VERIFIER, App, confidential, opened
from tests.people import PASSWORD, Kaffeehaus, customer, totp_code
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(shop: Kaffeehaus) -> App:
    return confidential(shop.brand)


def address(app: App, **changed: str) -> str:
    return f"/oauth/authorize?{urlencode(app.asks(**changed))}"


def claims_of(id_token: str) -> dict[str, Any]:
    return dict(opened(id_token).claims)


def answer(walker: Walker) -> dict[str, str]:
    """What the app is told by way of the browser."""
    assert walker.url.startswith(CALLBACK), walker.url
    return {name: values[0] for name, values in parse_qs(urlsplit(walker.url).query).items()}


def signed_in(shop: Kaffeehaus, app: App, *, totp: bool = False) -> Walker:
    """Ada, signed in at the app."""
    customer("ada@example.com", brand=shop.brand, totp=totp)
    walker = Walker().open(address(app)).send(identifier="ada@example.com").send(password=PASSWORD)
    if totp:
        walker.send(code=totp_code())
    return walker.send(agree_terms="on")


def test_a_request_ends_at_the_app_with_a_code_that_says_the_truth(shop: Kaffeehaus, app: App) -> None:
    walker = signed_in(shop, app)

    told = answer(walker)
    tokens = app.redeem(told["code"]).json()

    assert (told["state"], told["iss"]) == ("state-1", "http://localhost:8000")
    claims = claims_of(tokens["id_token"])
    session = BrowserSession.objects.get()
    assert claims["sid"] == str(session.pk)
    assert claims["amr"] == ["pwd"]
    assert claims["acr"] == "urn:ciam:acr:1"
    assert claims["nonce"] == "nonce-1"


def test_a_second_request_is_answered_without_a_page(shop: Kaffeehaus, app: App) -> None:
    walker = signed_in(shop, app)
    pages = SignIn.objects.count()

    walker.open(address(app, state="state-2"))

    assert answer(walker)["state"] == "state-2"
    assert SignIn.objects.count() == pages


def test_an_unknown_app_and_a_foreign_address_get_a_page_of_ours_and_no_redirect(app: App) -> None:
    for bad in (
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": f"{CALLBACK}/../evil"},
        {"redirect_uri": f"{CALLBACK}?a=1"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": ""},
    ):
        walker = Walker().open(address(app, **bad))

        assert walker.status == 400, bad
        assert walker.heading == "This app can't sign you in"
        assert "Location" not in walker.response
    assert not SignIn.objects.exists()
    assert not Grant.objects.exists()


def test_prompt_none_says_what_is_missing_and_shows_nothing(shop: Kaffeehaus, app: App) -> None:
    walker = Walker().open(address(app, prompt="none"))
    assert answer(walker)["error"] == "login_required"

    walker = signed_in(shop, app).open(address(app, prompt="none"))
    assert answer(walker)["code"]
    walker.open(address(app, prompt="none", acr_values="urn:ciam:acr:2"))
    assert answer(walker)["error"] == "interaction_required"


def test_prompt_login_asks_again_and_tells_the_new_time(shop: Kaffeehaus, app: App) -> None:
    walker = signed_in(shop, app)
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    BrowserSession.objects.update(proofs=[{"method": "password", "at": hour_ago.isoformat()}])

    walker.open(address(app, prompt="login"))
    assert walker.heading == "Enter your password"
    walker.send(password=PASSWORD)

    claims = claims_of(app.redeem(answer(walker)["code"]).json()["id_token"])
    assert claims["auth_time"] > hour_ago.timestamp() + 3_000


@pytest.mark.parametrize(("max_age", "asks"), [("10", True), ("7200", False)])
def test_max_age_asks_again_only_for_older_proofs(
    shop: Kaffeehaus, app: App, max_age: str, asks: bool
) -> None:
    walker = signed_in(shop, app)
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    BrowserSession.objects.update(proofs=[{"method": "password", "at": hour_ago.isoformat()}])

    walker.open(address(app, max_age=max_age))

    assert (walker.heading == "Enter your password") is asks


def test_prompt_create_leads_to_registration_whoever_is_signed_in(shop: Kaffeehaus, app: App) -> None:
    walker = signed_in(shop, app).open(address(app, prompt="create"))
    assert walker.heading == "Create your account"

    walker.send(identifier="bob@example.com").send(code=code_for("bob@example.com"))
    walker.send().send(password=PASSWORD).send(agree_terms="on")

    assert answer(walker)["code"]


def test_a_posted_request_is_asked_again_by_the_browser_itself(shop: Kaffeehaus, app: App) -> None:
    response = Walker().browser.post("/oauth/authorize", app.asks())

    assert response.status_code == 303
    assert response["Location"].startswith("/oauth/authorize?")


def test_a_parameter_in_query_and_body_was_sent_twice(shop: Kaffeehaus, app: App) -> None:
    walker = Walker()

    response = walker.browser.post("/oauth/authorize?state=other", app.asks())
    walker.open(response["Location"])

    assert answer(walker)["error"] == "invalid_request"


def test_an_app_that_demands_a_second_factor_gets_it(shop: Kaffeehaus) -> None:
    bank = confidential(shop.brand, least_level=2)

    walker = signed_in(shop, bank, totp=True)

    claims = claims_of(bank.redeem(answer(walker)["code"]).json()["id_token"])
    assert claims["acr"] == "urn:ciam:acr:2"
    assert set(claims["amr"]) == {"pwd", "otp", "mfa"}


def test_who_has_no_second_factor_sets_one_up_for_that_app(shop: Kaffeehaus) -> None:
    bank = confidential(shop.brand, least_level=2)
    customer("ada@example.com", brand=shop.brand)

    walker = Walker().open(address(bank)).send(identifier="ada@example.com").send(password=PASSWORD)

    assert walker.heading == "Set up a second factor"
    assert not Grant.objects.exists()


def test_the_page_may_end_at_this_app_and_at_no_other(shop: Kaffeehaus, app: App) -> None:
    walker = Walker().open(address(app))

    policy = walker.response["Content-Security-Policy"]

    assert "form-action 'self' https://shop.example;" in policy + ";"
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy


def test_an_app_that_goes_out_of_use_meanwhile_gets_no_code(shop: Kaffeehaus, app: App) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open(address(app)).send(identifier="ada@example.com")
    app.client.is_active = False
    app.client.save()

    walker.send(password=PASSWORD)

    assert walker.status == 400
    assert not Grant.objects.exists()


def test_a_code_needs_the_verifier_of_its_challenge(shop: Kaffeehaus, app: App) -> None:
    told = answer(signed_in(shop, app))

    refused = app.post(
        "/oauth/token",
        {
            "grant_type": "authorization_code",
            "code": told["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER[::-1],
        },
    )

    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_grant"
