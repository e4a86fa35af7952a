"""Bring your own identity: linked, or the matching account is proven first, or registered with claims filled
in. In a real browser, over the demo's own provider; every page on the way is looked at."""

from collections.abc import Iterator

import httpx
import pytest
from joserfc.jwk import ECKey
from playwright.sync_api import Browser

from tests.browser.axe import violations
from tests.browser.driving import LOOKS, Person
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]

SMALL = ({"width": 320, "height": 800}, "light")
MAKE_APPLE = """
from auth_flows.models import Provider
Provider.objects.create(slug="apple", kind="apple", name="Apple", client_id="ciam", client_secret={key!r},
    issuer="{issuer}", settings={{"team_id": "T", "key_id": "K"}})
"""


@pytest.fixture
def somebody(browser: Browser) -> Iterator[Person]:
    person = Person.arrives(browser, scripts=True)
    yield person
    person.context.close()


def looked_at(person: Person, name: str) -> Person:
    """A picture, and nothing for axe to find."""
    person.picture(f"identity-{name}")
    for size, scheme in [*LOOKS.values(), SMALL]:
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(person.page) == [], (person.page.url, size, scheme)
        assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return person


def knows(site: Site, name: str = "sandbox", **settings: object) -> None:
    httpx.put(f"{site.sandbox_url}/idp/{name}/settings", json=settings, timeout=10).raise_for_status()


def agrees(person: Person) -> Person:
    if person.page.locator("input[name=agree_terms]").count():
        person.tick("agree_terms").press("Continue")
    return person


def test_sofia_is_linked_and_signs_in_at_the_shop(site: Site, person: Person) -> None:
    person.go(f"{site.shop_url}/orders").follow("Continue with Sandbox ID")
    assert person.heading == "Sign in at sandbox"
    agrees(person.follow("Sofia Social"))

    assert person.page.url == f"{site.shop_url}/orders"
    assert "Sofia" in person.text


def test_nina_is_led_home_by_her_address_and_registers(site: Site, somebody: Person) -> None:
    nina = somebody
    looked_at(nina.go(f"{site.base_url}/sign-in/"), "first-page")
    nina.fill(identifier="nina@partner.example").press("Continue")
    looked_at(nina, "home")
    nina.follow("Continue with Sandbox ID").follow("Nina New")

    looked_at(nina, "about-you")
    assert nina.page.locator("input[name=family_name]").input_value() == "New"
    agrees(nina.press("Continue"))
    assert nina.heading == "Hello, Nina New"
    looked_at(nina.follow("Connect or disconnect accounts"), "connected")
    looked_at(nina.press("Disconnect"), "disconnected")
    looked_at(nina.press("Continue with Sandbox ID"), "leaving")
    nina.follow("Go to Sandbox ID").follow("Turn back")
    looked_at(nina, "turned-back")
    nina.press("Continue with Sandbox ID").follow("Go to Sandbox ID").follow("Nina New")
    assert "you can sign in with it" in nina.text


def test_carla_proves_her_account_first_and_is_linked_from_then_on(site: Site, somebody: Person) -> None:
    carla = next(one for one in site.facts["customers"] if one["kind"] == "password")
    people = site.get(f"{site.sandbox_url}/idp/sandbox/settings")["people"]
    there = {"sub": "carla-1", "name": "Carla", "email": carla["email"], "email_verified": True}
    knows(site, people={**people, "carla": there})
    somebody.go(f"{site.base_url}/sign-in/").follow("Continue with Sandbox ID").follow("Carla")

    looked_at(somebody, "prove-first")
    agrees(somebody.press("Use my password").fill(password=carla["password"]).press("Continue"))
    assert somebody.heading.startswith("Hello")
    somebody.context.clear_cookies()
    somebody.go(f"{site.base_url}/sign-in/").follow("Continue with Sandbox ID").follow("Carla")
    assert somebody.heading.startswith("Hello")


def test_without_an_address_and_with_a_provider_that_is_away(site: Site, somebody: Person) -> None:
    people = site.get(f"{site.sandbox_url}/idp/sandbox/settings")["people"]
    knows(site, people={**people, "shy": {"sub": "shy-1", "name": "Shy"}})
    somebody.go(f"{site.base_url}/sign-in/").follow("Continue with Sandbox ID").follow("Shy")
    looked_at(somebody, "no-address")

    fault = {"vendor": "idp", "kind": "status", "status": 503, "path_contains": "/token"}
    httpx.post(f"{site.sandbox_url}/faults", json=fault, timeout=10).raise_for_status()
    somebody.go(f"{site.base_url}/sign-in/").follow("Continue with Sandbox ID").follow("Shy")
    looked_at(somebody, "away")
    somebody.fill(identifier="shy@example.com").press("Continue")
    somebody.press("Use an account I have elsewhere")
    looked_at(somebody, "elsewhere")


def test_an_answer_by_a_form_of_another_site_arrives(site: Site, person: Person) -> None:
    """The browser sends none of our cookies along with it (127.0.0.1 is another site than localhost)."""
    issuer = f"{site.sandbox_url}/idp/apple"
    key = ECKey.generate_key("P-256")
    public = {"team_id": "T", "key_id": "K", "jwk": key.as_dict(private=False)}
    knows(site, "apple", flavour="apple", issuer=issuer, apple_key=public)
    secret = key.as_pem(private=True).decode()
    site.manage("shell", "-c", MAKE_APPLE.format(issuer=issuer, key=secret))
    # Each of the site's processes remembers for a few seconds what is offered.
    until(lambda: "Sign in with Apple" in person.go(f"{site.base_url}/sign-in/").text)
    person.follow("Sign in with Apple")

    person.go(person.page.url.replace("localhost", "127.0.0.1", 1)).follow("Nina New").press("Continue")

    assert person.page.url.startswith(site.base_url)
    # New, or joined to whom this authority's word already belongs.
    assert person.heading in {"About you", "Check your mail"} or person.heading.startswith("Hello, Nina")
