"""What a HubSpot account knows follows what the ledger allows: nothing before, little after."""

import pytest

from accounts.models import Brand
from consent.models import Decision, Method, Purpose
from provisioning.models import Outcome
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db


def test_nothing_leaves_without_consent(hubspot: Target, anna: Customer) -> None:
    anna.says(family_name="Meier")

    deliver()

    assert hubspot.requests == []
    assert settled(hubspot.connector)
    assert anna.link(hubspot.connector).outcome == Outcome.NOTHING


@pytest.mark.parametrize("decision", [Decision.PENDING, Decision.UNPROVEN, Decision.WITHDRAWN])
def test_an_answer_that_is_no_consent_releases_nothing(
    hubspot: Target, anna: Customer, newsletter: Purpose, decision: Decision
) -> None:
    anna.answers(newsletter, decision, Method.SCIM)

    deliver()

    assert hubspot.requests == []


def test_the_consent_to_another_purpose_or_brand_releases_nothing(
    hubspot: Target, anna: Customer, shop: Brand
) -> None:
    other = scene.brand("bakery")
    scene.meet(other, anna.email)
    anna.gives(scene.purpose(shop, "statistics"))
    anna.gives(scene.purpose(other))

    deliver()

    assert hubspot.requests == []


def test_with_consent_the_released_and_mapped_attributes_arrive(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)

    assert deliver() == 1

    contact = hubspot.contact(anna)
    assert contact == {
        "id": contact["id"],
        "ciam_user_id": anna.our_id,
        "email": "anna@example.com",
        "firstname": "Anna",
        "ciam_interests": "tea, books",
    }
    assert hubspot.status("anna@example.com") == "SUBSCRIBED"
    link = anna.link(hubspot.connector)
    assert (link.remote_id, link.outcome) == (contact["id"], Outcome.HOLDS)
    assert link.held == ["email", "given_name", "interests"]


def test_a_canary_in_an_attribute_that_is_not_released_or_not_mapped_never_leaves(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    newsletter.versions.update(releases=["email", "visitor_id"])
    hubspot.connector.mapping = {"email": "email", "source": "ciam_source"}
    hubspot.connector.save()
    anna.says(given_name="canary-2", family_name="canary-3", country="XX")
    anna.gives(newsletter)

    deliver()

    assert "canary" not in hubspot.said()
    assert hubspot.contact(anna).keys() == {"id", "ciam_user_id", "email"}


def test_the_legal_basis_names_purpose_and_version(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)

    deliver()

    said = [one["body"] for one in hubspot.requests if "/statuses/" in one["path"]]
    assert [one["legalBasis"] for one in said] == ["CONSENT_WITH_NOTICE"]
    assert "newsletter, version 1" in said[0]["legalBasisExplanation"]


def test_a_change_updates_the_contact_and_makes_no_second_one(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    before = hubspot.contact(anna)

    anna.says(given_name="Ann", family_name="Meier")
    deliver()

    assert len(hubspot.contacts) == 1
    assert hubspot.contact(anna) == {**before, "firstname": "Ann", "lastname": "Meier"}


def test_a_value_that_is_gone_here_is_cleared_there(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()

    anna.clears("interests")
    deliver()

    assert "ciam_interests" not in hubspot.contact(anna)
    assert anna.link(hubspot.connector).held == ["email", "given_name"]


def test_a_new_address_updates_the_contact_and_is_subscribed(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()

    anna.moves_to("anna.meier@example.org")
    deliver()

    assert [one["email"] for one in hubspot.contacts] == ["anna.meier@example.org"]
    assert hubspot.status("anna.meier@example.org") == "SUBSCRIBED"


def test_who_unsubscribes_at_hubspot_stays_so_when_something_else_changes(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    hubspot.unsubscribes(anna.email)

    anna.says(family_name="Meier")
    deliver()

    assert hubspot.contact(anna)["lastname"] == "Meier"
    assert hubspot.status(anna.email) == "UNSUBSCRIBED"


def test_a_contact_that_has_the_address_already_is_adopted(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    contact_id = hubspot.knows(email="Anna@Example.com", jobtitle="Baker")
    anna.gives(newsletter)

    deliver()

    assert [one["id"] for one in hubspot.contacts] == [contact_id]
    assert hubspot.contact(anna)["jobtitle"] == "Baker"
    assert hubspot.contact(anna)["firstname"] == "Anna"


def test_two_contacts_of_one_person_need_a_human(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    other_id = hubspot.knows(email="anna.meier@example.org")

    anna.moves_to("anna.meier@example.org")
    deliver()

    assert f"merge {other_id}" in anna.link(hubspot.connector).needs_human
    assert "anna.meier@example.org" not in anna.link(hubspot.connector).needs_human


def test_two_customers_who_swap_an_address_wait_for_each_other(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    bert = scene.meet(newsletter.brand, "bert@example.com")
    for customer in (anna, bert):
        customer.gives(newsletter)
    deliver()

    anna.moves_to("new@example.com")
    bert.moves_to("anna@example.com")
    for _again in range(3):
        deliver(after=5)

    assert hubspot.contact(anna)["email"] == "new@example.com"
    assert hubspot.contact(bert)["email"] == "anna@example.com"
    assert settled(hubspot.connector)


def test_hundred_people_a_call(hubspot: Target, newsletter: Purpose) -> None:
    scene.crowd(newsletter, 120)

    assert deliver() == 120

    assert len(hubspot.contacts) == 120
    assert len([one for one in hubspot.requests if one["path"].endswith("batch/upsert")]) == 2
