"""Two brands met Ada; Mallory knows her address. Ada proves it, and what is hers becomes hers alone.

Pages without a browser, websites by real SCIM calls.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.identifiers import account_with_email
from accounts.models import Account, Kind, Membership, ProfileValue, Source
from accounts.profiles import Said, say
from accounts.snapshot import snapshot
from auth_flows.models import Authenticator, BrowserSession, SignIn
from ciam.lib.models import Counter
from tests.people import PASSWORD, Kaffeehaus, kaffeehaus
from tests.provisioning.scim.door import Site, extension, proven, site, told, user
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

ADA, ADA_AT_WORK, MALLORY = "ada@example.com", "ada@work.example", "mallory@example.com"
MALLORYS_PASSWORD = "a password that mallory likes"


@dataclass
class Tale:
    """Two websites that know Ada, and three browsers in which Mallory tries to be her."""

    catalogue: Site
    tea: Site
    coffee_id: str
    tea_id: str
    waiting: Walker
    """A registration with Ada's address, before the code."""
    unfinished: Walker
    """A registration with Mallory's own: proven, filled in, password chosen, and then left."""
    signed_in: Walker
    """Mallory's own account, and there again a registration with Ada's address."""

    def at_the_coffee(self) -> dict[str, Any]:
        return dict(self.catalogue.get(f"/Users/{self.coffee_id}").json())

    def at_the_tea(self) -> dict[str, Any]:
        return dict(self.tea.get(f"/Users/{self.tea_id}").json())

    @property
    def ada(self) -> Account:
        return Membership.objects.get(pk=self.coffee_id).account


@pytest.fixture
def tale(shop: Kaffeehaus) -> Tale:
    leaves = kaffeehaus("teehaus", is_default=False)
    catalogue, tea = site(shop.brand), site(leaves.brand, "tea")
    said = user(ADA, interests=["espresso"], country="DE", consents=[proven(shop.newsletter)])
    met = catalogue.post(
        said
        | {
            "externalId": "c-7",
            "name": {"givenName": "Ada", "familyName": "Byron"},
            "emails": [{"value": ADA, "primary": True}, {"value": ADA_AT_WORK, "type": "work"}],
            "phoneNumbers": [{"value": "+49 30 123456", "type": "home"}],
        }
    ).json()
    drinks = user(ADA, interests=["espresso"], consents=[proven(leaves.newsletter)])
    known = tea.post(drinks | {"externalId": "t-9", "name": {"familyName": "Byron"}}).json()
    return Tale(catalogue, tea, met["id"], known["id"], *mallorys_browsers())


def mallorys_browsers() -> tuple[Walker, Walker, Walker]:
    waiting = Walker().open("/register/").send(identifier=ADA)
    unfinished = Walker().open("/register/").send(identifier=MALLORY)
    unfinished.send(code=code_for(MALLORY)).send(given_name="Mallory").send(password=MALLORYS_PASSWORD)
    signed_in = Walker().open("/register/").send(identifier="mallory@elsewhere.example")
    signed_in.send(code=code_for("mallory@elsewhere.example")).send(given_name="Mallory")
    signed_in.send(password=MALLORYS_PASSWORD).send(agree_terms="on")
    signed_in.open("/register/").send(identifier=ADA)
    return waiting, unfinished, signed_in


def presses_on(walker: Walker, step: str, **fields: str) -> Walker:
    """Send the form of a page that isn't shown."""
    token = walker.soup.find("input", {"name": "csrfmiddlewaretoken"})
    assert token is not None
    page = walker.url.partition("?")[0]
    walker.browser.post(f"{page}?step={step}", {"csrfmiddlewaretoken": str(token["value"]), **fields})
    return walker.open(page)


def proves() -> Walker:
    """Ada proves her address, a day after what Mallory did: its mails hold up no code any more."""
    Counter.objects.update(ends_at=timezone.now())
    ada = Walker().open("/register/").send(identifier=ADA)
    return ada.send(code=code_for(ADA))


def claims() -> Walker:
    """She keeps her interests, corrects her last name, clears her country."""
    ada = proves()
    ada.send(given_name="Ada", family_name="Lovelace", country="")
    return ada.send(password=PASSWORD).send(agree_terms="on")


def test_mallory_sees_nothing_of_ada_and_attaches_nothing(tale: Tale) -> None:
    stranger = Walker().open("/register/").send(identifier="nobody@example.com")

    for walker in (tale.waiting, tale.signed_in):
        for step, fields in (
            ("profile", {"given_name": "Mallory", "interests": "gold"}),
            ("choose_password", {"password": MALLORYS_PASSWORD}),
            ("agreements", {"agree_terms": "on"}),
        ):
            presses_on(walker, step, **fields)
        assert walker.heading == "Check your mail"
        assert walker.text.replace(ADA, "") == stranger.text.replace("nobody@example.com", "")
    presses_on(tale.unfinished, "identify", identifier=ADA)

    assert tale.unfinished.heading == "Terms and your choices"
    assert not Authenticator.objects.filter(account=tale.ada).exists()
    assert not BrowserSession.objects.filter(account=tale.ada).exists()
    assert not SignIn.objects.filter(account_id=tale.ada.pk).exists()
    assert tale.ada.kind == Kind.LITE
    assert "Mallory" not in str(snapshot(tale.ada))


def test_ada_finds_the_form_filled_with_who_said_what(tale: Tale) -> None:
    said = Said(Source.IMPORT, "the old shop", timezone.now())
    say(tale.ada, {"country": "AT", "locale": "de"}, said)

    ada = proves()

    filled = {name: ada.value(name) for name in ("given_name", "family_name", "interests", "country")}
    assert filled == {"given_name": "Ada", "family_name": "Byron", "interests": "espresso", "country": "DE"}
    assert ada.value("locale") == "de"
    assert ada.text.count("A website of ours told us on") == 4
    assert ada.text.count("From our records of") == 1
    assert ADA_AT_WORK not in ada.text
    assert "123456" not in ada.text


def test_what_ada_keeps_and_corrects_is_strongest_and_what_she_clears_is_gone(tale: Tale) -> None:
    before = tale.ada
    say(before, {"country": "AT"}, Said(Source.IMPORT, "the old shop", timezone.now()))

    ada = claims()

    assert ada.heading == "Hello, Ada Lovelace"
    assert tale.ada == before, "the same account, upgraded"
    assert tale.ada.kind == Kind.FULL
    counts = {name: (known.value, known.source) for name, known in snapshot(tale.ada).values.items()}
    assert counts == {
        "given_name": ("Ada", Source.CUSTOMER),
        "family_name": ("Lovelace", Source.CUSTOMER),
        "interests": (["espresso"], Source.CUSTOMER),
    }
    assert not ProfileValue.objects.filter(account=tale.ada, attribute="country").exists()


def test_nothing_that_mallory_left_leads_to_ada_afterwards(tale: Tale) -> None:
    claims()

    tale.waiting.send(code="000000")
    assert tale.waiting.heading == "Check your mail"
    tale.unfinished.send(agree_terms="on")
    for walker in (tale.waiting, tale.unfinished, tale.signed_in):
        page = walker.open("/account/").text
        assert "Lovelace" not in page
        assert ADA not in page
    password = Walker().open("/sign-in/").send(identifier=ADA).send(password=MALLORYS_PASSWORD)

    assert "don't match" in password.text
    assert Authenticator.objects.filter(account=tale.ada).count() == 1
    assert BrowserSession.objects.filter(account=tale.ada).count() == 1
    assert account_with_email(MALLORY) != tale.ada


def test_the_address_that_only_a_website_knows_opens_no_door(tale: Tale) -> None:
    claims()

    by_password = Walker().open("/sign-in/").send(identifier=ADA_AT_WORK).send(password=PASSWORD)
    by_mail = Walker().open("/sign-in/").send(identifier=ADA_AT_WORK)
    by_mail.press("Send me a code").send(code=code_for(ADA_AT_WORK))

    assert "don't match" in by_password.text
    assert by_mail.heading == "About you", "whoever reads that mailbox registers as somebody new"
    assert by_mail.value("family_name") == ""
    by_mail.send(given_name="Eve").send(password=MALLORYS_PASSWORD).send(agree_terms="on")
    assert by_mail.heading == "Hello, Eve"
    assert account_with_email(ADA_AT_WORK) != tale.ada
    assert tale.at_the_coffee()["id"] == tale.coffee_id


def test_the_brands_website_reads_its_own_words_and_that_she_registered(tale: Tale) -> None:
    before = tale.at_the_coffee()
    claims()

    after = tale.at_the_coffee()

    assert told(tale.catalogue, tale.coffee_id)["kind"] == "full"
    assert after["name"] == {"givenName": "Ada", "familyName": "Byron"}
    assert extension(after)["interests"] == ["espresso"]
    assert "country" not in extension(after), "she cleared it, whoever said it"
    assert (after["externalId"], after["emails"], after["phoneNumbers"]) == (
        before["externalId"],
        before["emails"],
        before["phoneNumbers"],
    )
    assert after["meta"]["version"] != before["meta"]["version"]
    assert "Lovelace" not in str(after)


def test_what_the_website_says_afterwards_is_its_own_and_overwrites_nothing(tale: Tale) -> None:
    claims()
    replace = {"op": "replace", "path": "name.familyName", "value": "Countess"}

    answer = tale.catalogue.patch(tale.coffee_id, replace)

    assert answer.status_code == 200
    assert tale.at_the_coffee()["name"]["familyName"] == "Countess"
    assert snapshot(tale.ada).values["family_name"].value == "Lovelace"
    again = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD)
    assert again.heading == "Hello, Ada Lovelace"


def test_the_other_brands_website_cannot_tell_that_anything_happened(tale: Tale) -> None:
    before, version = tale.at_the_tea(), tale.tea.get(f"/Users/{tale.tea_id}")["ETag"]
    knew = told(tale.tea, tale.tea_id)

    claims()

    assert tale.at_the_tea() == before
    assert tale.tea.get(f"/Users/{tale.tea_id}")["ETag"] == version
    assert told(tale.tea, tale.tea_id) == knew
    assert knew["kind"] == "lite"
    again = tale.tea.post(user(ADA))
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
    taste = {"op": "add", "path": f"{CUSTOMER_EXTENSION}:interests", "value": ["oolong"]}
    assert tale.tea.patch(tale.tea_id, taste, If_Match=version).status_code == 200


def test_what_ada_clears_is_gone_at_every_brand(tale: Tale) -> None:
    country = {"op": "add", "path": f"{CUSTOMER_EXTENSION}:country", "value": "FR"}
    assert extension(tale.tea.patch(tale.tea_id, country).json())["country"] == "FR"

    claims()

    assert "country" not in extension(tale.at_the_tea())
    assert "country" not in snapshot(tale.ada).values
