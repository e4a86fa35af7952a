from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.hubspot_calls import CONTACTS, contact_id, set_status
from tests.sandbox.running import RunningSandbox


def test_a_request_is_recorded_as_it_was_asked_and_answered(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    answer = hubspot.post(f"{CONTACTS}/search?a=1&b=2&b=3", json={"query": "ann"})

    (recorded,) = sandbox.requests("hubspot")
    headers = {name.lower(): value for name, value in recorded.pop("headers").items()}
    at = datetime.fromisoformat(recorded.pop("at"))
    assert headers["authorization"] == "Bearer ***"
    assert headers["content-type"] == "application/json"
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=5)
    assert isinstance(recorded.pop("id"), int)
    assert recorded == {
        "vendor": "hubspot",
        "method": "POST",
        "path": f"{CONTACTS}/search",
        "query": {"a": "1", "b": ["2", "3"]},
        "body": {"query": "ann"},
        "status": 200,
        "response": answer.json(),
        "violations": [],
    }


def test_requests_come_oldest_first_and_since_an_id(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    for number in range(3):
        hubspot.get(f"{CONTACTS}/{number}")

    all_of_them = sandbox.requests("hubspot")

    assert [one["path"][-1] for one in all_of_them] == ["0", "1", "2"]
    assert sandbox.requests("hubspot", since=all_of_them[1]["id"]) == all_of_them[2:]
    assert sandbox.requests() == all_of_them


def test_the_state_is_what_the_vendor_holds(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    number = contact_id(hubspot, "ann@example.com", city="Bern")
    set_status(hubspot, "ann@example.com", "SUBSCRIBED", 1002)

    state = sandbox.state("hubspot")

    (contact,) = state["contacts"]
    assert contact["id"] == number
    assert contact["properties"] == {"email": "ann@example.com", "city": "Bern"}
    assert contact["archived"] is False
    assert contact["createdAt"] == contact["updatedAt"]
    assert state["statuses"] == {"ann@example.com": {"1002": "SUBSCRIBED"}}
    assert (state["gdpr_deleted"], state["blocklist"], state["unsubscribed_from_all"]) == ([], [], [])
    assert "email" in {one["name"] for one in state["properties"]}


def test_a_stored_fault_is_told_back(sandbox: RunningSandbox) -> None:
    stored = sandbox.fault("hubspot", "status", status=429, times=3, path_contains="batch")

    assert stored == {
        "id": stored["id"],
        "vendor": "hubspot",
        "kind": "status",
        "times": 3,
        "status": 429,
        "body": None,
        "headers": {},
        "seconds": 30.0,
        "path_contains": "batch",
        "rows": None,
    }
    assert sandbox.faults() == [stored]


def test_a_reset_forgets_state_requests_and_faults_but_counts_on(
    sandbox: RunningSandbox, hubspot: httpx.Client
) -> None:
    contact_id(hubspot, "ann@example.com")
    sandbox.fault("hubspot", "garbage")
    last = sandbox.requests("hubspot")[-1]["id"]

    sandbox.reset("hubspot")

    assert sandbox.state("hubspot")["contacts"] == []
    assert (sandbox.requests(), sandbox.faults()) == ([], [])
    hubspot.get(CONTACTS)
    assert sandbox.requests("hubspot", since=last)[0]["id"] > last


STATUS = {"vendor": "hubspot", "kind": "status", "status": 500}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ([], "JSON object"),
        ({"kind": "status", "status": 500}, "vendor must be a text"),
        ({**STATUS, "vendor": "nobody"}, "no vendor 'nobody'"),
        ({**STATUS, "kind": "flood"}, "kind must be one of"),
        ({**STATUS, "kind": ["status"]}, "kind must be one of"),
        ({"vendor": "hubspot", "kind": "status"}, "needs the field status"),
        ({**STATUS, "status": 99}, "status must be a whole number"),
        ({**STATUS, "status": True}, "status must be a whole number"),
        ({**STATUS, "times": 0}, "times must be a whole number"),
        ({**STATUS, "seconds": -1}, "seconds must be a number"),
        ({**STATUS, "seconds": "5"}, "seconds must be a number"),
        ({**STATUS, "headers": {"X-A": "a\r\nX-B: b"}}, "no line breaks"),
        ({**STATUS, "headers": {"X-A": 1}}, "headers.X-A must be a text"),
        ({**STATUS, "path_contains": 1}, "path_contains must be a text"),
        ({**STATUS, "rows": {"property": "email"}}, "rows must be an object like"),
        ({**STATUS, "time": 3}, "no field time"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_a_sentence(
    sandbox: RunningSandbox, fault: Any, told: str
) -> None:
    answer = sandbox.client.post("/faults", json=fault)

    assert answer.status_code == 400
    assert told in answer.json()["error"]
    assert sandbox.faults() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/state"),
        ("GET", "/state?vendor=nobody"),
        ("GET", "/requests?vendor=nobody"),
        ("GET", "/requests?since=yesterday"),
        ("GET", "/requests?since=-1"),
        ("GET", "/faults?vendor=nobody"),
        ("POST", "/faults"),
        ("DELETE", "/faults?vendor=nobody"),
        ("POST", "/reset?vendor=nobody"),
    ],
)
def test_a_door_that_is_misused_says_so_in_a_sentence(
    sandbox: RunningSandbox, method: str, path: str
) -> None:
    answer = sandbox.client.request(method, path)

    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_pages_of_other_sites_change_nothing(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    contact_id(hubspot, "ann@example.com")
    elsewhere = {"Sec-Fetch-Site": "cross-site"}

    answers = [
        sandbox.client.post("/reset", headers=elsewhere),
        sandbox.client.post("/faults", json=STATUS, headers=elsewhere),
        sandbox.client.delete("/faults", headers=elsewhere),
    ]

    assert [one.status_code for one in answers] == [400] * 3
    assert len(sandbox.state("hubspot")["contacts"]) == 1


def test_it_says_that_it_is_alive(sandbox: RunningSandbox) -> None:
    assert sandbox.client.get("/health/live").json() == {"status": "live"}


def test_a_wrong_method_names_the_right_ones(sandbox: RunningSandbox) -> None:
    answer = sandbox.client.get("/reset")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_a_body_beyond_ten_megabytes_is_refused(sandbox: RunningSandbox, hubspot: httpx.Client) -> None:
    answer = hubspot.post(CONTACTS, content=b" " * (10 * 1024 * 1024 + 1))

    assert answer.status_code == 413
