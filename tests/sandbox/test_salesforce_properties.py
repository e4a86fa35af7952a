"""Whatever is sent, Salesforce's stand-in keeps its contract and its external ids apart."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from demo.sandbox.vendor import Answer, Call
from demo.sandbox.world import World
from tests.sandbox.salesforce_calls import API, APP, OUR_ID, row

WORLD = World()
COLLECTION = f"{API}/composite/sobjects"
PATHS = [
    f"{COLLECTION}/Contact/{OUR_ID}",
    COLLECTION,
    f"{API}/sobjects/Contact",
    f"{API}/sobjects/Contact/{OUR_ID}/u-1",
    f"{API}/sobjects/Contact/003000000000001AAA",
    f"{API}/sobjects/Contact/describe",
    f"{API}/query",
    f"{API}/limits",
    f"{API}/jobs/ingest",
    f"{API}/jobs/ingest/750000000000001AAA",
    f"{API}/jobs/ingest/750000000000001AAA/batches",
    f"{API}/jobs/ingest/750000000000001AAA/failedResults",
    "/services/oauth2/token",
]
NAMES = st.sampled_from([OUR_ID, "Email", "LastName", "HasOptedOutOfEmail", "IndividualId", "Shoe__c", "Id"])
VALUES = (
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["u-1", "ann@example.com", ""])
)
ROWS = st.dictionaries(NAMES, VALUES, max_size=4).map(
    lambda values: {"attributes": {"type": "Contact"}, **values}
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "records": st.lists(ROWS, max_size=3),
        "allOrNone": st.booleans(),
        "object": st.sampled_from(["Contact", "Shoe__c"]),
        "operation": st.sampled_from(["upsert", "delete"]),
        "externalIdFieldName": st.sampled_from([OUR_ID, "Email"]),
        "state": st.sampled_from(["UploadComplete", "Aborted", "Open"]),
        "grant_type": st.sampled_from(["client_credentials", "password"]),
        "LastName": VALUES,
    },
)
QUERIES = st.dictionaries(
    st.sampled_from(["q", "ids", "allOrNone", "fields", "updateOnly"]),
    st.lists(
        st.text() | st.sampled_from(["SELECT Id FROM Contact", "true", "003000000000001AAA"]), max_size=2
    ),
)
TYPES = st.sampled_from(["application/json", "text/csv", "application/x-www-form-urlencoded", "text/plain"])


def token(world: World) -> str:
    body = "&".join(f"{name}={value}" for name, value in APP.items()).encode()
    form = "application/x-www-form-urlencoded"
    said: Any = world.serve(
        "salesforce", Call("POST", "/services/oauth2/token", content_type=form, body=body)
    ).body
    return str(said["access_token"])


TOKEN = token(WORLD)


def ask(method: str, path: str, body: bytes, kind: str = "application/json", **query: list[str]) -> Answer:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return WORLD.serve("salesforce", Call(method, path, query, headers, kind, body))


@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE"]),
    path=st.sampled_from(PATHS),
    body=FIELDS.map(json.dumps).map(str.encode) | st.binary() | st.text().map(str.encode),
    kind=TYPES,
    query=QUERIES,
)
@settings(max_examples=400, deadline=None)
def test_no_request_makes_it_break_its_contract(
    method: str, path: str, body: bytes, kind: str, query: dict[str, list[str]]
) -> None:
    answer = ask(method, path, body, kind, **query)

    assert answer.status < 500, answer.raw


WHO = st.sampled_from(["u-1", "u-2", "u-3"])
STEP = st.one_of(
    st.tuples(st.just("upsert"), st.lists(WHO, min_size=1, max_size=3)),
    st.tuples(st.just("rename"), st.tuples(st.integers(0, 5), WHO)),
    st.tuples(st.just("delete"), st.integers(0, 5)),
)


@given(steps=st.lists(STEP, max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_two_live_records_share_an_external_id(steps: list[tuple[str, Any]]) -> None:
    for one in contacts():
        ask("DELETE", COLLECTION, b"", ids=[one["Id"]])

    for verb, with_what in steps:
        assert do(verb, with_what).status == 200

    ours = [one[OUR_ID] for one in contacts()]
    assert len(set(ours)) == len(ours)
    for one in contacts():
        found: Any = ask("GET", f"{API}/sobjects/Contact/{OUR_ID}/{one[OUR_ID]}", b"").body
        assert found["Id"] == one["Id"]


def contacts() -> list[dict[str, Any]]:
    found: Any = WORLD.desks["salesforce"].vendor.state()["Contact"]
    return [one for one in found if OUR_ID in one]


def do(verb: str, with_what: Any) -> Answer:
    ids = [one["Id"] for one in contacts()] or ["003000000000000AAA"]
    if verb == "upsert":
        body = {"records": [row(who) for who in with_what]}
        return ask("PATCH", f"{COLLECTION}/Contact/{OUR_ID}", json.dumps(body).encode())
    if verb == "rename":
        place, who = with_what
        record = {"attributes": {"type": "Contact"}, "Id": ids[place % len(ids)], OUR_ID: who}
        return ask("PATCH", COLLECTION, json.dumps({"records": [record]}).encode())
    return ask("DELETE", COLLECTION, b"", ids=[ids[with_what % len(ids)]])
