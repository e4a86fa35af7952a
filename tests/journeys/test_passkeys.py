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
SECURITY_KEY = LAPTOP | {"transport": "usb", "defaultBackupEligibility": False, "defaultBackupState": False}


@pytest.fixture(scope="module")
def pia(browser: Browser) -> Iterator[Person]:
    person = Person.arrives(browser, scripts=True)
    yield person
    person.context.close()


@pytest.fixture(scope="module")
def devices(pia: Person) -> CDPSession:
    """What her browser can keep passkeys on. Each says yes as soon as it is asked."""
    session = pia.context.new_cdp_session(pia.page)
    session.send("WebAuthn.enable")
    return session


def gets(devices: CDPSession, options: dict[str, object]) -> None:
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def presses(person: Person, button: str, heading: str) -> Person:
    """A button whose answer comes from a device, and then the page that follows."""
    person.page.get_by_role("button", name=button).click()
    person.page.get_by_role("heading", name=heading, exact=True).wait_for()
    return person


def finds_nothing(person: Person) -> None:
    for size, scheme in [*LOOKS.values(), *SMALL]:
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(person.page) == [], (person.page.url, size, scheme)
        assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_1_pia_registers_at_the_shop_with_a_passkey(site: Site, pia: Person, devices: CDPSession) -> None:
    gets(devices, LAPTOP)
    pia.go(site.shop_url).follow("Register").fill(identifier=PIA).press("Continue")
    pia.fill(code=site.code_for(PIA)).press("Continue")
    pia.fill(given_name="Pia").press("Continue")
    pia.page.get_by_role("button", name="Create a passkey instead").wait_for()
    finds_nothing(pia.picture("30-choose-passkey"))

    presses(pia, "Create a passkey instead", "Terms and your choices")
    pia.tick("agree_terms").press("Continue")

    assert pia.page.url == f"{site.shop_url}/orders"


def test_2_her_browser_finds_it_in_the_address_field_and_the_shop_is_told_how(
    site: Site, pia: Person
) -> None:
    pia.press("Sign out")

    # The device says yes at once to what stands by in the address field: nothing is typed or pressed.
    pia.go(f"{site.shop_url}/orders").page.wait_for_url(f"{site.shop_url}/orders")

    assert "urn:ciam:acr:phr" in pia.text
    assert "pop user mfa" in pia.text


def test_3_she_looks_after_her_passkeys(site: Site, pia: Person, devices: CDPSession) -> None:
    finds_nothing(pia.go(f"{site.base_url}/account/").follow("Passkeys").picture("31-passkeys"))
    assert "Synced" in pia.text
    finds_nothing(pia.follow("Add a passkey").picture("32-add-passkey"))

    pia.page.get_by_role("button", name="Create a passkey").click()
    pia.page.get_by_text("This device has a passkey for your account already").wait_for()
    gets(devices, SECURITY_KEY)
    presses(pia, "Create a passkey", "Your passkeys")
    assert "Security key" in pia.text
    assert "This one device" in pia.text

    finds_nothing(pia.follow("Rename").picture("33-rename-passkey"))
    pia.fill(name="My laptop").press("Rename")
    finds_nothing(pia.follow("Remove").picture("34-remove-passkey"))
    assert "My laptop" in pia.text
    pia.press("Remove")
    assert "My laptop" not in pia.text
    assert "Security key" in pia.text


def test_4_whoever_types_an_address_may_still_use_one(site: Site, browser: Browser) -> None:
    bob = Person.arrives(browser, scripts=True)
    bob.go(f"{site.base_url}/sign-in/")
    bob.page.get_by_role("button", name="Use a passkey").wait_for()
    finds_nothing(bob.picture("35-identify"))

    bob.fill(identifier=PIA).press("Continue").press("Use a passkey")

    finds_nothing(bob.picture("36-passkey"))
    bob.context.close()
