"""Somebody changes their mind: by a mail's link, by their mail program, in their account. The vendor follows.

By keyboard alone, on a phone's screen, without JavaScript: to withdraw takes no more than to give.
"""

import email
import email.policy
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.driving import Person
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]

LITE, CLICKED = "change.of.mind@example.com", "one.click@example.com"
MOST_TABS = 40


@pytest.fixture(scope="module")
def lite(browser: Browser) -> Iterator[Person]:
    person = Person.arrives(browser)
    person.page.set_viewport_size({"width": 390, "height": 800})
    yield person
    person.context.close()


@pytest.fixture(scope="module")
def carla(browser: Browser) -> Iterator[Person]:
    person = Person.arrives(browser)
    yield person
    person.context.close()


def mailed_link(site: Site, address: str) -> str:
    """The link to the choices in the newest mail to this address."""

    def newest() -> str | None:
        for file in sorted((site.plan.var / "mail").glob("[!.]*.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            body = message.get_body(("plain",))
            found = re.search(r"http\S+/preferences/[0-9a-f]\S+", body.get_content() if body else "")
            if message["to"] == address and found:
                return found.group()
        return None

    return until(newest)


def presses(person: Person, label: str, about: str = "") -> int:
    """Go to a button by Tab from the top of the page, press it with Enter; says how often it took Tab."""
    person.page.evaluate("window.scrollTo(0, 0); document.activeElement.blur()")
    for count in range(1, MOST_TABS):
        person.page.keyboard.press("Tab")
        focused = person.page.locator(":focus")
        if label in focused.inner_text() and about in focused.inner_text():
            assert focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
            with person.page.expect_navigation():
                person.page.keyboard.press("Enter")
            return count
    raise AssertionError(f"no way to “{label}” by keyboard")


def fits(person: Person) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_1_lisa_asks_for_the_link_to_her_choices(site: Site, lite: Person) -> None:
    site.write_lite(LITE, consents=[site.newsletter()])
    assert until(lambda: site.subscription(LITE)) == "SUBSCRIBED"

    lite.go(f"{site.base_url}/preferences/").picture("40-ask-for-choices")
    lite.fill(email=LITE).press("Send me the link").picture("41-link-is-sent")
    assert lite.heading == "Look into your mailbox"

    lite.go(mailed_link(site, LITE)).picture("42-choices")
    assert lite.heading == "Your choices at Kaffeehaus"
    assert LITE not in lite.text


def test_2_to_withdraw_takes_no_more_than_to_give(site: Site, lite: Person) -> None:
    """Each is one press, on the same place of the page."""
    lite.page.set_viewport_size({"width": 390, "height": 800})
    assert fits(lite)

    to_withdraw = presses(lite, "Withdraw")
    assert "are being told now" in lite.text
    until(lambda: site.subscription(LITE) == "UNSUBSCRIBED", within=10)
    until(lambda: not site.contacts(LITE)[0]["properties"].get("ciam_interests"), within=10)
    lite.picture("43-withdrawn")

    lite.go(lite.page.url.partition("?")[0])
    to_give = presses(lite, "Agree", "Newsletter")
    until(lambda: site.subscription(LITE) == "SUBSCRIBED", within=10)
    lite.picture("44-agreed")

    assert to_withdraw <= to_give


def test_3_everything_stops_with_one_press(site: Site, lite: Person) -> None:
    presses(lite, "Stop everything")

    assert "All that you can stop is stopped" in lite.text
    until(lambda: site.subscription(LITE) == "UNSUBSCRIBED", within=10)
    lite.picture("45-everything-stopped")
    lite.go(f"{site.base_url}/preferences/x/").picture("46-link-no-longer-good")


def test_4_a_mail_program_unsubscribes_with_one_post(site: Site, person: Person) -> None:
    site.write_lite(CLICKED, consents=[site.newsletter()])
    until(lambda: site.subscription(CLICKED) == "SUBSCRIBED")
    carried = site.manage("shell", "-c", HEADERS)
    address = re.search(r"<(\S+)>", carried)
    assert address

    person.go(address[1]).picture("47-unsubscribe")
    assert person.heading == "Shall Kaffeehaus stop this?"
    assert site.subscription(CLICKED) == "SUBSCRIBED"
    answer = httpx.post(address[1], data={"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, answer.cookies, answer.history) == (200, httpx.Cookies(), [])
    until(lambda: site.subscription(CLICKED) == "UNSUBSCRIBED", within=10)
    assert person.go(address[1]).heading == "Stopped"
    person.picture("48-unsubscribed")


HEADERS = f"""
from django.utils import timezone
from accounts.models import Identifier, Membership
from consent.models import Purpose
from consent.unsubscribing import headers
account = Identifier.objects.get(normal="{CLICKED}", scope="").account_id
member = Membership.objects.select_related("account", "brand").get(account=account)
purpose = Purpose.objects.get(brand=member.brand, key="newsletter")
print(headers(member, purpose, timezone.now()))
"""


def test_5_in_the_account_each_system_is_shown_with_time_and_outcome(site: Site, carla: Person) -> None:
    known = next(one for one in site.facts["customers"] if one["kind"] == "password")
    carla.go(f"{site.base_url}/account/").fill(identifier=known["email"]).press("Continue")
    carla.fill(password=known["password"]).press("Continue")
    if carla.page.locator("input[name=agree_terms]").count():
        carla.tick("agree_terms").press("Continue")
    presses(carla, "Agree", "Newsletter")
    until(lambda: site.subscription(known["email"]) == "SUBSCRIBED", within=10)

    presses(carla, "Withdraw")
    assert "are being told now" in carla.text
    until(lambda: site.subscription(known["email"]) == "UNSUBSCRIBED", within=10)

    def told() -> bool:
        return "Not used; kept only so that you are not contacted" in told_of(site, carla)

    until(told, within=10)
    assert "Last update" in told_of(site, carla)
    carla.picture("49-account-after-change-of-mind")


def told_of(site: Site, person: Person) -> str:
    """What the account's page says of the systems that have the person's data."""
    person.go(f"{site.base_url}/account/")
    return person.page.locator("section.panel", has_text="Who has my data").inner_text()
