"""Signing in, as far as it goes without a CIAM."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.shop.facts import Client
from demo.shop.oidc.answer import check_issuer, code_of
from demo.shop.oidc.failed import SignInFailed
from demo.shop.oidc.provider import Metadata
from demo.shop.oidc.request import authorization_url, challenge
from demo.shop.sign_in import ROOMS, destination
from tests.shop.running import RunningShop
from tests.shop.signing_in import begin, text

ISSUER = "https://id.example.com"
CIAM = Metadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/authorize",
    token_endpoint=f"{ISSUER}/token",
    jwks_uri=f"{ISSUER}/jwks",
    userinfo_endpoint="",
    end_session_endpoint="",
    prompts=("login", "create"),
    names_issuer=True,
)
WITHOUT_CREATE = Metadata(**{**vars(CIAM), "prompts": ()})


def asked(metadata: Metadata, *, register: bool) -> dict[str, list[str]]:
    url = authorization_url(
        metadata,
        Client("shop", "a-secret", ("openid", "email")),
        redirect_uri="http://localhost:8001/callback",
        state="a-state",
        nonce="a-nonce",
        verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        register=register,
    )
    return parse_qs(urlsplit(url).query)


def test_pkce_is_as_rfc_7636_shows_it() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_request_asks_for_a_code_with_state_nonce_and_challenge() -> None:
    assert asked(CIAM, register=False) == {
        "response_type": ["code"],
        "client_id": ["shop"],
        "redirect_uri": ["http://localhost:8001/callback"],
        "scope": ["openid email"],
        "state": ["a-state"],
        "nonce": ["a-nonce"],
        "code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
        "code_challenge_method": ["S256"],
    }


def test_registering_asks_for_it_where_the_ciam_knows_how() -> None:
    assert asked(CIAM, register=True)["prompt"] == ["create"]
    assert "prompt" not in asked(WITHOUT_CREATE, register=True)


@pytest.mark.parametrize(
    "told", ["https://evil.example", "//evil.example", "/\\evil.example", "", "/callback"]
)
def test_a_sign_in_leads_to_a_page_of_the_shop(told: str) -> None:
    assert destination(told) == "/orders"


@given(st.text())
def test_no_link_leads_elsewhere(told: str) -> None:
    assert destination(told) in ROOMS


@pytest.mark.parametrize("path", ["/orders", "/rewards"])
def test_a_room_asks_who_it_is(ada: httpx.Client, path: str) -> None:
    answer = ada.get(path)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("path", ["/sign-in?next=/orders", "/register"])
def test_without_the_ciam_a_sign_in_says_so(ada: httpx.Client, path: str) -> None:
    answer = ada.get(path)

    assert answer.status_code == 503
    assert "Try again" in text(answer)


@pytest.mark.parametrize("query", ["", "?code=a", "?state=made-up&code=a", "?state=a&state=b"])
def test_an_answer_that_nobody_asked_for_signs_nobody_in(ada: httpx.Client, query: str) -> None:
    answer = ada.get(f"/callback{query}")

    assert answer.status_code == 400
    assert "__Host-shop=" not in answer.headers.get("Set-Cookie", "")


def test_an_answer_belongs_to_the_browser_that_asked(
    website: RunningShop, ada: httpx.Client, mallory: httpx.Client
) -> None:
    state = begin(website, mallory)
    ada.get("/")

    answer = ada.get("/callback", params={"state": state, "code": "of-mallory"})

    assert "unknown_state" in answer.text
    assert website.shop.attempts.get(state) is not None


def test_an_answer_is_taken_once(website: RunningShop, ada: httpx.Client) -> None:
    state = begin(website, ada)

    first, second = (ada.get("/callback", params={"state": state, "code": "a"}) for _ in range(2))

    assert first.status_code == 503
    assert "unknown_state" in second.text


def test_an_answer_from_somebody_else_is_not_believed() -> None:
    for answer in ({"iss": "https://evil.example"}, {}):
        with pytest.raises(SignInFailed, match="somebody else"):
            check_issuer(answer, CIAM)
    check_issuer({"iss": ISSUER}, CIAM)


def test_an_error_comes_with_its_code_and_a_sentence() -> None:
    with pytest.raises(SignInFailed, match="You did not sign in") as refused:
        code_of({"error": "access_denied", "error_description": "no"})
    with pytest.raises(SignInFailed, match="Not now") as other:
        code_of({"error": "temporarily_unavailable", "error_description": "Not now."})

    assert (refused.value.code, other.value.code) == ("access_denied", "temporarily_unavailable")


def test_an_answer_without_code_or_error_fails() -> None:
    with pytest.raises(SignInFailed, match="neither"):
        code_of({"state": "a"})
