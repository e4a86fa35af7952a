"""Withdrawal opts out and can be undone; only erasure forgets, and only what was told."""

import pytest

from consent.models import Purpose
from provisioning.models import Outcome
from tests.provisioning.outbox.salesforce_target import OUR_ID, Org
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(salesforce: Org, anna: Customer, newsletter: Purpose) -> str:
    """Salesforce has her, with a phone number that somebody typed there; the record's id."""
    anna.says(family_name="Meier")
    anna.gives(newsletter)
    deliver()
    record_id = str(salesforce.of(anna)["Id"])
    salesforce.changes(record_id, Phone="0123", LeadSource="Fair")
    return record_id


def test_a_withdrawal_opts_out_and_clears_what_came_from_us(
    salesforce: Org, anna: Customer, newsletter: Purpose, known: str
) -> None:
    anna.withdraws(newsletter)
    deliver()

    assert salesforce.of(anna)["Id"] == known
    assert salesforce.values(anna) == {
        "Email": anna.email,
        "LastName": "-",
        "HasOptedOutOfEmail": True,
        "Phone": "0123",
        "LeadSource": "Fair",
    }
    link = anna.link(salesforce.connector)
    assert (link.held, link.outcome) == (["email"], Outcome.SUPPRESSED)
    assert salesforce.recycle_bin == []


def test_a_withdrawal_tells_no_address_that_salesforce_does_not_have(
    salesforce: Org, anna: Customer, newsletter: Purpose, known: str
) -> None:
    anna.withdraws(newsletter)
    anna.moves_to("secret@example.org")
    deliver()

    assert "secret@example.org" not in salesforce.said()
    assert salesforce.of(anna)["HasOptedOutOfEmail"] is True


def test_consent_given_again_restores_what_was_cleared(
    salesforce: Org, anna: Customer, newsletter: Purpose, known: str
) -> None:
    before = salesforce.of(anna)
    anna.withdraws(newsletter)
    deliver()

    anna.gives(newsletter)
    deliver()

    assert salesforce.of(anna) == before


def test_a_withdrawal_of_a_record_that_is_gone_there_makes_none(
    salesforce: Org, anna: Customer, newsletter: Purpose, known: str
) -> None:
    salesforce.deletes(known)

    anna.withdraws(newsletter)
    deliver()

    assert salesforce.records() == []
    assert anna.link(salesforce.connector).outcome == Outcome.NOTHING


def test_a_withdrawal_opts_the_individual_out_of_everything_we_asked_for(
    protective: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()

    anna.withdraws(newsletter)
    deliver()

    individual = protective.of(anna, "Individual")
    assert (individual["HasOptedOutSolicit"], individual["HasOptedOutProcessing"]) == (True, True)
    assert individual["ShouldForget"] is False
    assert protective.of(anna, "ContactPointTypeConsent")["PrivacyConsentStatus"] == "OptOut"

    anna.gives(newsletter)
    deliver()

    assert protective.of(anna, "Individual")["HasOptedOutSolicit"] is False
    assert protective.of(anna, "ContactPointTypeConsent")["PrivacyConsentStatus"] == "OptIn"


def test_erasure_overwrites_all_that_says_something_of_her(
    salesforce: Org, anna: Customer, newsletter: Purpose, known: str
) -> None:
    anna.is_erased()
    deliver()

    left = [{name: value for name, value in one.items() if value} for one in salesforce.records()]
    expected = {"LastName": "-", "LeadSource": "Fair", "HasOptedOutOfEmail": True}
    assert left == [{"type": "Contact", "Id": known, **expected}]
    link = anna.link(salesforce.connector)
    assert (link.remote_id, link.held, link.outcome) == (known, [], Outcome.ERASED)


def test_erasure_tells_the_individual_to_be_forgotten(
    protective: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()

    anna.is_erased()
    deliver()

    assert [one["ShouldForget"] for one in protective.records("Individual")] == [True]
    assert [one["PrivacyConsentStatus"] for one in protective.records("ContactPointTypeConsent")] == [
        "OptOut"
    ]
    assert anna.our_id not in str(protective.sandbox.state("salesforce")), "nobody finds out whose it was"


@pytest.mark.parametrize("with_individual", ["no", "yes"])
def test_a_deletion_leaves_nothing_of_her_in_the_recycle_bin(
    salesforce: Org, anna: Customer, newsletter: Purpose, with_individual: str
) -> None:
    salesforce.set(on_erase="delete", with_individual=with_individual)
    anna.gives(newsletter)
    deliver()

    anna.is_erased()
    deliver()

    assert salesforce.records() == salesforce.records("Individual") == []
    kinds = {one["type"] for one in salesforce.recycle_bin}
    assert kinds == {"Contact"} | (
        {"Individual", "ContactPointTypeConsent"} if with_individual == "yes" else set()
    )
    assert anna.email not in str(salesforce.recycle_bin)
    assert "Anna" not in str(salesforce.recycle_bin)
    assert anna.link(salesforce.connector).outcome == Outcome.ERASED


@pytest.mark.parametrize("on_erase", ["anonymise", "delete"])
def test_erasure_may_be_repeated_and_finds_what_others_have_deleted(
    salesforce: Org, anna: Customer, newsletter: Purpose, known: str, on_erase: str
) -> None:
    salesforce.set(on_erase=on_erase)
    anna.is_erased()
    deliver()
    if on_erase == "anonymise":
        salesforce.deletes(known)

    anna.is_erased()
    deliver()

    assert settled(salesforce.connector)
    assert anna.link(salesforce.connector).outcome == Outcome.ERASED


def test_erasure_asks_nothing_of_a_target_that_never_knew_the_person(salesforce: Org, anna: Customer) -> None:
    deliver()

    anna.is_erased()
    deliver()

    assert salesforce.requests == []
    assert settled(salesforce.connector)


def test_erasure_leaves_other_people_alone(
    salesforce: Org, anna: Customer, newsletter: Purpose, known: str
) -> None:
    other_id = salesforce.knows(Email="bert@example.com", FirstName="Bert", **{OUR_ID: "another"})

    anna.is_erased()
    deliver()

    assert [one["FirstName"] for one in salesforce.records() if one["Id"] == other_id] == ["Bert"]
