"""A plain form on the brand's own page, the mail, the button: nothing leaves before the person says yes."""

import email
import email.policy
import hashlib
import re
from pathlib import Path

import httpx
import pytest

from tests.architecture.tree import text_of
from tests.browser.driving import Person
from tests.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.site]

ADA = "ada.double@example.com"


def form_of_the_manual(site: Site) -> str:
    """What docs/howto/websites.md tells people to copy, with this site's addresses and wording."""
    found = re.search(r"```html\n(.*?)```", text_of(Path("docs/howto/websites.md")), re.DOTALL)
    assert found
    token = {"Authorization": f"Bearer {site.facts['scim']['token']}"}
    purposes = httpx.get(f"{site.base_url}/api/v1/purposes?locale=en", headers=token).json()["purposes"]
    shown = next(one for one in purposes if one["key"] == "newsletter")
    assert shown["text_hash"] == hashlib.sha256(shown["text"].encode()).hexdigest()
    form = found[1]
    for placeholder, real in {
        "https://id.example.com": site.base_url,
        "https://shop.example": site.shop_url,
        "the-form-key": "kaffeehaus-catalogue",
        "TEXT-HASH": shown["text_hash"],
        "TEXT": shown["text"],
    }.items():
        assert placeholder in form
        form = form.replace(placeholder, real)
    return f"<!doctype html><title>Catalogue</title><h1>Catalogue</h1>{form}"


def link_for(site: Site, address: str) -> str:
    """In the newest mail to this address."""

    def newest() -> str | None:
        for file in sorted((site.plan.var / "mail").glob("[!.]*.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            text = message.get_body(("plain",))
            found = re.search(r"http\S+/preferences/confirm/\S+", text.get_content()) if text else None
            if found and message["to"] == address:
                return found[0]
        return None

    return until(newest)


def test_what_a_form_says_leaves_only_after_the_yes_in_the_mailbox(site: Site, person: Person) -> None:
    page, form = f"{site.shop_url}/a-page-of-the-brand", form_of_the_manual(site)
    person.page.route(page, lambda route: route.fulfill(body=form, content_type="text/html"))
    person.go(page).fill(email=ADA, given_name="Ada")
    person.page.locator("input[name=interests]").check()
    person.page.locator("input[name=purpose]").check()

    person.press("Send me the catalogue")
    assert person.page.url == f"{site.shop_url}/thanks?lite=ok"

    link = link_for(site, ADA)
    assert httpx.get(link).status_code == 200  # a program that checks mail
    site.write_lite("known.to.agree@example.com", consents=[site.newsletter()])
    until(lambda: site.contacts("known.to.agree@example.com"))
    assert ADA not in str([one["body"] for one in site.vendor_requests()])
    assert site.contacts(ADA) == []

    person.go(link).picture("30-confirm")
    assert person.heading == "May Kaffeehaus do this?"
    assert ADA not in person.text
    person.press("Yes, I agree").picture("31-confirmed")
    assert "You agreed" in person.text

    contact = until(lambda: site.contacts(ADA))[0]
    assert contact["properties"]["firstname"] == "Ada"
    assert contact["properties"]["ciam_interests"] == "espresso"
    assert until(lambda: site.subscription(ADA)) == "SUBSCRIBED"
    person.go(f"{site.base_url}/account/")
    assert person.heading == "Sign in"
