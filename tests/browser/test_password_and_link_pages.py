"""The pages of one's own password and of a mailed link, in each state: axe finds nothing in any look."""

import re

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.browser.axe import violations
from tests.browser.driving import LOOKS, Person, chromium
from tests.people import PASSWORD, customer, kaffeehaus
from tests.walking import mails

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADA = "ada@example.com"
SMALL = [({"width": 390, "height": 800}, "dark"), ({"width": 320, "height": 800}, "light")]


def finds_nothing(person: Person, name: str) -> Person:
    person.picture(name)
    for size, scheme in [*LOOKS.values(), *SMALL]:
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(person.page) == [], (name, size, scheme)
        assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return person


def link_for(address: str) -> str:
    text = [text for to, text in mails() if to == address][-1]
    found = re.search(r"/sign-in/\S+/link/\S+", text)
    assert found
    return found.group()


def test_every_page_and_state(
    live_server: LiveServer, signing_keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The driver keeps a loop of its own in this thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    customer(ADA, brand=kaffeehaus().brand)

    with chromium() as browser:
        ada, phone = Person.arrives(browser, scripts=True), Person.arrives(browser, scripts=True)
        ada.go(f"{live_server.url}/account/password/").fill(identifier=ADA).press("Continue")
        ada.press("Send me a code by e-mail")
        link = live_server.url + link_for(ADA)
        finds_nothing(phone.go(link), "mailed-link-elsewhere")
        finds_nothing(ada.go(link), "mailed-link")
        ada.press("Go on")
        finds_nothing(phone.go(link), "mailed-link-gone")
        ada.tick("agree_terms").press("Continue")
        finds_nothing(ada, "password")
        finds_nothing(ada.fill(password="too short").press("Change your password"), "password-error")
        finds_nothing(ada.follow("Do without a password"), "password-remove")
        ada.press("Remove my password")
        finds_nothing(ada, "password-removed")
        ada.go(f"{live_server.url}/account/password/").fill(password=PASSWORD).press("Set a password")
        assert "Your password is set" in ada.text
