"""Whatever HubSpot answers, or doesn't: nothing is lost, nobody is doubled, and an operator reads why."""

import pytest

from consent.models import Purpose
from provisioning.models import Link, Outcome
from provisioning.outbox import send_again
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.scene import SITE, Customer, deliver, settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatience")]

UPSERT, STATUSES, READ, PROPERTIES = "batch/upsert", "/statuses/", "batch/read", "/properties/"


@pytest.fixture
def bert(newsletter: Purpose, anna: Customer, hubspot: Target) -> Customer:
    """Both agreed."""
    bert = scene.meet(newsletter.brand, "bert@example.com", given_name="Bert")
    for customer in (anna, bert):
        customer.gives(newsletter)
    return bert


@pytest.mark.parametrize("path", [PROPERTIES, UPSERT, STATUSES])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 503, "headers": {"Retry-After": "2"}}),
        ("status", {"status": 429}),
        ("status", {"status": 423}),
        ("timeout_before", {"seconds": 3}),
        ("timeout_after", {"seconds": 3}),
        ("garbage", {}),
        ("garbage", {"body": '{"status": "COMPLETE", "results": [{"id": 7}, "?", null], "errors": {}}'}),
        ("garbage", {"body": "[]"}),
    ],
)
def test_after_a_failure_both_contacts_are_there_once(
    hubspot: Target, anna: Customer, bert: Customer, path: str, kind: str, fields: dict[str, object]
) -> None:
    hubspot.fault(kind, path_contains=path, **fields)

    for patience in (0, 15, 30, 60, 300):
        deliver(after=patience)

    assert settled(hubspot.connector)
    assert len(hubspot.contacts) == 2
    for customer in (anna, bert):
        assert hubspot.contact(customer)["email"] == customer.email
        assert hubspot.status(customer.email) == "SUBSCRIBED"
        assert customer.link(hubspot.connector).trouble == ""


@pytest.mark.parametrize("path", [READ, STATUSES, UPSERT])
@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after", "garbage"])
def test_after_a_failure_the_withdrawal_arrives(
    hubspot: Target, anna: Customer, bert: Customer, newsletter: Purpose, path: str, kind: str
) -> None:
    deliver()
    anna.withdraws(newsletter)
    hubspot.fault(kind, path_contains=path, seconds=3)

    for patience in (0, 15, 60, 300):
        deliver(after=patience)

    assert settled(hubspot.connector)
    assert hubspot.contact(anna).keys() == {"id", "ciam_user_id", "email"}
    assert hubspot.status(anna.email) == "UNSUBSCRIBED"
    assert hubspot.contact(bert)["firstname"] == "Bert"


def test_who_withdraws_before_a_lost_answer_was_repeated_is_found_and_suppressed(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    hubspot.fault("timeout_after", path_contains=UPSERT, seconds=3)
    deliver()
    assert anna.link(hubspot.connector).remote_id == ""

    anna.withdraws(newsletter)
    deliver(after=15)

    assert hubspot.contact(anna).keys() == {"id", "ciam_user_id", "email"}
    assert hubspot.status(anna.email) == "UNSUBSCRIBED"


def test_who_is_erased_before_a_lost_answer_was_repeated_is_found_and_erased(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    hubspot.fault("timeout_after", path_contains=UPSERT, seconds=3)
    deliver()
    contact_id = hubspot.contact(anna)["id"]

    anna.is_erased()
    deliver(after=15)

    assert (hubspot.contacts, hubspot.erased) == ([], [contact_id])
    assert anna.link(hubspot.connector).outcome == Outcome.ERASED


@pytest.mark.parametrize(
    ("policy", "headers", "waits"),
    [
        ("SECONDLY", {}, 1),
        ("TEN_SECONDLY_ROLLING", {}, 10),
        ("DAILY", {}, 3_600),
        ("NEW_ONE", {}, 10),
        ("NEW_ONE", {"X-HubSpot-RateLimit-Interval-Milliseconds": "4000"}, 4),
        ("NEW_ONE", {"X-HubSpot-RateLimit-Interval-Milliseconds": "soon"}, 10),
    ],
)
def test_a_limit_is_waited_for_by_its_policy(
    hubspot: Target, anna: Customer, bert: Customer, policy: str, headers: dict[str, str], waits: int
) -> None:
    body = {"status": "error", "message": "Slow down.", "errorType": "RATE_LIMIT", "policyName": policy}
    hubspot.fault("status", status=429, body=body, headers=headers, path_contains=UPSERT)
    deliver()

    asked = len(hubspot.requests)
    deliver(after=waits - 0.9)
    assert len(hubspot.requests) == asked

    deliver(after=waits + 0.5)
    assert settled(hubspot.connector)


def test_retry_after_is_honoured_exactly(hubspot: Target, anna: Customer, bert: Customer) -> None:
    hubspot.fault("status", status=429, headers={"Retry-After": "120"}, path_contains=UPSERT)
    deliver()

    deliver(after=110)
    assert not settled(hubspot.connector)

    deliver(after=121)
    assert settled(hubspot.connector)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_stop_the_target_and_no_link(
    hubspot: Target, anna: Customer, bert: Customer, status: int
) -> None:
    hubspot.fault("status", status=status)

    deliver()
    deliver(after=3_600)

    hubspot.connector.refresh_from_db()
    assert str(status) in hubspot.connector.needs_human
    assert len(hubspot.requests) == 1
    assert {link.needs_human for link in Link.objects.all()} == {""}


def test_a_target_without_a_secret_is_not_asked(hubspot: Target, anna: Customer, bert: Customer) -> None:
    hubspot.connector.secret = None
    hubspot.connector.save()

    deliver()

    hubspot.connector.refresh_from_db()
    assert "access token" in hubspot.connector.needs_human
    assert hubspot.requests == []


@pytest.mark.parametrize("base_url", ["http://10.0.0.1/hubspot", "ftp://example.com", "http://[::1", ""])
def test_an_address_within_our_walls_or_of_no_use_stops_the_target(
    hubspot: Target, anna: Customer, bert: Customer, base_url: str
) -> None:
    hubspot.connector.settings = {"base_url": base_url}
    hubspot.connector.save()

    deliver()

    hubspot.connector.refresh_from_db()
    assert "base_url" in hubspot.connector.needs_human
    assert hubspot.requests == []


def test_a_refused_row_needs_a_human_and_holds_up_nobody(
    hubspot: Target, anna: Customer, bert: Customer
) -> None:
    hubspot.fault("row_errors", times=9, rows={"property": "email", "equals": anna.email})

    deliver()

    assert "HubSpot does not accept" in anna.link(hubspot.connector).needs_human
    assert hubspot.contact(bert)["firstname"] == "Bert"
    assert [one["email"] for one in hubspot.contacts] == [bert.email]


def test_a_refused_value_is_named_by_its_field_only(
    hubspot: Target, anna: Customer, bert: Customer, newsletter: Purpose
) -> None:
    hubspot.connector.mapping = {"email": "email", "given_name": "hs_language"}
    hubspot.connector.save()

    deliver()

    why = anna.link(hubspot.connector).needs_human
    assert "hs_language (INVALID_OPTION)" in why
    assert "Anna" not in why


def test_a_row_that_is_busy_is_tried_again(hubspot: Target, anna: Customer, bert: Customer) -> None:
    refused = {"category": "RATE_LIMITS", "message": "busy"}
    hubspot.fault("row_errors", rows={"property": "email", "equals": anna.email}, body=refused)

    deliver()
    assert not settled(hubspot.connector)

    deliver(after=5)
    assert settled(hubspot.connector)


def test_an_empty_answer_is_asked_again_row_by_row(hubspot: Target, anna: Customer, bert: Customer) -> None:
    empty = '{"status": "COMPLETE", "results": [], "startedAt": "", "completedAt": ""}'
    hubspot.fault("garbage", body=empty, path_contains=UPSERT)

    deliver()

    assert settled(hubspot.connector)
    sizes = [len(one["body"]["inputs"]) for one in hubspot.requests if UPSERT in one["path"]]
    assert sizes == [2, 1, 1]


def test_a_field_that_somebody_deleted_there_is_made_again(
    hubspot: Target, anna: Customer, bert: Customer
) -> None:
    deliver()
    hubspot.sandbox.reset()
    anna.says(family_name="Meier")

    deliver()

    assert settled(hubspot.connector)
    assert hubspot.contact(anna)["lastname"] == "Meier"


def test_a_mapping_to_a_field_that_is_not_there_stops_the_target(
    hubspot: Target, anna: Customer, bert: Customer
) -> None:
    hubspot.connector.mapping = {"email": "email", "given_name": "nickname"}
    hubspot.connector.save()

    deliver()

    hubspot.connector.refresh_from_db()
    assert "no contact property nickname" in hubspot.connector.needs_human


def test_a_contact_that_was_deleted_there_is_made_again_with_consent_and_only_then(
    hubspot: Target, anna: Customer, bert: Customer, newsletter: Purpose
) -> None:
    deliver()
    for customer in (anna, bert):
        hubspot.deletes(hubspot.contact(customer)["id"])

    anna.says(family_name="Meier")
    bert.withdraws(newsletter)
    deliver()

    assert [one["email"] for one in hubspot.contacts] == [anna.email]
    assert bert.link(hubspot.connector).outcome == Outcome.NOTHING


def test_send_again_repairs_what_was_changed_there(hubspot: Target, anna: Customer, bert: Customer) -> None:
    deliver()
    hubspot.sandbox.reset()

    send_again(Link.objects.all(), SITE)
    deliver()

    assert hubspot.contact(anna)["firstname"] == "Anna"


def test_send_again_and_a_new_change_both_release_what_needed_a_human(
    hubspot: Target, anna: Customer, bert: Customer
) -> None:
    hubspot.fault("row_errors", times=4)
    deliver()
    assert [link.needs_human != "" for link in Link.objects.all()] == [True, True]

    hubspot.sandbox.forget_faults()
    send_again([anna.link(hubspot.connector)], SITE)
    bert.says(family_name="Baum")
    deliver()

    assert settled(hubspot.connector)
    assert hubspot.contact(bert)["lastname"] == "Baum"
