"""What Salesforce refuses: a day's limit, a permission, a batch, or one row of it."""

import pytest

from consent.models import Purpose
from provisioning.models import Link
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.salesforce_target import UPSERT, Org
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def bert(newsletter: Purpose, anna: Customer, salesforce: Org) -> Customer:
    """Both agreed."""
    bert = scene.meet(newsletter.brand, "bert@example.com", given_name="Bert")
    for customer in (anna, bert):
        customer.gives(newsletter)
    return bert


def errors(code: str) -> list[dict[str, object]]:
    return [{"message": "It can't be now.", "errorCode": code}]


def refuse(salesforce: Org, customer: Customer, code: str, message: str = "No.", times: int = 1) -> None:
    rows = {"property": "Email", "equals": customer.email}
    body = {"statusCode": code, "message": message}
    salesforce.fault("row_errors", rows=rows, body=body, times=times)


def test_a_daily_limit_is_waited_for_in_minutes(salesforce: Org, anna: Customer, bert: Customer) -> None:
    salesforce.fault("status", status=403, body=errors("REQUEST_LIMIT_EXCEEDED"), path_contains=UPSERT)
    deliver()

    asked = len(salesforce.requests)
    deliver(after=890)
    assert len(salesforce.requests) == asked

    deliver(after=910)
    assert settled(salesforce.connector)


@pytest.mark.parametrize("code", ["API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "INSUFFICIENT_ACCESS"])
def test_a_refused_permission_stops_the_target_and_no_link(
    salesforce: Org, anna: Customer, bert: Customer, code: str
) -> None:
    salesforce.fault("status", status=403, body=errors(code), path_contains=UPSERT)

    deliver()
    deliver(after=3_600)

    salesforce.connector.refresh_from_db()
    assert code in salesforce.connector.needs_human
    assert len(salesforce.asked(UPSERT)) == 1
    assert {link.needs_human for link in Link.objects.all()} == {""}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger: UNABLE_TO_LOCK_ROW, unable to obtain access"),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "System.LimitException: Too many SOQL queries: 101"),
    ],
)
def test_a_row_that_is_locked_is_tried_again_by_itself(
    salesforce: Org, anna: Customer, bert: Customer, code: str, message: str
) -> None:
    refuse(salesforce, anna, code, message)

    deliver()
    assert salesforce.of(bert)["FirstName"] == "Bert"
    assert not settled(salesforce.connector)

    deliver(after=5)
    assert settled(salesforce.connector)


@pytest.mark.parametrize(
    "code",
    [
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "INVALID_EMAIL_ADDRESS",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "DUPLICATES_DETECTED",
    ],
)
def test_a_refused_row_needs_a_human_and_holds_up_nobody(
    salesforce: Org, anna: Customer, bert: Customer, code: str
) -> None:
    refuse(salesforce, anna, code, f"anna@example.com is not liked ({code})", times=9)

    deliver()

    why = anna.link(salesforce.connector).needs_human
    assert code in why
    assert "anna@example.com" not in why
    assert [one["Email"] for one in salesforce.records()] == [bert.email]


def test_a_value_that_is_too_long_is_named_by_its_field_only(
    salesforce: Org, anna: Customer, bert: Customer
) -> None:
    anna.says(given_name="Anna" * 20)

    deliver()

    why = anna.link(salesforce.connector).needs_human
    assert "STRING_TOO_LONG in FirstName" in why
    assert "AnnaAnna" not in why
    assert behind(salesforce) == {anna.our_id}


def behind(salesforce: Org) -> set[str]:
    links = Link.objects.behind().filter(connector=salesforce.connector)
    return {str(link.member_id) for link in links}


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_reason_is_alone(
    salesforce: Org, newsletter: Purpose
) -> None:
    people = scene.crowd(newsletter, 8)
    salesforce.fault("status", status=400, times=4, path_contains=UPSERT)

    deliver()

    sizes = [len(one["body"]["records"]) for one in salesforce.asked(UPSERT)]
    assert sizes == [8, 4, 2, 1, 1, 2, 4]
    assert len(salesforce.records()) == len(people) - 1
    assert Link.objects.exclude(needs_human="").count() == 1
