"""What a Salesforce org knows follows what the ledger allows: nothing before, little after."""

import pytest

from consent.models import Channel, Purpose
from provisioning.models import Outcome
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.salesforce_target import OUR_ID, UPSERT, Org
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db


def test_nothing_leaves_without_consent(salesforce: Org, anna: Customer) -> None:
    anna.says(family_name="Meier")

    deliver()

    assert salesforce.requests == []
    assert settled(salesforce.connector)


def test_with_consent_the_released_and_mapped_attributes_arrive(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)

    assert deliver() == 1

    assert salesforce.values(anna) == {
        "Email": "anna@example.com",
        "FirstName": "Anna",
        "LastName": "-",
        "CIAM_Interests__c": "tea, books",
        "HasOptedOutOfEmail": False,
    }
    link = anna.link(salesforce.connector)
    assert (link.remote_id, link.outcome) == (salesforce.of(anna)["Id"], Outcome.HOLDS)
    assert link.held == ["email", "given_name", "interests"]


def test_a_canary_in_an_attribute_that_is_not_released_or_not_mapped_never_leaves(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    newsletter.versions.update(releases=["email", "visitor_id"])
    salesforce.connector.mapping = {"email": "Email", "source": "LeadSource"}
    salesforce.connector.save()
    anna.says(given_name="canary-2", family_name="canary-3", country="XX")
    anna.gives(newsletter)

    deliver()

    assert "canary" not in salesforce.said()
    assert salesforce.values(anna).keys() == {"Email", "LastName", "HasOptedOutOfEmail"}


def test_a_change_updates_the_record_and_makes_no_second_one(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    before = salesforce.of(anna)

    anna.says(given_name="Ann", family_name="Meier")
    deliver()

    assert salesforce.records() == [{**before, "FirstName": "Ann", "LastName": "Meier"}]


def test_a_value_that_is_gone_here_is_cleared_there(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.says(family_name="Meier")
    anna.gives(newsletter)
    deliver()

    anna.clears("interests", "family_name")
    deliver()

    assert "CIAM_Interests__c" not in salesforce.of(anna)
    assert salesforce.of(anna)["LastName"] == "-", "Salesforce demands one"


def test_a_last_name_that_somebody_typed_there_stays_while_we_know_none(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    salesforce.changes(salesforce.of(anna)["Id"], LastName="Meier")

    anna.says(given_name="Ann")
    deliver()

    assert salesforce.of(anna)["LastName"] == "Meier"


def test_who_opts_out_at_salesforce_stays_so_until_they_consent_anew(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    salesforce.changes(salesforce.of(anna)["Id"], HasOptedOutOfEmail=True)

    anna.says(family_name="Meier")
    deliver()

    assert salesforce.of(anna)["LastName"] == "Meier"
    assert salesforce.of(anna)["HasOptedOutOfEmail"] is True

    anna.withdraws(newsletter)
    anna.gives(newsletter)
    deliver()

    assert salesforce.of(anna)["HasOptedOutOfEmail"] is False


def test_a_purpose_of_another_channel_says_nothing_about_mail(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    newsletter.channels = [Channel.POST]
    newsletter.save()
    anna.gives(newsletter)

    deliver()

    assert "HasOptedOutOfEmail" not in salesforce.of(anna)


def test_a_contact_that_has_the_address_already_is_adopted(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    record_id = salesforce.knows(Email="Anna@Example.com", LastName="Meier", Title="Baker")
    anna.gives(newsletter)

    deliver()

    assert [one["Id"] for one in salesforce.records()] == [record_id]
    adopted = salesforce.of(anna)
    assert (adopted["FirstName"], adopted["LastName"], adopted["Title"]) == ("Anna", "Meier", "Baker")
    assert anna.link(salesforce.connector).remote_id == record_id


def test_who_only_has_the_same_name_is_somebody_else(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    salesforce.knows(FirstName="Anna", LastName="Meier", Email="other@example.com")
    anna.says(family_name="Meier")
    anna.gives(newsletter)

    deliver()

    assert len(salesforce.records()) == 2
    assert salesforce.of(anna)["Email"] == "anna@example.com"


def test_an_address_that_another_customers_record_has_needs_a_human(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    other_id = salesforce.knows(Email="anna@example.com", **{OUR_ID: "another"})
    anna.gives(newsletter)

    deliver()

    why = anna.link(salesforce.connector).needs_human
    assert other_id in why
    assert "anna@example.com" not in why
    assert len(salesforce.records()) == 1


def test_two_records_of_one_person_need_a_human(salesforce: Org, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()
    other_id = salesforce.knows(Email="anna.meier@example.org")

    anna.moves_to("anna.meier@example.org")
    deliver()

    why = anna.link(salesforce.connector).needs_human
    assert f"merge {other_id}" in why
    assert "anna.meier@example.org" not in why


def test_two_customers_who_swap_an_address_wait_for_each_other(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    bert = scene.meet(newsletter.brand, "bert@example.com")
    for customer in (anna, bert):
        customer.gives(newsletter)
    deliver()

    anna.moves_to("new@example.com")
    bert.moves_to("anna@example.com")
    for _again in range(3):
        deliver(after=5)

    assert salesforce.of(anna)["Email"] == "new@example.com"
    assert salesforce.of(bert)["Email"] == "anna@example.com"
    assert settled(salesforce.connector)


def test_two_hundred_people_a_call(salesforce: Org, newsletter: Purpose) -> None:
    people = scene.crowd(newsletter, 400)

    assert deliver() == 400

    assert len(salesforce.records()) == 400
    assert len(salesforce.asked(UPSERT)) / len(people) == 0.005
    others = {one["path"].rpartition("/")[2] for one in salesforce.requests} - {OUR_ID}
    assert others == {"token", "describe"}, "once for the connector, not for each batch"


def test_a_lead_has_a_company_and_fields_of_its_own(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    newsletter.versions.update(releases=["email", "country"])
    salesforce.connector.mapping = {"email": "Email", "country": "MailingCountry"}
    salesforce.set(object="Lead", company="Private")
    salesforce.connector.releases.create(purpose=newsletter, attribute="country")
    anna.says(country="DE")
    anna.gives(newsletter)

    deliver()

    lead = salesforce.of(anna, "Lead")
    assert (lead["Email"], lead["Country"], lead["Company"]) == ("anna@example.com", "DE", "Private")


def test_a_person_account_has_fields_of_its_own(salesforce: Org, anna: Customer, newsletter: Purpose) -> None:
    salesforce.set(object="Account", with_individual="yes")
    anna.gives(newsletter)
    deliver()

    account = salesforce.of(anna, "Account")
    assert (account["PersonEmail"], account["FirstName"]) == ("anna@example.com", "Anna")
    assert account["PersonHasOptedOutOfEmail"] is False
    assert account["PersonIndividualId"] == salesforce.of(anna, "Individual")["Id"]

    anna.withdraws(newsletter)
    deliver()

    assert salesforce.of(anna, "Account")["PersonHasOptedOutOfEmail"] is True


def test_an_individual_carries_the_consent_and_no_name(
    protective: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)

    deliver()

    individual, said = protective.of(anna, "Individual"), protective.of(anna, "ContactPointTypeConsent")
    assert protective.of(anna)["IndividualId"] == said["PartyId"] == individual["Id"]
    assert individual["HasOptedOutSolicit"] is False
    assert "Anna" not in individual.values()
    assert (said["Name"], said["PrivacyConsentStatus"]) == ("newsletter", "OptIn")
    assert said["ContactPointType"] == "Email"
    assert "newsletter, version 1" in said["CaptureSource"]


def test_a_consent_is_said_again_only_when_it_has_changed(
    protective: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    asked = len(protective.asked("ContactPointTypeConsent"))

    anna.says(family_name="Meier")
    deliver()

    assert protective.of(anna)["LastName"] == "Meier"
    assert len(protective.asked("ContactPointTypeConsent")) == asked
