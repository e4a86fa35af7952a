"""Bring your own identity (open set, A12.06): nobody is signed in to somebody else's account from afar."""

import pytest
from django.test import Client

from auth_flows.models import BrowserSession, SignIn
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

MALLORY = "mallory@example.com"
FROM_AFAR = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def mallory(shop: Kaffeehaus) -> Walker:
    """Walked up to the password, in a browser of her own."""
    customer(MALLORY, brand=shop.brand)
    return Walker().open("/sign-in/").send(identifier=MALLORY)


@pytest.mark.parametrize("step", ["password", "email_code", "identify", "challenge"])
def test_a12_06_a_form_on_another_page_signs_nobody_in(shop: Kaffeehaus, step: str) -> None:
    walker = mallory(shop)
    if step == "email_code":
        walker.press("Send me a code")
    fields = {"password": PASSWORD, "identifier": MALLORY, "since": "x"}
    if step == "email_code":
        fields["code"] = code_for(MALLORY)
    ada = Client(enforce_csrf_checks=True)

    for browser in (ada, walker.browser):
        response = browser.post(f"{walker.url}?step={step}", fields, headers=FROM_AFAR)
        assert response.status_code == 403

    assert not BrowserSession.objects.exists()


def test_a12_06_a_sign_in_of_somebody_else_is_none_in_this_browser(shop: Kaffeehaus) -> None:
    walker = mallory(shop)
    walker.send(password=PASSWORD)
    ada = Walker().open("/sign-in/")

    ada.open(walker.url.partition("?")[0])

    assert ada.status == 410
    assert not BrowserSession.objects.exists()
    assert SignIn.objects.filter(finished_at__isnull=False).count() == 0
