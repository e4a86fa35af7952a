"""What an app may ask, and what it is told where it may not."""

from collections.abc import Mapping

import pytest
from django.test import RequestFactory

from auth_flows.oidc.refusals import RefusedHere, RefusedToApp
from auth_flows.oidc.requests import AuthorizationRequest, check
from ciam.lib.crypto import new_token
from tests.auth_flows.oidc.apps import (
    CALLBACK,
    CHALLENGE,
    App,
    answer_of,
    confidential,
    public,
    service,
)
from tests.people import Kaffeehaus

ISSUER = "http://localhost:8000"


Said = dict[str, str | list[str]]


def refused_here(said: Mapping[str, str | list[str]], **form: str) -> str:
    factory = RequestFactory()
    request = factory.post("/oauth/authorize", form, query_params=said) if form else factory.get("/x", said)
    with pytest.raises(RefusedHere) as caught:
        check(request)
    assert str(caught.value.sentence)
    assert str(caught.value.hint)
    return caught.value.code


def told(app: App, **changed: str) -> dict[str, str]:
    """What the app is told at its own address."""
    with pytest.raises(RefusedToApp) as caught:
        app.request(**changed)
    address = caught.value.redirect_url
    assert address.startswith(f"{CALLBACK}?")
    answer = answer_of(address)
    assert answer["iss"] == ISSUER
    assert answer["error_description"]
    assert "code" not in answer
    return answer


def error(app: App, **changed: str) -> str:
    return told(app, **changed)["error"]


def test_a_request_without_a_flaw_is_read_as_it_was_sent(app: App) -> None:
    asked = app.request(prompt="login", max_age="60", acr_values="urn:ciam:acr:2 x", ui_locales="de-AT en")

    assert asked == AuthorizationRequest(
        client=app.client,
        redirect_uri=CALLBACK,
        response_type="code",
        response_mode="query",
        scopes=("openid", "profile", "email", "offline_access"),
        state="state-1",
        nonce="nonce-1",
        prompt=frozenset({"login"}),
        max_age=60,
        acr_values=("urn:ciam:acr:2", "x"),
        login_hint="",
        ui_locales=("de-AT", "en"),
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
    )


def test_a_request_can_wait_in_a_row_and_be_asked_again_by_its_address(app: App) -> None:
    asked = app.request(prompt="login create", max_age="0", login_hint="Ada <ada@example.com>")

    assert AuthorizationRequest.from_json(asked.as_json()) == asked
    assert check(RequestFactory().get(asked.address())) == asked


def test_a_waiting_request_is_refused_once_its_app_is_out_of_use(app: App) -> None:
    waiting = app.request().as_json()
    app.client.is_active = False
    app.client.save()

    with pytest.raises(RefusedHere):
        AuthorizationRequest.from_json(waiting)


def test_the_same_request_may_come_as_a_form(app: App) -> None:
    assert check(RequestFactory().post("/oauth/authorize", app.asks())) == app.request()


@pytest.mark.parametrize("client_id", ["", "nobody", "a\0b", "ä", "x" * 300, "' OR 1=1 --"])
def test_an_unknown_app_sends_nobody_anywhere(app: App, client_id: str) -> None:
    assert refused_here({**app.asks(), "client_id": client_id}) == "unknown_client"


def test_an_app_out_of_use_sends_nobody_anywhere(app: App) -> None:
    app.client.is_active = False
    app.client.save()

    assert refused_here(app.asks()) == "inactive_client"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://shop.example/callback/../evil",
        "https://shop.example//evil",
        "https://shop.example/%2e%2e/",
        "https://shop.example/callback/more",
        "https://shop.example/callback/",
        "https://shop.example/callback?a=1",
        "https://shop.example/callback#x",
        "https://shop.example/",
        "https://shop.example",
        "http://shop.example/callback",
        "https://shop.example:8443/callback",
        "https://shop.example:443/callback",
        "https://SHOP.example/callback",
        "https://shop.example./callback",
        "https://shop.example.evil/callback",
        "https://shop.example@evil/callback",
        "https://evil/callback",
        "//shop.example/callback",
        " https://shop.example/callback",
        "https://shop.example/callback ",
        "https://shop.example/callback\n",
        "https://shop.example/callback\0",
        "javascript:alert(1)//https://shop.example/callback",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "",
    ],
)
def test_only_the_very_address_that_was_registered_is_followed(app: App, redirect_uri: str) -> None:
    code = refused_here({**app.asks(), "redirect_uri": redirect_uri})

    assert code == ("redirect_uri_mismatch" if redirect_uri else "invalid_request")


def test_an_unsafe_address_is_not_followed_even_if_it_got_into_the_table(app: App) -> None:
    app.client.redirect_uris = "javascript:alert(1)"
    app.client.save()

    assert refused_here(app.asks()) == "redirect_uri_mismatch"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_two_apps_or_two_addresses_are_none(app: App, name: str) -> None:
    said = app.asks()

    assert refused_here({**said, name: [said[name], said[name]]}) == "invalid_request"
    assert refused_here({**said}, **{name: "https://evil.example"}) == "invalid_request"


@pytest.mark.parametrize("name", ["state", "scope", "nonce", "response_type", "code_challenge", "whatever"])
def test_no_parameter_comes_twice(app: App, name: str) -> None:
    said: Said = {**app.asks(), name: ["one", "two"]}

    with pytest.raises(RefusedToApp) as caught:
        check(RequestFactory().get("/oauth/authorize", said))

    answer = answer_of(caught.value.redirect_url)
    assert answer["error"] == "invalid_request"
    assert answer.get("state") == (None if name == "state" else "state-1")


def test_one_in_the_address_and_one_in_the_form_are_two(app: App) -> None:
    request = RequestFactory().post("/oauth/authorize", {"state": "two"}, query_params=app.asks())

    with pytest.raises(RefusedToApp):
        check(request)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"response_mode": "query.jwt"}, "invalid_request"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"scope": "   "}, "invalid_scope"),
        ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "A"}, "invalid_request"),
        ({"code_challenge": CHALLENGE[:-1] + "="}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "http://127.0.0.1:9000/x"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none none login"}, "invalid_request"),
        ({"prompt": "whatever"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1.5"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "\u0663"}, "invalid_request"),
        ({"max_age": "9" * 30}, "invalid_request"),
        ({"nonce": "n" * 256}, "invalid_request"),
        ({"nonce": "a\0b"}, "invalid_request"),
        ({"scope": "openid\0"}, "invalid_request"),
        ({"scope": "openid " * 200}, "invalid_request"),
    ],
)
def test_the_app_is_told_what_is_wrong(app: App, changed: dict[str, str], expected: str) -> None:
    answer = told(app, **changed)

    assert answer["error"] == expected
    assert answer["state"] == "state-1"


@pytest.mark.parametrize("state", ["a\0b", "x\r\nSet-Cookie: a=b", "s" * 4_097, "\u20ac" * 1_000])
def test_a_state_that_can_not_go_back_as_it_came_does_not_go_back(app: App, state: str) -> None:
    answer = told(app, state=state)

    assert answer["error"] == "invalid_request"
    assert "state" not in answer


def test_a_state_goes_back_as_it_came(app: App) -> None:
    state = 'a&b=c #%\u00e9"<script>'

    assert told(app, state=state, scope="nothing")["state"] == state


def test_an_app_with_one_address_must_name_it_all_the_same(app: App) -> None:
    assert refused_here(app.asks(redirect_uri="")) == "invalid_request"


def test_an_old_confidential_app_may_go_without_a_challenge_and_a_public_one_never(shop: Kaffeehaus) -> None:
    nothing = {"code_challenge": "", "code_challenge_method": ""}
    old = confidential(shop.brand, require_pkce=False)
    careless = public(shop.brand, require_pkce=False)

    assert old.request(**nothing).code_challenge == ""
    assert old.request().code_challenge == CHALLENGE
    assert error(old, code_challenge_method="plain") == "invalid_request"
    assert error(careless, **nothing) == "invalid_request"


def test_an_app_that_acts_for_itself_signs_nobody_in(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    app.client.redirect_uris = CALLBACK
    app.client.save()

    assert error(app, scope="stock:read") == "unauthorized_client"


@pytest.mark.parametrize("name", ["login_hint", "ui_locales", "acr_values"])
@pytest.mark.parametrize("value", ["x" * 8_000, "a\0b"])
def test_hints_that_are_too_much_are_left_out(app: App, name: str, value: str) -> None:
    assert not getattr(app.request(**{name: value}), name)


def test_markup_among_languages_is_left_out(app: App) -> None:
    assert app.request(ui_locales="de <script> en").ui_locales == ("de", "en")


def test_what_is_not_known_is_ignored(app: App) -> None:
    asked = app.request(display="popup", whatever=new_token())

    assert asked == app.request()
    assert "whatever" not in asked.as_json()
