"""Somebody else has the password and the code: the mail about it, and one press, throw them out.

Seen on the way: the box that trusts a device, where somebody is signed in, and their last sign-ins.
"""

import email
import email.policy
import re
import time

import pyotp
import pytest
from playwright.sync_api import Browser

from tests.browser.driving import Person
from tests.journeys.test_choices_are_accessible import finds_nothing
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]


def mailed_link(site: Site, address: str) -> str:
    """The link of the newest notice to this address."""

    def newest() -> str | None:
        for file in sorted((site.plan.var / "mail").glob("[!.]*.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            body = message.get_body(("plain",))
            found = re.search(r"http\S+/account/not-me/\S+", body.get_content() if body else "")
            if message["to"] == address and found:
                assert "New sign-in on a device" in str(message["subject"])
                return found.group()
        return None

    return until(newest)


def is_signed_in(site: Site, person: Person) -> bool:
    return person.go(f"{site.base_url}/account/").heading.startswith("Hello")


def test_a_stranger_is_thrown_out_by_the_link_of_a_mail(site: Site, browser: Browser) -> None:
    ada, mallory, reader = (Person.arrives(browser, scripts=True) for _person in range(3))
    known = next(one for one in site.facts["customers"] if one["kind"] == "totp")
    app = pyotp.TOTP(known["totp_secret"])

    def signs_in(person: Person, code: str) -> None:
        person.go(f"{site.base_url}/sign-in/").fill(identifier=known["email"]).press("Continue")
        person.fill(password=known["password"]).press("Continue")
        if person is ada:
            finds_nothing(person.picture("40-trust-this-device"))
            person.tick("trust_device")
        person.fill(code=code).press("Continue")
        if person.heading.startswith("Terms"):
            person.tick("agree_terms").press("Continue")
        assert person.heading.startswith("Hello")

    signs_in(ada, app.now())
    signs_in(mallory, app.at(int(time.time()) + 30))  # each code works once; the next one is good already
    finds_nothing(ada.go(f"{site.base_url}/account/").picture("41-account"))
    assert ada.page.locator("#sessions li").count() == 2
    assert ada.page.locator("#devices li").count() == 1
    finds_nothing(ada.follow("See your last sign-ins").picture("42-sign-ins"))

    link = mailed_link(site, known["email"])
    finds_nothing(reader.go(link).picture("43-not-me"))
    reader.press("Sign out everybody")
    finds_nothing(reader.go(link).picture("44-everybody-is-signed-out"))
    finds_nothing(reader.go(f"{site.base_url}/account/not-me/x/").picture("45-link-no-longer-good"))

    assert not is_signed_in(site, mallory)
    assert not is_signed_in(site, ada)
    for person in (ada, mallory, reader):
        person.context.close()
