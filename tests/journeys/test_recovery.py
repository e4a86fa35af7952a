"""Lost the phone, forgot the password, moved house: back in, and every page on the way accessible."""

import email
import email.policy
import re
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser

from tests.browser.driving import Person
from tests.journeys.test_choices_are_accessible import finds_nothing
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]

ANOTHER = "another battery staple"


@pytest.fixture(scope="module")
def tess(browser: Browser) -> Iterator[Person]:
    """Somebody with an authenticator app. With JavaScript, because axe needs it; no page does."""
    person = Person.arrives(browser, scripts=True)
    yield person
    person.context.close()


def account(site: Site) -> dict[str, str]:
    found: dict[str, str] = [one for one in site.facts["customers"] if one["kind"] == "totp"][-1]
    return found


def mailed_link(site: Site, address: str, path: str) -> str:
    def newest() -> str | None:
        for file in sorted((site.plan.var / "mail").glob("[!.]*.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            body = message.get_body(("plain",))
            found = re.search(rf"http\S+{path}\S+", body.get_content() if body else "")
            if message["to"] == address and found:
                return found[0]
        return None

    return until(newest)


def test_1_the_phone_is_lost_and_the_wait_begins(site: Site, tess: Person) -> None:
    who = account(site)
    tess.go(f"{site.base_url}/sign-in/").fill(identifier=who["email"]).press("Continue")
    finds_nothing(tess.picture("50-password"))
    tess.press("Forgot your password?").fill(code=site.code_for(who["email"])).press("Continue")
    assert tess.heading == "Enter the code of your app"
    finds_nothing(tess.picture("51-second-factor"))

    finds_nothing(tess.follow("I have lost all of these").picture("52-lost-all"))
    finds_nothing(tess.press("Begin the wait").picture("53-waiting"))

    finds_nothing(tess.go(mailed_link(site, who["email"], "/recover/wait/")).picture("54-too-early"))
    assert tess.heading == "Not yet"
    finds_nothing(tess.go(mailed_link(site, who["email"], "/recover/cancel/")).picture("55-stop"))
    finds_nothing(tess.press("Stop it").picture("56-stopped"))
    finds_nothing(tess.go(f"{site.base_url}/recover/cancel/x/"))


def test_2_the_phone_is_found_and_a_new_password_chosen(site: Site, tess: Person) -> None:
    who = account(site)
    tess.go(f"{site.base_url}/recover/")
    finds_nothing(tess.picture("57-recover"))
    tess.fill(identifier="somebody@example.com").press("Continue")
    assert tess.heading == "Check your mail"
    tess.go(f"{site.base_url}/sign-in/").fill(identifier=who["email"]).press("Continue")
    tess.fill(password=who["password"]).press("Continue")
    tess.fill(code=pyotp.TOTP(who["totp_secret"]).now()).press("Continue")
    if tess.heading == "Terms and your choices":
        tess.tick("agree_terms").press("Continue")

    assert tess.heading.startswith("Hello")


def test_3_the_address_changes_and_the_old_one_can_undo_it(site: Site, tess: Person) -> None:
    who = account(site)
    finds_nothing(tess.follow("Change them").picture("58-addresses"))
    tess.follow("Add: E-mail address")
    finds_nothing(tess.picture("59-add").press("Send the code"))
    tess.fill(address="tess.moved@example.com").press("Send the code")
    finds_nothing(tess.picture("60-prove").press("Continue"))
    tess.fill(code=site.code_for("tess.moved@example.com")).press("Continue")
    finds_nothing(tess.picture("61-added"))
    tess.page.get_by_role("link", name="Remove").first.click()
    finds_nothing(tess.picture("62-remove"))

    finds_nothing(tess.go(mailed_link(site, who["email"], "/account/addresses/undo/")).picture("63-undo"))
    finds_nothing(tess.press("Undo it").picture("64-undone"))
    assert tess.go(f"{site.base_url}/account/").heading == "Sign in"
