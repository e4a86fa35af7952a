"""Five sources speak of Ada's name. The strongest counts, whoever spoke last; who may know it, she says.

Pages without a browser, real SCIM calls, and the sandbox's HubSpot over HTTP.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from accounts import events
from accounts.attributes import CUSTOMER_EXTENSION
from accounts.events import SYSTEM, Change, EventType
from accounts.models import Account, Membership, ProfileValue, Source
from accounts.profiles import Said, say
from accounts.snapshot import snapshot
from tests.people import PASSWORD, Kaffeehaus
from tests.provisioning.outbox.conftest import NEWSLETTER_ID, Target, running_sandbox, sandbox
from tests.provisioning.outbox.scene import connector, deliver
from tests.provisioning.scim.door import Site, extension, proven, site, told, user
from tests.sandbox.running import RunningSandbox
from tests.walking import Walker, code_for

__all__ = ["running_sandbox", "sandbox"]

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"
WEAKEST_FIRST = [Source.IMPORT, Source.WEBSITE, Source.PROVIDER, Source.CUSTOMER, Source.VERIFICATION]
NAMES = {source: f"Ada as {source} has it" for source in WEAKEST_FIRST}


@dataclass
class Tale:
    """The catalogue met Ada, who agreed to the newsletter; the club may read what that releases."""

    catalogue: Site
    club: Site
    hubspot: Target
    id: str

    @property
    def ada(self) -> Account:
        return Membership.objects.get(pk=self.id).account

    def hears(self, source: Source) -> None:
        """Each by its own door, as far as it has one by now."""
        match source:
            case Source.WEBSITE:
                path = {"op": "add", "path": "name.familyName", "value": NAMES[source]}
                assert self.catalogue.patch(self.id, path).status_code == 200
            case Source.CUSTOMER:
                registers(family_name=NAMES[source], agree_newsletter="on")
            case _:
                said = Said(source, "somebody", timezone.now())
                changed = say(self.ada, {"family_name": NAMES[source]}, said)
                events.record([Change(EventType.PROFILE_CHANGED, self.ada.pk, SYSTEM, None, changed)])

    def counts(self) -> tuple[object, Source]:
        known = snapshot(self.ada).values["family_name"]
        return known.value, known.source

    def at_hubspot(self) -> dict[str, Any]:
        deliver()
        return next(one for one in self.hubspot.contacts if one.get("email") == ADA)

    def known_to_the_club(self) -> list[dict[str, Any]]:
        return list(told(self.club, self.id).get("known", []))


@pytest.fixture
def tale(shop: Kaffeehaus, sandbox: RunningSandbox) -> Tale:
    newsletter = shop.newsletter.purpose
    settings = {"base_url": sandbox.base_url("hubspot"), "subscription_id": NEWSLETTER_ID}
    hubspot = Target(sandbox, connector(newsletter, "hubspot", settings=settings))
    catalogue, club = site(shop.brand, "catalogue"), site(shop.brand, "club")
    club.website.purpose = newsletter
    club.website.save()
    sent = user(ADA, interests=["espresso"], country="DE", consents=[proven(shop.newsletter)])
    return Tale(catalogue, club, hubspot, catalogue.post(sent).json()["id"])


def registers(**fields: str) -> Walker:
    choices = {name: fields.pop(name) for name in list(fields) if name.startswith("agree_")}
    ada = Walker().open("/register/").send(identifier=ADA)
    ada.send(code=code_for(ADA)).send(0, **fields).send(password=PASSWORD)
    ada.send(0, agree_terms="on", **choices)
    assert ada.heading.startswith("Hello")
    return ada


@pytest.mark.parametrize(
    "order", [WEAKEST_FIRST, WEAKEST_FIRST[::-1]], ids=["weakest first", "strongest first"]
)
def test_the_strongest_source_counts_in_whatever_order_they_come(tale: Tale, order: list[Source]) -> None:
    for place, source in enumerate(order):
        tale.hears(source)

        strongest = max(order[: place + 1], key=WEAKEST_FIRST.index)
        assert tale.counts() == (NAMES[strongest], strongest)
        assert tale.at_hubspot()["lastname"] == NAMES[strongest]

    rows = ProfileValue.objects.filter(account=tale.ada, attribute="family_name")
    assert dict(rows.values_list("source", "value")) == NAMES, "each source's word is kept as its own"
    assert tale.catalogue.get(f"/Users/{tale.id}").json()["name"]["familyName"] == NAMES[Source.WEBSITE]
    assert len(tale.hubspot.contacts) == 1


def test_of_two_websites_the_later_counts_until_she_speaks(tale: Tale) -> None:
    path = {"op": "add", "path": "name.familyName"}
    tale.catalogue.patch(tale.id, path | {"value": "Byron"})
    tale.club.patch(tale.id, path | {"value": "King"})
    assert tale.counts() == ("King", Source.WEBSITE)

    registers(family_name="Lovelace", agree_newsletter="on")
    tale.catalogue.patch(tale.id, path | {"value": "Countess"})

    assert tale.counts() == ("Lovelace", Source.CUSTOMER)
    seen = {
        place.website.name: place.get(f"/Users/{tale.id}").json()["name"]
        for place in (tale.catalogue, tale.club)
    }
    assert seen == {"catalogue": {"familyName": "Countess"}, "club": {"familyName": "King"}}


def test_what_a_consent_releases_is_known_with_its_source_and_time_while_it_stands(tale: Tale) -> None:
    began = timezone.now()
    known = {one["attribute"]: one for one in tale.known_to_the_club()}
    assert known.keys() == {f"{CUSTOMER_EXTENSION}:interests"}, "the country isn't released"
    assert known[f"{CUSTOMER_EXTENSION}:interests"]["source"] == "website"
    assert extension(tale.club.get(f"/Users/{tale.id}").json()) == {}, "told only to who asks for it"
    assert "known" not in told(tale.catalogue, tale.id), "no purpose lets this website know"

    ada = registers(given_name="Ada", family_name="Lovelace", agree_newsletter="on")

    known = {one["attribute"]: one for one in tale.known_to_the_club()}
    assert {name: (one["value"], one["source"]) for name, one in known.items()} == {
        "name.givenName": ("Ada", "customer"),
        "name.familyName": ("Lovelace", "customer"),
        f"{CUSTOMER_EXTENSION}:interests": ("espresso", "customer"),
    }
    assert began <= dt.datetime.fromisoformat(known["name.familyName"]["at"]) <= timezone.now()
    version = tale.club.get(f"/Users/{tale.id}")["ETag"]
    assert tale.at_hubspot()["lastname"] == "Lovelace"
    assert tale.hubspot.status(ADA) == "SUBSCRIBED"

    ada.open("/account/").press("Withdraw")

    assert tale.known_to_the_club() == []
    answers = told(tale.club, tale.id)["answers"]
    assert ("newsletter", "withdrawn") in [(one["purpose"], one["decision"]) for one in answers]
    assert tale.club.get(f"/Users/{tale.id}")["ETag"] != version
    at_hubspot = tale.at_hubspot()
    assert not at_hubspot.get("lastname")
    assert not at_hubspot.get("ciam_interests")
    assert tale.hubspot.status(ADA) == "UNSUBSCRIBED"
    assert tale.hubspot.erased == []


@pytest.mark.parametrize("decision", ["unproven", "withdrawn"])
def test_an_answer_that_is_no_consent_lets_nobody_know(tale: Tale, shop: Kaffeehaus, decision: str) -> None:
    answer: dict[str, object] = {"purpose": "newsletter", "decision": "given"}
    if decision == "withdrawn":
        answer = proven(shop.newsletter, "withdrawn")
    sent = user("bob@example.com", interests=["espresso"], consents=[answer])
    bob = tale.catalogue.post(sent).json()["id"]

    assert [one["decision"] for one in told(tale.club, bob)["answers"]] == [decision]
    assert "known" not in told(tale.club, bob)
    deliver()
    assert "bob@example.com" not in tale.hubspot.said()
