from typing import Any

import httpx
import pytest

from tests.sandbox.hubspot_calls import CONTACTS, PROPERTIES, row, upsert
from tests.sandbox.running import RunningSandbox

LONG = 60.0
IMPATIENT = 0.3


def emails(sandbox: RunningSandbox) -> list[str]:
    return [one["properties"]["email"] for one in sandbox.state("hubspot")["contacts"]]


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (401, "EXPIRED_AUTHENTICATION"),
        (403, "MISSING_SCOPES"),
        (500, "INTERNAL_ERROR"),
        (503, "SERVICE_UNAVAILABLE"),
    ],
)
def test_a_status_is_answered_in_hubspots_own_form_and_nothing_is_applied(
    sandbox: RunningSandbox, hubspot: httpx.Client, status: int, category: str
) -> None:
    sandbox.fault("hubspot", "status", status=status)

    refused = upsert(hubspot, row("ann@example.com"))
    taken = upsert(hubspot, row("bob@example.com"))

    assert (refused.status_code, taken.status_code) == (status, 200)
    assert refused.json()["category"] == category
    assert emails(sandbox) == ["bob@example.com"]


def test_too_many_requests_name_the_policy(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    sandbox.fault("hubspot", "status", status=429, headers={"Retry-After": "7"})

    answer = hubspot.get(CONTACTS)

    assert answer.status_code == 429
    assert answer.json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert answer.headers["Retry-After"] == "7"


def test_a_status_can_have_a_body_of_ones_own(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    empty = {"status": "COMPLETE", "results": [], "errors": []}
    sandbox.fault("hubspot", "status", status=200, body=empty)
    sandbox.fault("hubspot", "status", status=502, body="bad gateway")

    assert upsert(hubspot, row("ann@example.com")).json() == empty
    assert hubspot.get(CONTACTS).text == "bad gateway"


def test_a_fault_happens_as_often_as_it_was_ordered(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    sandbox.fault("hubspot", "status", status=500, times=2)
    sandbox.fault("hubspot", "status", status=503)

    assert [hubspot.get(CONTACTS).status_code for _ in range(4)] == [500, 500, 503, 200]
    assert sandbox.faults() == []


def test_a_fault_waits_for_its_path(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    sandbox.fault("hubspot", "status", status=500, path_contains="/properties/")

    assert hubspot.get(CONTACTS).status_code == 200
    assert [one["path_contains"] for one in sandbox.faults("hubspot")] == ["/properties/"]
    assert hubspot.get(PROPERTIES).status_code == 500


def test_faults_can_be_forgotten(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    sandbox.fault("hubspot", "status", status=500, times=100)

    sandbox.forget_faults("hubspot")

    assert hubspot.get(CONTACTS).status_code == 200


def test_garbage_is_a_good_status_and_no_json(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    sandbox.fault("hubspot", "garbage")

    answer = upsert(hubspot, row("ann@example.com"))

    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()
    assert emails(sandbox) == []


def test_a_timeout_before_applies_nothing(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    sandbox.fault("hubspot", "timeout_before", seconds=LONG)

    with pytest.raises(httpx.ReadTimeout):
        hubspot.post(f"{CONTACTS}/batch/upsert", json={"inputs": [row("ann@example.com")]}, timeout=IMPATIENT)

    asked = sandbox.until(lambda: sandbox.requests("hubspot"))
    assert [one["status"] for one in asked] == [504]
    assert emails(sandbox) == []


def test_a_timeout_after_has_applied_everything(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    sandbox.fault("hubspot", "timeout_after", seconds=LONG)

    with pytest.raises(httpx.ReadTimeout):
        hubspot.post(f"{CONTACTS}/batch/upsert", json={"inputs": [row("ann@example.com")]}, timeout=IMPATIENT)

    assert sandbox.until(lambda: emails(sandbox)) == ["ann@example.com"]
    assert [one["status"] for one in sandbox.requests("hubspot")] == [200]


def test_a_patient_client_gets_its_answer_after_a_timeout(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    sandbox.fault("hubspot", "timeout_before", seconds=0.01)
    sandbox.fault("hubspot", "timeout_after", seconds=0.01)

    assert [upsert(hubspot, row("ann@example.com")).status_code for _ in range(2)] == [504, 200]


def test_a_waiting_request_holds_up_nobody_else(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    sandbox.fault("hubspot", "timeout_before", seconds=LONG)
    with pytest.raises(httpx.ReadTimeout):
        hubspot.get(CONTACTS, timeout=IMPATIENT)

    assert hubspot.get(CONTACTS).status_code == 200


def test_rows_are_picked_by_a_property(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    picked = {"property": "email", "equals": "ann@example.com"}
    own_words = {"category": "CONFLICT", "message": "Locked by an import."}
    sandbox.fault("hubspot", "row_errors", rows=picked, body=own_words)
    ann, bob = row("ann@example.com", trace="1"), row("bob@example.com", trace="2")

    untouched = upsert(hubspot, bob)
    partial = upsert(hubspot, ann, bob)
    healed = upsert(hubspot, ann)

    assert [one.status_code for one in (untouched, partial, healed)] == [200, 207, 200]
    errors: list[dict[str, Any]] = partial.json()["errors"]
    assert [(one["category"], one["message"]) for one in errors] == [tuple(own_words.values())]
    assert errors[0]["context"]["objectWriteTraceId"] == ["1"]
    assert len(partial.json()["results"]) == 1


def test_without_a_pick_every_row_of_the_next_batch_fails(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    sandbox.fault("hubspot", "row_errors")

    assert hubspot.get(CONTACTS).status_code == 200
    answer = upsert(hubspot, row("ann@example.com", trace="1"), row("bob@example.com", trace="2"))

    assert answer.status_code == 207
    assert (answer.json()["results"], answer.json()["numErrors"]) == ([], 2)


def test_a_request_against_the_contract_is_noted_even_when_a_fault_answers_it(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    sandbox.fault("hubspot", "status", status=500)

    hubspot.post(CONTACTS, json={"propertys": {}})

    assert sandbox.requests("hubspot")[0]["status"] == 500
    assert len(sandbox.violations("hubspot")) > 0
