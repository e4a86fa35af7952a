"""Two tabs of one browser, both in the middle of signing in."""

import pytest

from tests.browser.driving import Person
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]


def test_both_tabs_arrive(site: Site, person: Person) -> None:
    customer = next(one for one in site.facts["customers"] if one["kind"] == "password")
    one, two = person, Person(person.context, person.context.new_page())

    for tab in (one, two):
        tab.go(f"{site.shop_url}/orders").fill(identifier=customer["email"]).press("Continue")
    for tab in (two, one):
        tab.fill(password=customer["password"]).press("Continue")
        if tab.page.locator("input[name=agree_terms]").count():
            tab.tick("agree_terms").press("Continue")

    for tab in (one, two):
        assert tab.page.url == f"{site.shop_url}/orders"
        assert "Carla" in tab.text
