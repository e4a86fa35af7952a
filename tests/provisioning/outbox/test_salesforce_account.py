"""Before anything is sent: are we let in, is everything there; and afterwards: is it as it should be."""

import time
import uuid
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciam.lib.outbox import NeedsHuman
from consent.models import Purpose
from provisioning.connectors.base import CanBeCompared, HoldNothing, Push
from provisioning.connectors.salesforce import Salesforce
from provisioning.connectors.salesforce_org import pieces
from provisioning.mapping import hash_of
from provisioning.models import Link
from tests.provisioning.outbox.salesforce_target import QUERY, Org
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


def soon() -> float:
    return time.monotonic() + 60


def held(salesforce: Org, *links: Link) -> dict[uuid.UUID, Mapping[str, str] | None]:
    pushes = [
        Push(link.pk, link.member_id, link.remote_id, HoldNothing(""), frozenset(link.held)) for link in links
    ]
    return dict(Salesforce().held_there(salesforce.connector, pushes, soon()))


def test_the_check_says_where_we_are_known_and_changes_nothing(salesforce: Org) -> None:
    assert "localhost" in Salesforce().check(salesforce.connector, soon())

    assert {one["method"] for one in salesforce.requests if "/oauth2/" not in one["path"]} == {"GET"}


def test_the_check_says_what_is_wrong(salesforce: Org) -> None:
    salesforce.set(version="v99.0")
    salesforce.fault("status", status=404, path_contains="/limits")

    with pytest.raises(NeedsHuman, match="no API of this version"):
        Salesforce().check(salesforce.connector, soon())


@pytest.mark.parametrize("version", ["v51.0", "latest", "68", "v68.0/../x"])
def test_a_version_that_is_too_old_or_none_is_refused(salesforce: Org, version: str) -> None:
    salesforce.set(version=version)

    with pytest.raises(NeedsHuman, match="version"):
        Salesforce().check(salesforce.connector, soon())


@pytest.mark.parametrize("sobject", ["Contact", "Lead", "Account"])
@pytest.mark.parametrize("with_individual", ["yes", "no"])
def test_an_org_with_our_field_is_ready(salesforce: Org, sobject: str, with_individual: str) -> None:
    salesforce.set(object=sobject, with_individual=with_individual)
    salesforce.connector.mapping = {}

    Salesforce().prepare(salesforce.connector, soon())

    assert salesforce.asked("/describe")


@pytest.mark.parametrize(
    ("said", "mapping", "why"),
    [
        ({"external_id": "Customer__c"}, {}, "needs a field Customer__c.*External ID"),
        ({"external_id": "Email"}, {}, "needs a field Email"),
        ({"external_id": "x' OR Id != '"}, {}, "a name that no field can have"),
        ({"object": "Opportunity"}, {}, "must be one of"),
        ({}, {"email": "Email", "given_name": "Nickname__c"}, "no field Nickname__c"),
        ({}, {"email": "CreatedDate"}, "no field CreatedDate"),
        ({}, {"email": "Email FROM User"}, "a name that no field can have"),
    ],
)
def test_what_lacks_there_is_said_in_a_sentence(
    salesforce: Org, said: dict[str, str], mapping: dict[str, str], why: str
) -> None:
    salesforce.set(**said)
    salesforce.connector.mapping = mapping

    with pytest.raises(NeedsHuman, match=why):
        Salesforce().prepare(salesforce.connector, soon())


def test_an_object_that_the_user_does_not_see_is_named(salesforce: Org) -> None:
    salesforce.set(with_individual="yes")
    salesforce.fault("status", status=404, path_contains="/Individual/describe")

    with pytest.raises(NeedsHuman, match="no object Individual"):
        Salesforce().prepare(salesforce.connector, soon())


def test_what_is_held_there_is_as_it_should_be(salesforce: Org, anna: Customer, newsletter: Purpose) -> None:
    assert isinstance(Salesforce(), CanBeCompared)
    anna.gives(newsletter)
    deliver()
    link = anna.link(salesforce.connector)

    texts = held(salesforce, link)[link.pk]

    assert texts is not None
    assert hash_of(texts) == link.sent_hash, "no last name is none, although one had to be made up"


def test_what_was_changed_or_deleted_there_shows(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    link = anna.link(salesforce.connector)

    salesforce.changes(link.remote_id, FirstName="Hanna")
    texts = held(salesforce, link)[link.pk]
    assert texts is not None
    assert hash_of(texts) != link.sent_hash

    salesforce.deletes(link.remote_id)
    assert held(salesforce, link) == {link.pk: None}


def test_fields_are_named_as_in_the_mapping_whatever_the_object_calls_them(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    salesforce.set(object="Account")
    anna.gives(newsletter)
    deliver()
    link = anna.link(salesforce.connector)

    texts = held(salesforce, link)[link.pk]

    assert texts is not None
    assert texts["Email"] == "anna@example.com"
    assert hash_of(texts) == link.sent_hash


def test_two_hundred_are_compared_with_one_query(salesforce: Org, anna: Customer) -> None:
    pushes = [Push(uuid.uuid4(), uuid.uuid4(), "", HoldNothing(""), frozenset()) for _person in range(200)]

    found = dict(Salesforce().held_there(salesforce.connector, pushes, soon()))

    assert set(found.values()) == {None}
    assert len(salesforce.asked(QUERY)) == 1
    assert len(str(salesforce.asked(QUERY)[0]["query"]["q"])) < 10_000, (
        "an address may have 16,000 characters"
    )


def test_an_address_with_odd_signs_is_found_and_breaks_no_query(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    record_id = salesforce.knows(Email="o'neil\\x@example.com")
    anna.moves_to("o'neil\\x@example.com")
    anna.gives(newsletter)

    deliver()

    assert anna.link(salesforce.connector).remote_id == record_id


@given(st.lists(st.text(max_size=300), max_size=400))
def test_a_long_list_goes_in_pieces_that_an_address_can_carry(texts: list[str]) -> None:
    found = list(pieces(texts))

    assert [text for piece in found for text in piece] == texts
    assert all(len(piece) == 1 or len(quote(",".join(piece))) <= 12_000 for piece in found)
    assert all(len(piece) <= 200 for piece in found)
