"""Mixpanel's profiles: changed, asked for, and deleted for good some looks later."""

from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.mixpanel_calls import (
    ACCOUNT,
    DELETIONS,
    GDPR,
    ask_deletion,
    change,
    client,
    engage,
    event,
    query,
    send,
)
from tests.sandbox.running import RunningSandbox


@pytest.fixture
def http(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with client(sandbox) as http:
        yield http


def profiles(sandbox: RunningSandbox) -> dict[str, object]:
    return {one["distinct_id"]: one["properties"] for one in sandbox.state("mixpanel")["profiles"]}


def test_properties_are_set_unset_and_added_to_lists(sandbox: RunningSandbox, http: httpx.Client) -> None:
    engage(http, change("u-1", set={"$first_name": "Ann", "Likes": ["tea"]}))

    answer = engage(
        http,
        change("u-1", set={"$first_name": "Anna"}),
        change("u-1", union={"Likes": ["tea", "books"]}),
        change("u-1", set_once={"$first_name": "X", "Since": "2026"}),
    )
    engage(http, change("u-1", unset=["Since", "Never there"]))

    assert answer.json() == {"code": 200, "num_records_imported": 3, "status": "OK"}
    assert profiles(sandbox) == {"u-1": {"$first_name": "Anna", "Likes": ["tea", "books"]}}


def test_without_ip_0_a_profile_gets_the_senders_place(sandbox: RunningSandbox, http: httpx.Client) -> None:
    row = change("u-1", set={"$first_name": "Ann"})
    engage(http, {name: one for name, one in row.items() if name != "$ip"})

    assert "$city" in str(profiles(sandbox))


def test_a_profile_is_deleted(sandbox: RunningSandbox, http: httpx.Client) -> None:
    engage(http, change("u-1", set={"a": 1}), change("u-2", set={"a": 1}))

    engage(http, change("u-1", delete="", ignore_alias=True), change("nobody", delete=""))

    assert profiles(sandbox).keys() == {"u-2"}


def test_a_row_with_two_operations_is_refused_alone(sandbox: RunningSandbox, http: httpx.Client) -> None:
    answer = engage(http, change("u-1", set={"a": 1}, unset=["b"]), change("u-2", set={"a": 1}))

    assert (answer.status_code, answer.json()["num_records_imported"]) == (400, 1)
    assert profiles(sandbox).keys() == {"u-2"}


def test_an_operation_that_mixpanel_does_not_know_is_against_the_contract(
    sandbox: RunningSandbox, http: httpx.Client
) -> None:
    assert engage(http, change("u-1", sett={"a": 1})).status_code == 400
    assert sandbox.violations("mixpanel")


def test_what_comes_with_a_wrong_token_is_taken_and_lost(sandbox: RunningSandbox, http: httpx.Client) -> None:
    answer = engage(http, change("u-1", token="of-another-region", set={"a": 1}))

    assert answer.status_code == 200
    assert profiles(sandbox) == {}
    assert sandbox.state("mixpanel")["lost"] == 1
    assert "lost" in sandbox.client.get("/mixpanel").text


def test_profiles_are_asked_for_by_id_and_page(http: httpx.Client) -> None:
    for start in (0, 2000):
        engage(http, *(change(f"u-{place}", set={"a": 1, "b": 2}) for place in range(start, start + 1250)))
    ids = [f"u-{place}" for place in range(1250)]

    first, second = query(http, *ids, names=("a",)).json(), query(http, *ids, page=1).json()

    assert (first["total"], len(first["results"]), len(second["results"])) == (1250, 1000, 250)
    assert first["results"][0]["$properties"] == {"a": 1}
    assert query(http, "nobody").json()["results"] == []


def test_the_credentials_check_knows_the_token(http: httpx.Client) -> None:
    path = "/api/app/validate-project-credentials/"

    assert http.post(path, json={"project_token": "sandbox-original"}).json() == {"status": "ok"}
    assert http.post(path, json={"project_token": "another"}).status_code == 400


def test_a_deletion_takes_its_time_and_deletes_what_it_was_told(
    sandbox: RunningSandbox, http: httpx.Client
) -> None:
    engage(http, change("u-1", set={"a": 1}), change("u-2", set={"a": 1}))
    send(http, event("x", **{"$device_id": "d-1"}), event("u-1", "i-2"), event("u-2", "i-3"))

    task = ask_deletion(http, "u-1", "$device:d-1").json()["results"]["task_id"]
    looks = [
        http.get(f"{DELETIONS}{task}?token=sandbox-simplified", headers=GDPR).json()["results"]["status"]
        for _day in range(3)
    ]

    assert looks == ["PENDING", "STARTED", "SUCCESS"]
    assert profiles(sandbox).keys() == {"u-2"}
    assert [one["distinct_id"] for one in sandbox.state("mixpanel")["events"]] == ["u-2"]


def test_a_deletion_that_has_not_begun_is_called_off(http: httpx.Client) -> None:
    task = ask_deletion(http, "u-1").json()["results"]["task_id"]
    path = f"{DELETIONS}{task}?token=sandbox-simplified"

    assert http.delete(path, headers=GDPR).status_code == 204
    assert http.get(path, headers=GDPR).json()["results"]["status"] == "REVOKED"
    assert http.delete(path, headers=GDPR).status_code == 400


def test_an_unknown_deletion_is_not_found_and_needs_the_right_token(http: httpx.Client) -> None:
    path = f"{DELETIONS}unheard-of?token=sandbox-simplified"

    assert http.get(path, headers=GDPR).json()["results"]["status"] == "NOT_FOUND"
    assert http.get(path, auth=ACCOUNT).status_code == 401
    assert ask_deletion(http, "u-1", token="another").status_code == 403


def test_the_page_shows_people_visits_and_deletions(sandbox: RunningSandbox, http: httpx.Client) -> None:
    engage(http, change("u-1", set={"$email": "ann@example.com", "Likes": ["tea", "books"]}))
    send(http, event("u-1", **{"$device_id": "d-1", "$user_id": "u-1"}))
    ask_deletion(http, "u-2")

    page = sandbox.client.get("/mixpanel").text

    for fact in ("ann@example.com", "tea, books", "visit d-1", "1 events", "PENDING"):
        assert fact in page
    assert "Mixpanel" in sandbox.client.get("/").text
