"""The whole walk, as a person clicks it: no JavaScript, real programs, a real worker, real HTTP."""

import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser

from demo.shop.websites import KAFFEEHAUS
from tests.browser.driving import Person
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]

ADA = "ada@example.com"
BOTH = ["espresso", "decaf"]
VENDORS = ("hubspot", "salesforce", "mixpanel")
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def ada(browser: Browser) -> Iterator[Person]:
    """One person through all the chapters below, which follow one another."""
    person = Person.arrives(browser)
    yield person
    person.context.close()


def visit_of(person: Person) -> str:
    """Its number, as the shop's cookie has it."""
    cookies = {one.get("name"): one.get("value") for one in person.context.cookies()}
    return str(cookies[KAFFEEHAUS.visitor_cookie])


def withdraws(person: Person, purpose: str) -> Person:
    heading = person.page.get_by_role("heading", name=purpose, exact=True)
    person.page.locator("li", has=heading).get_by_role("button", name="Withdraw").click()
    person.page.wait_for_load_state()
    return person


def test_1_ada_asks_for_the_catalogue_and_each_vendor_learns_what_she_ticked(site: Site, ada: Person) -> None:
    ada.go(site.shop_url).picture("01-start").follow("Ask for the catalogue").picture("02-catalogue")
    ada.fill(email=ADA)
    ada.page.locator("input[type=checkbox][value=espresso]").check()
    ada.tick("newsletter").tick("analytics").press("catalogue").picture("03-thanks")

    at_hubspot = until(lambda: site.contacts(ADA))[0]
    at_salesforce = until(lambda: site.salesforce_contacts(ADA))[0]
    at_mixpanel = until(lambda: site.mixpanel_profiles(visit_of(ada)))[0]

    assert at_hubspot["properties"]["ciam_interests"] == "espresso"
    assert until(lambda: site.subscription(ADA)) == "SUBSCRIBED"
    assert at_salesforce["CIAM_Interests__c"] == "espresso"
    assert not at_salesforce.get("HasOptedOutOfEmail")
    assert at_mixpanel["properties"] == {"Interests": ["espresso"], "Visit": visit_of(ada)}
    assert ADA not in str(site.vendor_requests("mixpanel"))
    for vendor, shown in (("hubspot", ADA), ("salesforce", ADA), ("mixpanel", visit_of(ada))):
        assert shown in ada.go(f"{site.sandbox_url}/{vendor}").picture(f"04-{vendor}").text


def test_2_without_the_tick_nothing_leaves(site: Site, person: Person) -> None:
    person.go(f"{site.shop_url}/catalogue").fill(email="quiet@example.com").press("catalogue")

    site.write_lite("loud@example.com", consents=[site.newsletter()])
    until(lambda: site.contacts("loud@example.com"))

    assert site.contacts("quiet@example.com") == []
    until(lambda: site.salesforce_contacts("loud@example.com"))
    for vendor in VENDORS:
        assert "quiet@example.com" not in str(site.vendor_requests(vendor)), vendor


def test_3_ada_registers_with_that_address_and_finds_the_form_filled(site: Site, ada: Person) -> None:
    ada.go(site.shop_url).follow("Register")
    assert ada.heading == "Create your account"
    ada.picture("05-identify").fill(identifier=ADA).press("Continue").picture("06-email-code")
    ada.fill(code=site.code_for(ADA)).press("Continue").picture("07-profile")

    assert ada.page.locator("input[name=interests]").input_value() == "espresso"
    assert "A website of ours told us" in ada.text
    ada.fill(given_name="Ada", family_name="Lovelace", interests="espresso, decaf")
    ada.press("Continue")
    ada.picture("08-choose-password").fill(password=PASSWORD).press("Continue")
    ada.picture("09-agreements").tick("agree_terms").press("Continue")

    assert ada.page.url == f"{site.shop_url}/orders"
    assert "Ada" in ada.text
    ada.picture("10-orders")


def test_4_each_vendors_record_is_updated_and_not_doubled(site: Site, ada: Person) -> None:
    until(lambda: site.contacts(ADA)[0]["properties"].get("firstname") == "Ada")
    until(lambda: site.salesforce_contacts(ADA)[0].get("FirstName") == "Ada")
    until(lambda: site.mixpanel_profiles(visit_of(ada))[0]["properties"]["Interests"] == BOTH)

    assert len(site.contacts(ADA)) == 1
    assert len(site.salesforce_contacts(ADA)) == 1
    [profile] = site.mixpanel_profiles(visit_of(ada))
    assert profile["properties"].keys() == {"Interests", "Visit"}
    assert site.vendor("mixpanel")["merged"][visit_of(ada)] == profile["distinct_id"]
    for told in (ADA, "Lovelace"):
        assert told not in str(site.vendor_requests("mixpanel"))


def test_5_a_second_page_signs_in_without_asking(site: Site, ada: Person) -> None:
    ada.go(f"{site.shop_url}/rewards")

    assert ada.page.url == f"{site.shop_url}/rewards"
    assert "Ada" in ada.text
    ada.picture("11-rewards")


def test_6_ada_withdraws_the_newsletter_and_those_who_had_it_follow(site: Site, ada: Person) -> None:
    ada.go(f"{site.base_url}/account/").picture("12-account")
    withdraws(ada, "Newsletter").picture("13-withdrawn")
    assert "You withdrew" in ada.text or "Agree" in ada.text

    until(lambda: site.subscription(ADA) == "UNSUBSCRIBED", within=10)
    until(lambda: not site.contacts(ADA)[0]["properties"].get("firstname"), within=10)
    until(lambda: site.salesforce_contacts(ADA)[0].get("HasOptedOutOfEmail"), within=10)

    contact = site.contacts(ADA)[0]
    assert not contact["properties"].get("ciam_interests")
    assert contact["archived"] is False
    assert contact["id"] not in site.vendor()["gdpr_deleted"]
    [at_salesforce] = site.salesforce_contacts(ADA)
    assert not at_salesforce.get("FirstName")
    assert not at_salesforce.get("CIAM_Interests__c")
    [profile] = site.mixpanel_profiles(visit_of(ada))
    assert profile["properties"]["Interests"] == BOTH, "another purpose, which stands"
    ada.go(f"{site.base_url}/account/").picture("14-who-has-my-data")


def test_7_ada_withdraws_her_visits_and_their_number_is_forgotten_everywhere(site: Site, ada: Person) -> None:
    visit = visit_of(ada)
    assert visit in ada.go(f"{site.shop_url}/known").text
    assert visit in ada.go(f"{site.base_url}/account/").text
    withdraws(ada, "Visits").picture("14-visits-withdrawn")

    until(lambda: not site.mixpanel_profiles(visit), within=10)
    at_mixpanel = site.vendor("mixpanel")
    assert visit not in str(at_mixpanel["profiles"])
    assert any(f"$device:{visit}" in one["distinct_ids"] for one in at_mixpanel["deletions"])
    assert visit not in ada.go(f"{site.shop_url}/known").text
    assert visit not in ada.go(f"{site.base_url}/account/").text
    assert len(site.contacts(ADA)) == len(site.salesforce_contacts(ADA)) == 1


def test_8_the_operator_sees_it_all_and_sends_again(site: Site, person: Person) -> None:
    admin = site.facts["admin"]
    person.go(f"{site.base_url}/admin/")
    person.fill(identifier=admin["email"]).press("Continue")
    person.picture("15-password").fill(password=admin["password"]).press("Continue")
    # Another journey may have used the code of now: each works once.
    coming = pyotp.TOTP(admin["totp_secret"]).at(time.time() + 30)
    person.picture("16-totp").fill(code=coming).press("Continue")
    person.picture("17-admin")

    person.go(f"{site.base_url}/admin/accounts/account/?q={ADA}").picture("18-accounts")
    person.page.locator("#result_list tbody th a").first.click()
    person.picture("19-account-of-ada")
    facts = ("account.upgraded", "consent.changed", "newsletter", "analytics", "withdrawn")
    for fact in (*facts, "HubSpot", "Salesforce", "Mixpanel"):
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


def test_9_signing_out_ends_it_everywhere_here(site: Site, ada: Person) -> None:
    ada.go(f"{site.shop_url}/orders").press("Sign out").picture("22-signed-out")

    ada.go(f"{site.base_url}/account/")

    assert ada.heading == "Sign in"


def test_10_the_ledgers_are_whole(site: Site) -> None:
    until(lambda: "sealed up to" in site.manage("verify_ledger"))
