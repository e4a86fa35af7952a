"""Whatever is sent, HubSpot's stand-in keeps its contract and its contacts apart."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from demo.sandbox.vendor import Answer, Call
from demo.sandbox.world import World
from tests.sandbox.hubspot_calls import CONTACTS, PROPERTIES, STATUSES

WORLD = World()
PATHS = [
    CONTACTS,
    f"{CONTACTS}/101",
    f"{CONTACTS}/batch/upsert",
    f"{CONTACTS}/batch/read",
    f"{CONTACTS}/batch/archive",
    f"{CONTACTS}/gdpr-delete",
    f"{CONTACTS}/merge",
    f"{CONTACTS}/search",
    PROPERTIES,
    f"{STATUSES}/ann@example.com",
]
NAMES = st.sampled_from(
    ["email", "firstname", "lifecyclestage", "hs_language", "createdate", "points", "nonsense"]
)
VALUES = (
    st.sampled_from(["", "ann@example.com", "BOB@example.com", "lead", "customer", "101", "x\u0000", "é"])
    | st.text()
)
ROWS = st.fixed_dictionaries(
    {"id": VALUES, "properties": st.dictionaries(NAMES, VALUES, max_size=4)},
    optional={"idProperty": NAMES, "objectWriteTraceId": VALUES},
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "inputs": st.lists(ROWS | st.fixed_dictionaries({"id": VALUES}), max_size=4),
        "properties": st.dictionaries(NAMES, VALUES, max_size=3) | st.lists(NAMES, max_size=3),
        "idProperty": NAMES,
        "objectId": VALUES,
        "primaryObjectId": VALUES,
        "objectIdToMerge": VALUES,
        "query": VALUES,
        "after": VALUES,
        "sorts": st.lists(st.none() | NAMES | st.dictionaries(st.just("propertyName"), NAMES), max_size=2),
    },
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def ask(world: World, method: str, path: str, body: Any, query: dict[str, list[str]] | None = None) -> Answer:
    call = Call(
        method=method,
        path=path,
        query=query or {},
        headers={"Authorization": "Bearer token"},
        content_type="application/json",
        body=json.dumps(body).encode(),
    )
    return world.serve("hubspot", call)


@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE"]),
    path=st.sampled_from(PATHS),
    body=FIELDS | ANYTHING,
    query=st.dictionaries(
        st.sampled_from(["limit", "after", "archived", "idProperty", "channel"]), st.lists(VALUES)
    ),
)
@settings(max_examples=300, deadline=None)
def test_no_request_makes_it_break_its_contract(
    method: str, path: str, body: Any, query: dict[str, list[str]]
) -> None:
    answer = ask(WORLD, method, path, body, query)

    assert answer.status < 500, answer.raw


WHO = st.sampled_from(["ann@example.com", "bob@example.com", "cleo@example.com"])
NUMBER = st.integers(101, 106).map(str)
STEP = st.one_of(
    st.tuples(st.just("upsert"), st.lists(st.tuples(WHO, WHO), min_size=1, max_size=3)),
    st.tuples(st.just("rename"), st.tuples(NUMBER, WHO)),
    st.tuples(st.just("archive"), NUMBER),
    st.tuples(st.just("erase"), NUMBER),
    st.tuples(st.just("merge"), st.tuples(NUMBER, NUMBER)),
)


@given(steps=st.lists(STEP, max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_two_contacts_share_an_address_and_each_is_found_by_its_own(steps: list[tuple[str, Any]]) -> None:
    WORLD.reset()

    for verb, with_what in steps:
        assert do(verb, with_what).status < 500

    live = [one for one in hubspot_state() if not one["archived"]]
    emails = [one["properties"]["email"] for one in live]
    assert len(set(emails)) == len(emails)
    for one in live:
        found = ask(WORLD, "GET", f"{CONTACTS}/{one['properties']['email']}", None, {"idProperty": ["email"]})
        assert isinstance(found.body, dict)
        assert found.body["id"] == one["id"]


def hubspot_state() -> list[dict[str, Any]]:
    contacts: Any = WORLD.desks["hubspot"].vendor.state()["contacts"]
    return list(contacts)


def do(verb: str, with_what: Any) -> Answer:
    if verb == "upsert":
        rows = [
            {
                "id": who,
                "idProperty": "email",
                "objectWriteTraceId": str(place),
                "properties": {"email": email},
            }
            for place, (who, email) in enumerate(with_what)
        ]
        return ask(WORLD, "POST", f"{CONTACTS}/batch/upsert", {"inputs": rows})
    if verb == "rename":
        return ask(WORLD, "PATCH", f"{CONTACTS}/{with_what[0]}", {"properties": {"email": with_what[1]}})
    if verb == "archive":
        return ask(WORLD, "DELETE", f"{CONTACTS}/{with_what}", None)
    if verb == "erase":
        return ask(WORLD, "POST", f"{CONTACTS}/gdpr-delete", {"objectId": with_what})
    ids = {"primaryObjectId": with_what[0], "objectIdToMerge": with_what[1]}
    return ask(WORLD, "POST", f"{CONTACTS}/merge", ids)
