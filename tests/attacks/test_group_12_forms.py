"""CSRF and requests bound to their browser (open set, A12.07 and A01.18)."""

import re
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import get_resolver

from accounts.models import Account
from tests.attacks.test_group_12_sessions import SESSION
from tests.auth_flows.arriving import ADA, agrees, arrives, browser, is_signed_in
from tests.auth_flows.oidc.apps import answer_of, confidential
from tests.auth_flows.test_nobody import addresses
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker

pytestmark = pytest.mark.django_db


def test_a12_07_every_form_of_self_service_wants_its_own_token(shop: Kaffeehaus) -> None:
    """Whatever stands under /account/ or comes to stand there, also as JSON sent as plain text."""
    ada = customer(ADA, brand=shop.brand)
    walker = arrives()
    mallorys = Walker(browser=browser()).open("/sign-in/").value("csrfmiddlewaretoken")
    paths = {
        address.path
        for address in addresses(get_resolver().url_patterns)
        # Providers send people and notices there from elsewhere, each with a proof of its own.
        if address.path.startswith(("/account/", "/sign-in/")) and "/upstream/" not in address.path
    }
    assert len(paths) > 6
    before = Account.objects.get(pk=ada.pk).version

    for path in sorted(paths):
        for sent in ({}, {"csrfmiddlewaretoken": mallorys}, {"csrfmiddlewaretoken": "x" * 64}):
            assert walker.browser.post(path, sent).status_code in {403, 405}, path
        plain = walker.browser.post(path, '{"use": "pause"}', content_type="text/plain")
        assert plain.status_code in {403, 405}, path
        json = walker.browser.post(path, '{"use": "pause"}', content_type="application/json")
        assert json.status_code in {403, 405}, path
    assert Account.objects.get(pk=ada.pk).version == before
    assert is_signed_in(walker)


def test_a12_07_no_form_of_self_service_is_pressed_from_another_site(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = arrives()
    token = walker.open("/account/").value("csrfmiddlewaretoken")

    said = {"csrfmiddlewaretoken": token}
    from_elsewhere = {"origin": "https://evil.example"}
    answer = walker.browser.post("/account/sessions/end-all", said, headers=from_elsewhere)

    assert answer.status_code == 403
    assert is_signed_in(walker)


def test_a01_18_what_follows_a_sign_in_is_of_no_use_in_another_browser(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    app = confidential(shop.brand)
    walker = Walker(browser=browser()).open(f"/oauth/authorize?{urlencode(app.asks())}")
    page = walker.url
    assert re.search(r"/sign-in/[0-9a-f-]{36}/", page)
    walker.send(identifier=ADA)

    for path in (page, f"{page}?step=password", "/account/"):
        second = Walker(browser=Client()).open(path)
        assert not is_signed_in(second)
        assert SESSION not in second.browser.cookies
    agrees(walker.send(password=PASSWORD))
    assert "code" in answer_of(walker.url)
    second = Walker(browser=Client()).open(page)
    assert second.status == 410
    assert not is_signed_in(second)
    again = Walker(browser=Client()).open(f"/oauth/authorize?{urlencode(app.asks())}")
    assert again.heading == "Sign in"
