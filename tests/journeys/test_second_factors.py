"""A sensitive app, a lost phone: somebody sets up a second factor in the sign-in that asks for it, comes back
with a recovery code, and adds a phone number. Every page on the way is accessible, in every state."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pyotp
import pytest
from playwright.sync_api import Browser

from tests.browser.driving import Person
from tests.journeys.test_choices_are_accessible import finds_nothing
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]

PHONE = "+4915112345678"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture
def carla(browser: Browser) -> Iterator[Person]:
    person = Person.arrives(browser, scripts=True)
    yield person
    person.context.close()


def asks(site: Site) -> str:
    """What the sensitive app asks."""
    app = site.facts["clients"]["sensitive"]
    said = {
        "client_id": app["client_id"],
        "redirect_uri": app["redirect_uris"][0],
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{site.base_url}/oauth/authorize?{urlencode(said)}"


def accepts_terms(person: Person) -> None:
    """The first sign-in to finish asks; until then nothing that was set up is anybody's."""
    if person.heading == "Terms and your choices":
        person.tick("agree_terms").press("Continue")


def texted(site: Site) -> str:
    def newest() -> str | None:
        bodies = [one["body"] for one in site.vendor("twilio")["messages"] if one["to"] == PHONE]
        return str(bodies[-1][:6]) if bodies else None

    return until(newest)


def test_from_one_factor_to_two_and_back_with_a_recovery_code(site: Site, carla: Person) -> None:
    ours = [one for one in site.facts["customers"] if one["kind"] == "password"][-1]
    carla.go(asks(site)).fill(identifier=ours["email"]).press("Continue")
    carla.fill(password=ours["password"]).press("Continue")

    assert carla.heading == "Set up a second factor"
    finds_nothing(carla)
    finds_nothing(carla.fill(code="0").press("Continue"))
    seed = "".join(carla.page.locator(".secret").inner_text().split())
    carla.fill(code=pyotp.TOTP(seed).now()).press("Continue")
    finds_nothing(carla)
    finds_nothing(carla.press("Continue"))
    codes = carla.page.locator(".codes li").all_inner_texts()
    carla.tick("written").press("Continue")
    accepts_terms(carla)
    assert len(codes) == 10

    carla.context.clear_cookies()
    carla.go(f"{site.base_url}/account/").fill(identifier=ours["email"]).press("Continue")
    carla.fill(password=ours["password"]).press("Continue")
    finds_nothing(carla.press("Use a recovery code"))
    carla.fill(code=codes[0].lower()).press("Continue")
    accepts_terms(carla)
    assert "9 codes left" in carla.text

    base = f"{site.base_url}/account/security"
    for page in ("app/add", "recovery-codes", "phone"):
        finds_nothing(carla.go(f"{base}/{page}"))
    carla.fill(phone=PHONE).press("Send me a code")
    finds_nothing(carla)
    carla.fill(code=texted(site)).press("Confirm")
    assert "Code by SMS" in carla.text
    finds_nothing(carla)

    carla.context.clear_cookies()
    carla.go(f"{site.base_url}/sign-in/").fill(identifier=PHONE).press("Continue")
    finds_nothing(carla.press("Send me a code by SMS"))
