"""What the browser carries back to the app."""

import datetime as dt

import pytest
from django.utils import timezone

from auth_flows.models import BrowserSession, Grant
from auth_flows.oidc import answers
from auth_flows.oidc.refusals import RefusedHere
from ciam.lib.crypto import token_hash
from tests.auth_flows.oidc.apps import CALLBACK, CHALLENGE, App, answer_of

ISSUER = "http://localhost:8000"


def test_a_code_goes_back_with_state_and_issuer(app: App, session: BrowserSession) -> None:
    address = answers.give_code(app.request(state="a&b"), session, timezone.now())

    assert address.startswith(f"{CALLBACK}?")
    answer = answer_of(address)
    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("a&b", ISSUER)


def test_a_code_is_kept_as_a_hash_with_all_that_it_is_bound_to(app: App, session: BrowserSession) -> None:
    now = timezone.now()

    code = app.code(session)

    grant = Grant.objects.get()
    assert grant.code == token_hash(code) != code
    assert (grant.application, grant.user, grant.session) == (app.client, session.account, session)
    assert (grant.redirect_uri, grant.nonce, grant.code_challenge) == (CALLBACK, "nonce-1", CHALLENGE)
    assert (grant.proofs, grant.epoch) == (session.proofs, session.epoch)
    assert abs(grant.expires - now - dt.timedelta(seconds=60)) < dt.timedelta(seconds=5)


def test_an_app_without_a_state_gets_none(app: App, session: BrowserSession) -> None:
    assert "state" not in answer_of(answers.give_code(app.request(state=""), session, timezone.now()))


def test_a_refusal_goes_back_with_state_and_issuer(app: App) -> None:
    answer = answer_of(answers.refuse(app.request(), "login_required", "The user must be asked."))

    assert answer == {
        "error": "login_required",
        "error_description": "The user must be asked.",
        "state": "state-1",
        "iss": ISSUER,
    }


def test_no_code_goes_to_an_address_that_was_given_up_meanwhile(app: App, session: BrowserSession) -> None:
    asked = app.request()
    asked.client.redirect_uris = "https://shop.example/elsewhere"

    with pytest.raises(RefusedHere):
        answers.give_code(asked, session, timezone.now())

    assert not Grant.objects.exists()


def test_no_code_goes_to_an_app_that_went_out_of_use_meanwhile(app: App, session: BrowserSession) -> None:
    asked = app.request()
    asked.client.is_active = False

    with pytest.raises(RefusedHere):
        answers.give_code(asked, session, timezone.now())


def test_the_origin_of_an_answer(app: App) -> None:
    assert answers.origin(app.request()) == "https://shop.example"
