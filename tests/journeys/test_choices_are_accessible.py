"""Every page of the preference centre in its states: axe finds nothing, light, dark and on small screens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import violations
from tests.browser.driving import LOOKS, Person
from tests.journeys.test_change_of_mind import mailed_link
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]

EVA = "accessible@example.com"
SMALL = [({"width": 390, "height": 800}, "dark"), ({"width": 320, "height": 800}, "light")]


@pytest.fixture(scope="module")
def eva(browser: Browser) -> Iterator[Person]:
    person = Person.arrives(browser, scripts=True)
    yield person
    person.context.close()


def finds_nothing(person: Person) -> None:
    for size, scheme in [*LOOKS.values(), *SMALL]:
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(person.page) == [], (person.page.url, size, scheme)
        assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_asking_for_the_link(site: Site, eva: Person) -> None:
    site.write_lite(EVA, consents=[site.newsletter()])
    until(lambda: site.subscription(EVA))

    finds_nothing(eva.go(f"{site.base_url}/preferences/"))
    finds_nothing(eva.press("Send me the link"))
    finds_nothing(eva.fill(email=EVA).press("Send me the link"))


def test_the_choices(site: Site, eva: Person) -> None:
    finds_nothing(eva.go(mailed_link(site, EVA)))
    finds_nothing(eva.press("Withdraw"))
    finds_nothing(eva.press("Agree"))
    finds_nothing(eva.press("Stop everything"))
    finds_nothing(eva.go(f"{site.base_url}/preferences/x/"))
