"""The way back from a provider (open set, A10.09): foreign and replayed states, mix-up, tokens for others."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.identifiers import account_with_email
from accounts.models import Account
from auth_flows.models import BrowserSession, SignIn
from tests.attacks.pages import ADA, MALLORY
from tests.bringing import back_address, comes_by, idps, leaves, linked, provider, sandbox
from tests.people import Kaffeehaus, customer
from tests.sandbox.running import RunningSandbox
from tests.walking import Walker

__all__ = ["idps", "sandbox"]
pytestmark = pytest.mark.django_db
LINK = "Continue with"
MALLORY_THERE: dict[str, Any] = {"sub": "mallory-1", "name": "Mallory", "given_name": "Mallory"}


def test_a10_09_a_state_is_for_one_use_in_one_browser_at_one_provider(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    there, other = provider(sandbox), provider(sandbox, name="other")
    linked(customer(ADA, brand=shop.brand), there)
    ada = Walker().open("/sign-in/")
    back = back_address(leaves(ada, "Continue with Oidc"))
    query = back.partition("?")[2]

    assert Walker().open(back).status == 410, "another browser"
    assert Walker(browser=ada.browser).open(f"{other.callback}?{query}").status == 410, "another provider"
    assert Walker(browser=ada.browser).open(back.replace("state=", "state=x")).status == 410
    assert Walker(browser=ada.browser).open(f"{there.callback}?code=x").status == 410
    assert ada.open(back).heading != "This page has expired"
    assert Walker(browser=ada.browser).open(back).status == 410, "again"


def test_a10_09_mallorys_answer_does_not_sign_ada_in_as_mallory(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    there = provider(sandbox).knows("mallory", **MALLORY_THERE)
    linked(customer(MALLORY, brand=shop.brand), there, "mallory-1")
    mallorys = back_address(leaves(Walker().open("/sign-in/"), LINK), "mallory")
    ada = Walker().open("/sign-in/")

    assert ada.open(mallorys).status == 410
    assert ada.open("/account/").heading == "Sign in"


def test_a10_09_a_code_of_another_provider_is_not_taken_there(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    """Mix-up (RFC 9700, 4.4): the answer of one brought to the address of another."""
    customer(ADA, brand=shop.brand)
    linked(account_with_email(ADA) or Account(), provider(sandbox))
    provider(sandbox, name="other").knows("mallory", **MALLORY_THERE)
    ada = Walker().open("/sign-in/")
    here = leaves(ada, "Continue with Oidc")
    state = parse_qs(urlsplit(here).query)["state"][0]
    elsewhere = Walker(browser=ada.browser).open("/sign-in/")
    foreign = back_address(leaves(elsewhere, "Continue with Other"), "mallory")
    said = parse_qs(urlsplit(foreign).query)
    callback = urlsplit(parse_qs(urlsplit(here).query)["redirect_uri"][0]).path

    walker = ada.open(f"{callback}?state={state}&code={said['code'][0]}&iss={said['iss'][0]}")

    assert "did not take it" in walker.text
    assert not SignIn.objects.exclude(proofs=[]).exists()


@pytest.mark.parametrize("iss", ["", "https://evil.example"])
def test_a10_09_whoever_says_who_it_is_must_be_whom_we_asked(
    shop: Kaffeehaus, sandbox: RunningSandbox, iss: str
) -> None:
    """RFC 9207: also where a provider that says so always does not."""
    provider(sandbox)
    walker = Walker().open("/sign-in/")
    back = back_address(leaves(walker, LINK)).partition("&iss=")[0]

    assert "did not take it" in walker.open(f"{back}&iss={iss}" if iss else back).text


NOW = int(time.time())
WRONG: dict[str, dict[str, Any]] = {
    "no nonce": {"drops": ["nonce"]},
    "another nonce": {"token": {"nonce": "made up"}},
    "another issuer": {"token": {"iss": "https://evil.example"}},
    "another audience": {"token": {"aud": "somebody"}},
    "several audiences": {"token": {"aud": ["ciam", "somebody"]}},
    "no audience": {"drops": ["aud"]},
    "given to another": {"token": {"azp": "somebody"}},
    "expired": {"token": {"exp": NOW - 120}},
    "never expires": {"drops": ["exp"]},
    "from the future": {"token": {"iat": NOW + 7_200}},
    "no subject": {"drops": ["sub"]},
    "a subject that is none": {"token": {"sub": 1}},
    "an endless subject": {"token": {"sub": "x" * 300}},
    "another access token": {"token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "no signature": {"signs": "none"},
    "signed by the secret": {"signs": "hmac"},
    "signed by a stranger": {"signs": "stranger"},
    "a key of nobody's": {"header": {"kid": "made-up"}},
    "a token of another kind": {"header": {"typ": "logout+jwt"}},
    "a key in the token": {"signs": "stranger", "header": {"jku": "https://evil.example/keys"}},
    "what must be understood": {"header": {"crit": ["b64"], "b64": False}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a10_09_a_token_that_is_not_for_this_visit_proves_nothing(
    shop: Kaffeehaus, sandbox: RunningSandbox, wrong: str
) -> None:
    there = provider(sandbox)
    linked(customer(ADA, brand=shop.brand), there)
    there.says(algorithm="ES256", **WRONG[wrong])

    walker = comes_by(Walker().open("/sign-in/"), LINK)

    assert "did not take it" in walker.text
    assert not BrowserSession.objects.exists()
    assert not SignIn.objects.exclude(proofs=[]).exists()
