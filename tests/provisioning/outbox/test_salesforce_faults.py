"""Whatever Salesforce answers, or doesn't: nothing is lost, nobody is doubled, and an operator reads why."""

import json

import pytest

from consent.models import Purpose
from provisioning.models import Outcome
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.salesforce_target import OUR_ID, QUERY, TOKEN, UPDATE, UPSERT, Org
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatience")]

DESCRIBE = "/describe"


@pytest.fixture
def bert(newsletter: Purpose, anna: Customer, salesforce: Org) -> Customer:
    """Both agreed."""
    bert = scene.meet(newsletter.brand, "bert@example.com", given_name="Bert")
    for customer in (anna, bert):
        customer.gives(newsletter)
    return bert


def errors(code: str) -> list[dict[str, object]]:
    return [{"message": "It can't be now.", "errorCode": code}]


@pytest.mark.parametrize("path", [TOKEN, DESCRIBE, UPSERT, "/Individual/", "/ContactPointTypeConsent/"])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 503}),
        ("status", {"status": 403, "body": errors("REQUEST_LIMIT_EXCEEDED")}),
        ("timeout_before", {"seconds": 3}),
        ("timeout_after", {"seconds": 3}),
        ("garbage", {}),
        ("garbage", {"body": '[{"id": 7, "success": true}, "?", null]'}),
        ("garbage", {"body": "[]"}),
        ("garbage", {"body": "7"}),
    ],
)
def test_after_a_failure_both_records_are_there_once(
    protective: Org, anna: Customer, bert: Customer, path: str, kind: str, fields: dict[str, object]
) -> None:
    protective.fault(kind, path_contains=path, **fields)

    for patience in (0, 15, 30, 60, 1_000, 2_000):
        deliver(after=patience)

    assert settled(protective.connector)
    for sobject in ("Contact", "Individual", "ContactPointTypeConsent"):
        assert {one[OUR_ID] for one in protective.records(sobject)} == {anna.our_id, bert.our_id}
        assert len(protective.records(sobject)) == 2
    for customer in (anna, bert):
        assert protective.of(customer)["Email"] == customer.email
        assert protective.of(customer, "ContactPointTypeConsent")["PrivacyConsentStatus"] == "OptIn"
        assert customer.link(protective.connector).trouble == ""


@pytest.mark.parametrize("path", [QUERY, UPDATE, "/ContactPointTypeConsent/"])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("timeout_before", {"seconds": 3}),
        ("timeout_after", {"seconds": 3}),
        ("garbage", {}),
        ("garbage", {"body": "[]"}),
        ("garbage", {"body": '{"totalSize": 1, "records": []}'}),
        ("garbage", {"body": '{"totalSize": 1, "done": true, "records": [{}]}'}),
    ],
)
def test_after_a_failure_the_withdrawal_arrives(
    protective: Org,
    anna: Customer,
    bert: Customer,
    newsletter: Purpose,
    path: str,
    kind: str,
    fields: dict[str, object],
) -> None:
    deliver()
    anna.withdraws(newsletter)
    protective.fault(kind, path_contains=path, **fields)

    for patience in (0, 15, 60, 300):
        deliver(after=patience)

    assert settled(protective.connector)
    assert protective.of(anna)["HasOptedOutOfEmail"] is True
    assert "FirstName" not in protective.of(anna)
    assert protective.of(anna, "Individual")["HasOptedOutSolicit"] is True
    assert protective.of(anna, "ContactPointTypeConsent")["PrivacyConsentStatus"] == "OptOut"
    assert protective.of(bert)["FirstName"] == "Bert"


@pytest.mark.parametrize("on_erase", ["anonymise", "delete"])
@pytest.mark.parametrize("path", [QUERY, UPDATE, DESCRIBE])
@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after", "garbage"])
def test_after_a_failure_the_erasure_arrives(
    protective: Org, anna: Customer, bert: Customer, path: str, kind: str, on_erase: str
) -> None:
    protective.set(on_erase=on_erase)
    deliver()
    anna.is_erased()
    protective.fault(kind, path_contains=path, seconds=3)

    for patience in (0, 15, 60, 300):
        deliver(after=patience)

    assert settled(protective.connector)
    assert anna.link(protective.connector).outcome == Outcome.ERASED
    state = json.dumps(protective.sandbox.state("salesforce"))
    assert anna.email not in state
    assert bert.email in state


def test_who_withdraws_before_a_lost_answer_was_repeated_is_found_and_opted_out(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    salesforce.fault("timeout_after", path_contains=UPSERT, seconds=3)
    deliver()
    assert anna.link(salesforce.connector).remote_id == ""

    anna.withdraws(newsletter)
    deliver(after=15)

    assert salesforce.of(anna)["HasOptedOutOfEmail"] is True
    assert "FirstName" not in salesforce.of(anna)


def test_who_is_erased_before_a_lost_answer_was_repeated_is_found_and_forgotten(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    salesforce.fault("timeout_after", path_contains=UPSERT, seconds=3)
    deliver()

    anna.is_erased()
    deliver(after=15)

    assert anna.email not in str(salesforce.records())
    assert anna.link(salesforce.connector).outcome == Outcome.ERASED


def test_a_record_that_was_deleted_there_is_made_again_with_consent(
    salesforce: Org, anna: Customer, bert: Customer
) -> None:
    deliver()
    salesforce.deletes(salesforce.of(anna)["Id"])

    anna.says(given_name="Ann")
    for patience in (0, 5):
        deliver(after=patience)

    assert salesforce.of(anna)["FirstName"] == "Ann"
    assert salesforce.of(anna)["HasOptedOutOfEmail"] is False, "said once, and so to be said again"
    assert anna.link(salesforce.connector).remote_id == salesforce.of(anna)["Id"]


def test_a_lost_answer_to_an_adoption_overwrites_no_name(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    salesforce.knows(Email=anna.email, LastName="Meier")
    anna.gives(newsletter)
    # The first is for the upsert that finds the other record, the second for the update that takes it over.
    salesforce.fault("timeout_after", path_contains=UPSERT, seconds=0)
    salesforce.fault("timeout_after", path_contains=UPDATE, seconds=3)

    for patience in (0, 15, 60):
        deliver(after=patience)

    assert settled(salesforce.connector)
    assert salesforce.of(anna)["LastName"] == "Meier"


def test_an_individual_that_was_deleted_there_is_made_again(
    protective: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    protective.deletes(protective.of(anna, "Individual")["Id"])

    anna.withdraws(newsletter)
    anna.gives(newsletter)
    deliver()

    assert protective.of(anna)["IndividualId"] == protective.of(anna, "Individual")["Id"]


def test_a_record_that_is_made_again_has_its_individual(
    protective: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    protective.deletes(protective.of(anna)["Id"])

    anna.says(given_name="Ann")
    deliver()

    assert protective.of(anna)["IndividualId"] == protective.of(anna, "Individual")["Id"]


def test_a_row_of_which_nothing_is_said_is_tried_again(
    salesforce: Org, anna: Customer, bert: Customer
) -> None:
    salesforce.fault("garbage", body='[{"success": false, "errors": []}, {"success": true}]')
    salesforce.fault(
        "garbage", body='[{"success": false, "errors": []}, {"success": true}]', path_contains=UPSERT
    )

    for patience in (0, 5, 15, 30):
        deliver(after=patience)

    assert settled(salesforce.connector)
    assert len(salesforce.records()) == 2
