"""Passkeys in a real browser with a virtual authenticator: made at the shop, found by the address field."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession

from tests.browser.axe import violations
from tests.browser.driving import LOOKS, Person
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

PIA = "pia@example.com"
SMALL = [({"width": 390, "height": 800}, "dark"), ({"width": 320, "height": 800}, "light")]
LAPTOP = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
    "defaultBackupEligibility": True,
    "defaultBackupState": True,
}


@pytest.fixture(scope="module")
def pia(browser: Browser) -> Iterator[Person]:
    person = Person.arrives(browser, scripts=True)
    yield person
    person.context.close()


@pytest.fixture(scope="module")
def laptop(pia: Person) -> CDPSession:
    """Her browser's authenticator, which says yes when it is asked; `present` switches that."""
    session = pia.context.new_cdp_session(pia.page)
    session.send("WebAuthn.enable")
    return session


def has_authenticator(laptop: CDPSession) -> str:
    made = laptop.send("WebAuthn.addVirtualAuthenticator", {"options": LAPTOP})
    return str(made["authenticatorId"])


def finds_nothing(person: Person) -> None:
    for size, scheme in [*LOOKS.values(), *SMALL]:
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(person.page) == [], (person.page.url, size, scheme)
        assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_1_pia_registers_at_the_shop_with_a_passkey(site: Site, pia: Person, laptop: CDPSession) -> None:
    has_authenticator(laptop)
    pia.go(site.shop_url).follow("Register").fill(identifier=PIA).press("Continue")
    pia.fill(code=site.code_for(PIA)).press("Continue")
    pia.fill(given_name="Pia").press("Continue")
    assert pia.heading == "Choose a password"
    pia.page.get_by_role("button", name="Create a passkey instead").wait_for()
    pia.picture("30-choose-passkey")
    finds_nothing(pia)

    pia.page.get_by_role("button", name="Create a passkey instead").click()
    pia.page.get_by_role("heading", name="Terms and your choices").wait_for()
    pia.tick("agree_terms").press("Continue")

    assert pia.page.url == f"{site.shop_url}/orders"


def test_2_signed_out_her_browser_finds_it_in_the_address_field(site: Site, pia: Person) -> None:
    pia.press("Sign out")
    if "Sign out?" in pia.text:
        pia.press("Sign out")

    # The virtual authenticator says yes at once to whatever stands by in the address field.
    pia.page.goto(f"{site.shop_url}/orders")
    pia.page.wait_for_url(f"{site.shop_url}/orders")

    assert "Pia" in pia.text
