"""Mixpanel's events: taken row by row, known again by four parts, joined with the visits before."""

from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.mixpanel_calls import ACCOUNT, client, event, identify, send, track
from tests.sandbox.running import RunningSandbox

ANON = "0b7e9c1e-7a33-4c1b-8a4e-5d8f7a0f1c22"


@pytest.fixture
def http(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with client(sandbox) as http:
        yield http


def test_an_event_is_taken_and_counted(sandbox: RunningSandbox, http: httpx.Client) -> None:
    answer = send(http, event(), event(insert_id="i-2"))

    assert answer.json() == {"code": 200, "num_records_imported": 2, "status": "OK"}
    assert [one["distinct_id"] for one in sandbox.state("mixpanel")["events"]] == ["u-1", "u-1"]


def test_the_four_parts_make_a_repetition_and_the_newest_wins(
    sandbox: RunningSandbox, http: httpx.Client
) -> None:
    first = event(colour="red")
    send(http, first)
    send(http, {**first, "properties": {**first["properties"], "colour": "blue"}})
    for other in ({"time": 1_700_000_000}, {"distinct_id": "u-2"}, {"$insert_id": "i-2"}):
        send(http, {**first, "properties": {**first["properties"], **other}})
    send(http, {**first, "event": "Signed in"})

    events = sandbox.state("mixpanel")["events"]

    assert len(events) == 5
    assert events[0]["colour"] == "blue"


@pytest.mark.parametrize("wrong", ["anonymous", "NULL", "0", "undefined"])
def test_forbidden_ids_are_refused_and_the_other_rows_taken(
    sandbox: RunningSandbox, http: httpx.Client, wrong: str
) -> None:
    answer = send(http, event("u-1"), event(wrong, "i-2"), event("u-3", "i-3"))

    body = answer.json()
    assert (answer.status_code, body["num_records_imported"]) == (400, 2)
    assert [(one["index"], one["$insert_id"]) for one in body["failed_records"]] == [(1, "i-2")]
    assert len(sandbox.state("mixpanel")["events"]) == 2


@pytest.mark.parametrize("time", [1, 9_999_999_999])
def test_a_moment_before_1971_or_in_the_future_is_refused(http: httpx.Client, time: int) -> None:
    assert send(http, event(time=time)).json()["failed_records"][0]["field"] == "properties.time"


def test_seconds_and_milliseconds_are_the_same_moment(sandbox: RunningSandbox, http: httpx.Client) -> None:
    send(http, event(time=1_700_000_000), event(time=1_700_000_000_000))

    assert len(sandbox.state("mixpanel")["events"]) == 1


def test_an_event_with_both_ids_joins_all_that_the_device_did(
    sandbox: RunningSandbox, http: httpx.Client
) -> None:
    send(http, event("ignored", **{"$device_id": "d-1"}))

    send(http, event("u-1", "i-2", **{"$device_id": "d-1", "$user_id": "u-1"}))

    state = sandbox.state("mixpanel")
    assert state["merged"] == {"d-1": "u-1"}
    assert [(one["distinct_id"], one["user"]) for one in state["events"]] == [
        ("$device:d-1", "u-1"),
        ("u-1", "u-1"),
    ]


def test_two_users_are_never_merged(sandbox: RunningSandbox, http: httpx.Client) -> None:
    for user in ("u-1", "u-2"):
        answer = send(http, event(user, user, **{"$device_id": "d-1", "$user_id": user}))
        assert answer.status_code == 200, "failures are silent"

    state = sandbox.state("mixpanel")
    assert state["merged"] == {"d-1": "u-1"}
    assert "$identity_failure_reason" in state["events"][1]


def test_the_older_system_joins_by_identify_alone(sandbox: RunningSandbox, http: httpx.Client) -> None:
    send(http, event("u-1", **{"$device_id": ANON, "$user_id": "u-1"}), project="3002")
    assert sandbox.state("mixpanel")["merged"] == {}

    answer = track(http, identify("u-1", ANON), identify("u-2", ANON), identify("u-3", "no-uuid"))

    assert answer.json() == {"status": 1, "error": None}
    assert sandbox.state("mixpanel")["merged"] == {ANON: "u-1"}


def test_identify_does_nothing_in_the_newer_system(sandbox: RunningSandbox, http: httpx.Client) -> None:
    track(http, identify("u-1", ANON, token="sandbox-simplified"))

    assert sandbox.state("mixpanel")["merged"] == {}


@pytest.mark.parametrize("auth", [("", ""), ("name", ""), ("", "secret")])
def test_only_a_service_account_imports(http: httpx.Client, auth: tuple[str, str]) -> None:
    answer = http.post("/import?strict=1&project_id=3001", json=[event()], auth=auth)

    assert answer.status_code == 401


def test_nobody_imports_into_a_project_that_is_not_there(http: httpx.Client) -> None:
    assert send(http, event(), project="4711").status_code == 401


def test_a_request_of_more_than_two_mebibytes_is_too_large(http: httpx.Client) -> None:
    assert send(http, *(event(long="x" * 2_000) for _row in range(1_100))).status_code == 413


@pytest.mark.parametrize(
    "rows", [[], [event(insert_id="with space")], [{"event": "x"}], [event(nothing=None)]]
)
def test_what_the_contract_does_not_allow_is_refused_and_listed(
    sandbox: RunningSandbox, http: httpx.Client, rows: list[object]
) -> None:
    answer = http.post("/import?strict=1&project_id=3001", json=rows, auth=ACCOUNT)

    assert answer.status_code == 400
    assert sandbox.violations("mixpanel")


@pytest.mark.parametrize("status", [401, 413, 429, 500, 503])
def test_a_scripted_fault_speaks_as_mixpanel_does(
    sandbox: RunningSandbox, http: httpx.Client, status: int
) -> None:
    sandbox.fault("mixpanel", "status", status=status)

    answer = send(http, event())

    assert answer.status_code == status
    assert {"error", "status"} <= answer.json().keys()


def test_a_scripted_fault_picks_a_row(sandbox: RunningSandbox, http: httpx.Client) -> None:
    row = {"property": "distinct_id", "equals": "u-2"}
    sandbox.fault("mixpanel", "row_errors", rows=row, body={"field": "properties.time", "message": "No."})

    body = send(http, event("u-1"), event("u-2", "i-2")).json()

    assert body["failed_records"] == [
        {"index": 1, "$insert_id": "i-2", "field": "properties.time", "message": "No."}
    ]
