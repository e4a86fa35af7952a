"""The whole walk, as a person clicks it: no JavaScript, real programs, a real worker, real HTTP."""

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser

from tests.browser.driving import Person
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]

ADA = "ada@example.com"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def ada(browser: Browser) -> Iterator[Person]:
    """One person through all the chapters below, which follow one another."""
    person = Person.arrives(browser)
    yield person
    person.context.close()


def test_1_ada_asks_for_the_catalogue_and_agrees_to_the_newsletter(site: Site, ada: Person) -> None:
    ada.go(site.shop_url).picture("01-start").follow("Ask for the catalogue").picture("02-catalogue")
    ada.fill(email=ADA)
    ada.page.locator("input[type=checkbox][value=espresso]").check()
    ada.tick("newsletter").press("catalogue").picture("03-thanks")

    contact = until(lambda: site.contacts(ADA))[0]

    assert contact["properties"]["ciam_interests"] == "espresso"
    assert until(lambda: site.subscription(ADA)) == "SUBSCRIBED"
    ada.go(f"{site.sandbox_url}/hubspot").picture("04-hubspot")
    assert ADA in ada.text


def test_2_without_the_tick_nothing_leaves(site: Site, person: Person) -> None:
    seen = len(site.vendor_requests())
    person.go(f"{site.shop_url}/catalogue").fill(email="quiet@example.com").press("catalogue")

    site.write_lite("loud@example.com", consents=[site.newsletter()])
    until(lambda: site.contacts("loud@example.com"))

    assert site.contacts("quiet@example.com") == []
    assert all("quiet@example.com" not in str(one["body"]) for one in site.vendor_requests()[seen:])


def test_3_ada_registers_with_that_address_and_finds_the_form_filled(site: Site, ada: Person) -> None:
    ada.go(site.shop_url).follow("Register")
    assert ada.heading == "Create your account"
    ada.picture("05-identify").fill(identifier=ADA).press("Continue").picture("06-email-code")
    ada.fill(code=site.code_for(ADA)).press("Continue").picture("07-profile")

    assert ada.page.locator("input[name=interests]").input_value() == "espresso"
    assert "A website of ours told us" in ada.text
    ada.fill(given_name="Ada", family_name="Lovelace").press("Continue")
    ada.picture("08-choose-password").fill(password=PASSWORD).press("Continue")
    ada.picture("09-agreements").tick("agree_terms").press("Continue")

    assert ada.page.url == f"{site.shop_url}/orders"
    assert "Ada" in ada.text
    ada.picture("10-orders")


def test_4_hubspots_record_is_updated_and_not_doubled(site: Site) -> None:
    until(lambda: site.contacts(ADA)[0]["properties"].get("firstname") == "Ada")

    assert len(site.contacts(ADA)) == 1


def test_5_a_second_page_signs_in_without_asking(site: Site, ada: Person) -> None:
    ada.go(f"{site.shop_url}/rewards")

    assert ada.page.url == f"{site.shop_url}/rewards"
    assert "Ada" in ada.text
    ada.picture("11-rewards")


def test_6_ada_withdraws_and_hubspot_follows_while_nothing_is_deleted(site: Site, ada: Person) -> None:
    ada.go(f"{site.base_url}/account/").picture("12-account")
    ada.press("Withdraw").picture("13-withdrawn")
    assert "You withdrew" in ada.text or "Agree" in ada.text

    until(lambda: site.subscription(ADA) == "UNSUBSCRIBED", within=10)
    until(lambda: not site.contacts(ADA)[0]["properties"].get("firstname"), within=10)

    contact = site.contacts(ADA)[0]
    assert not contact["properties"].get("ciam_interests")
    assert contact["archived"] is False
    assert contact["id"] not in site.vendor()["gdpr_deleted"]
    ada.go(f"{site.base_url}/account/").picture("14-who-has-my-data")


def test_7_the_operator_sees_it_all_and_sends_again(site: Site, person: Person) -> None:
    admin = site.facts["admin"]
    person.go(f"{site.base_url}/admin/")
    person.fill(identifier=admin["email"]).press("Continue")
    person.picture("15-password").fill(password=admin["password"]).press("Continue")
    person.picture("16-totp").fill(code=pyotp.TOTP(admin["totp_secret"]).now()).press("Continue")
    person.picture("17-admin")

    person.go(f"{site.base_url}/admin/accounts/account/?q={ADA}").picture("18-accounts")
    person.page.locator("#result_list tbody th a").first.click()
    person.picture("19-account-of-ada")
    for fact in ("account.upgraded", "consent.changed", "newsletter", "withdrawn", "HubSpot"):
        assert fact in person.text, fact

    person.go(f"{site.base_url}/admin/provisioning/link/").picture("20-links")
    asked = len(site.vendor_requests())
    person.page.locator("#action-toggle, input.action-select").first.check()
    for box in person.page.locator("input.action-select").all():
        box.check()
    person.page.locator("select[name=action]").select_option(label="Send again")
    person.page.locator("button[name=index]").click()
    person.picture("21-sent-again")
    until(lambda: len(site.vendor_requests()) > asked)
    assert len(site.contacts(ADA)) == 1


def test_8_signing_out_ends_it_everywhere_here(site: Site, ada: Person) -> None:
    ada.go(f"{site.shop_url}/orders").press("Sign out").picture("22-signed-out")

    ada.go(f"{site.base_url}/account/")

    assert ada.heading == "Sign in"


def test_9_the_ledgers_are_whole(site: Site) -> None:
    until(lambda: "sealed up to" in site.manage("verify_ledger"))
