"""Our own SCIM door as a target, over HTTP: what one brand keeps in step a website of another sees."""

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.attributes import CUSTOMER_EXTENSION
from consent.models import Purpose
from provisioning.connectors import KINDS
from provisioning.models import Connector, Outcome
from tests.people import kaffeehaus
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer, deliver, settled
from tests.provisioning.scim.door import Site, site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def teahouse(signing_keys: None) -> Site:
    """The target: a website of another brand at this very installation."""
    return site(kaffeehaus("teahouse", is_default=False).brand, "tea")


@pytest.fixture
def partner(live_server: LiveServer, teahouse: Site, newsletter: Purpose, settings: Settings) -> Connector:
    settings.OUTBOUND_ALLOWED = [live_server.url.partition("//")[2]]
    return scene.connector(
        newsletter, "scim", secret=teahouse.token, settings={"base_url": f"{live_server.url}/scim/v2"}
    )


def test_a_customer_is_made_changed_deactivated_resumed_and_erased(
    teahouse: Site, partner: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    [user] = teahouse.find(f'externalId eq "{anna.our_id}"')
    assert (user["userName"], user["name"], user["active"]) == (anna.email, {"givenName": "Anna"}, True)
    assert user["emails"][0] == {"value": anna.email, "type": "work", "primary": False}

    anna.says(family_name="Meier")
    anna.clears("given_name")
    anna.moves_to("anna.meier@example.org")
    deliver()
    changed = teahouse.get(f"/Users/{user['id']}").json()
    assert (changed["userName"], changed["name"]) == ("anna.meier@example.org", {"familyName": "Meier"})
    assert [one["value"] for one in changed["emails"]] == ["anna.meier@example.org"]

    anna.withdraws(newsletter)
    deliver()
    cleared = teahouse.get(f"/Users/{user['id']}").json()
    assert (cleared["active"], cleared["userName"]) == (False, anna.our_id)
    assert not {"emails", "name"} & cleared.keys()
    assert anna.link(partner).outcome == Outcome.SUPPRESSED

    anna.gives(newsletter)
    deliver()
    resumed = teahouse.get(f"/Users/{user['id']}").json()
    assert (resumed["active"], resumed["name"]) == (True, {"familyName": "Meier"})

    anna.is_erased()
    deliver()
    assert teahouse.find(f'externalId eq "{anna.our_id}"') == []
    assert anna.link(partner).outcome == Outcome.ERASED
    assert settled(partner)


def test_whom_the_website_had_met_by_itself_is_adopted(
    teahouse: Site, partner: Connector, anna: Customer, newsletter: Purpose
) -> None:
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": anna.email, "locale": "de"}
    key = teahouse.post(user).json()["id"]
    anna.gives(newsletter)

    deliver()

    told = teahouse.get(f"/Users/{key}").json()
    assert (told["externalId"], told["locale"], told["name"]) == (anna.our_id, "de", {"givenName": "Anna"})
    assert anna.link(partner).remote_id == key


def test_what_the_door_publishes_can_be_mapped_and_a_list_stays_one(
    teahouse: Site, partner: Connector, anna: Customer, newsletter: Purpose
) -> None:
    partner.mapping = {
        "email": 'emails[type eq "work"].value',
        "interests": f"{CUSTOMER_EXTENSION}:interests",
    }
    partner.save()
    anna.gives(newsletter)

    deliver()

    [user] = teahouse.find(f'externalId eq "{anna.our_id}"')
    assert user[CUSTOMER_EXTENSION] == {"interests": ["tea", "books"]}


def test_many_people_come_in_bulk(teahouse: Site, partner: Connector, newsletter: Purpose) -> None:
    customers = scene.crowd(newsletter, 25)

    deliver()

    assert settled(partner)
    assert teahouse.get().json()["totalResults"] == 25
    assert {one.link(partner).outcome for one in customers} == {Outcome.HOLDS}


def test_the_check_names_what_else_could_be_mapped(partner: Connector) -> None:
    said = KINDS["scim"].check(partner, float("inf"))

    assert "by PATCH, up to 500 in a request" in said
    assert "country, interests" in said
