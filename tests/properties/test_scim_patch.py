"""Whatever is patched, in whichever dialect, a user is what a plain reading of RFC 7644, 3.5.2, says."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.attributes import CUSTOMER_EXTENSION
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import Site, site, user

State = dict[str, Any]
Effect = Callable[[State], None]

INTERESTS = f"{CUSTOMER_EXTENSION}:interests"
ADDRESSES = [f"{name}@example.com" for name in ("ada", "bob", "eve", "dan")]
TYPES = ["work", "home", "other"]

texts = st.sampled_from(["Ada", "Lovelace", "á b", "x" * 60])
tastes = st.lists(st.sampled_from(["tea", "coffee", "cake", "pie"]), min_size=1, max_size=3, unique=True)
SINGLE: dict[str, st.SearchStrategy[str]] = {
    "name.givenName": texts,
    "name.familyName": texts,
    "externalId": texts,
    "locale": st.sampled_from(["de", "en-GB"]),
    f"{CUSTOMER_EXTENSION}:country": st.sampled_from(["DE", "AT"]),
    f"{CUSTOMER_EXTENSION}:source": texts,
}


@dataclass(frozen=True)
class Step:
    """An operation as it is sent, and what it does to the model: a flat dict, by path."""

    sent: dict[str, Any]
    does: Effect

    def __repr__(self) -> str:
        return repr(self.sent)


def spelled(op: str) -> st.SearchStrategy[str]:
    return st.sampled_from([op, op.capitalize()])


giving = st.sampled_from(["add", "replace"])


@st.composite
def singles(draw: st.DrawFn) -> Step:
    path = draw(st.sampled_from(sorted(SINGLE)))
    if draw(st.booleans()):
        return Step({"op": draw(spelled("remove")), "path": path}, lambda state: state.pop(path, None))
    value = draw(SINGLE[path])
    op = draw(spelled(draw(giving)))
    return Step({"op": op, "path": path, "value": value}, lambda state: state.update({path: value}))


@st.composite
def switches(draw: st.DrawFn) -> Step:
    """Entra ID says True and False in words."""
    value = draw(st.booleans())
    said = draw(st.sampled_from([value, str(value), str(value).lower()]))
    body: dict[str, Any] = draw(
        st.sampled_from([{"path": "active", "value": said}, {"value": {"active": said}}])
    )
    return Step({"op": draw(spelled("replace"))} | body, lambda state: state.update(active=value))


@st.composite
def likings(draw: st.DrawFn) -> Step:
    op, value = draw(st.sampled_from(["add", "replace", "remove"])), draw(tastes)

    def does(state: State) -> None:
        held = state.pop(INTERESTS, [])
        if op != "remove":
            state[INTERESTS] = list(dict.fromkeys([*(held if op == "add" else ()), *value]))

    body = {} if op == "remove" else {"value": value}
    return Step({"op": draw(spelled(op)), "path": INTERESTS} | body, does)


@st.composite
def mails(draw: st.DrawFn) -> dict[str, Any]:
    entry = {"value": draw(st.sampled_from(ADDRESSES)), "type": draw(st.sampled_from(TYPES))}
    return entry | ({"primary": True} if draw(st.booleans()) else {})


@st.composite
def lists_of_mails(draw: st.DrawFn) -> Step:
    op = draw(st.sampled_from(["add", "replace", "remove"]))
    value = draw(st.lists(mails(), min_size=1, max_size=2))
    if sum("primary" in entry for entry in value) > 1:
        value = value[:1]

    def does(state: State) -> None:
        held = state["emails"] if op == "add" else []
        if any("primary" in entry for entry in value):
            held = [entry | {"primary": False} for entry in held]
        state["emails"] = [] if op == "remove" else [*held, *deepcopy(value)]

    body = {} if op == "remove" else {"value": value}
    return Step({"op": draw(spelled(op)), "path": "emails"} | body, does)


@st.composite
def chosen_mails(draw: st.DrawFn) -> Step:
    """`emails[type eq "work"].value`, as Entra ID gives and changes an address, also one that isn't there."""
    op, kind = draw(giving), draw(st.sampled_from(TYPES))
    value = draw(st.sampled_from(ADDRESSES))

    def does(state: State) -> None:
        chosen = [entry for entry in state["emails"] if entry["type"] == kind]
        for entry in chosen:
            entry["value"] = value
        if not chosen:
            state["emails"].append({"value": value, "type": kind})

    path = f'emails[type eq "{kind}"].value'
    return Step({"op": draw(spelled(op)), "path": path, "value": value}, does)


@st.composite
def pathless(draw: st.DrawFn) -> Step:
    """As Okta replaces, with paths for names as Entra ID does."""
    op = draw(giving)
    paths = draw(st.lists(st.sampled_from(sorted(SINGLE)), min_size=1, max_size=3, unique=True))
    flat = {path: draw(SINGLE[path]) for path in paths}
    body: dict[str, Any] = {}
    for path, value in flat.items():
        schema, _colon, name = path.rpartition(":")
        if schema and draw(st.booleans()):
            body.setdefault(schema, {})[name] = value
        else:
            body[path] = value
    return Step({"op": draw(spelled(op)), "value": body}, lambda state: state.update(flat))


steps = st.one_of(singles(), switches(), likings(), lists_of_mails(), chosen_mails(), pathless())
patches = st.lists(st.lists(steps, min_size=1, max_size=3), min_size=1, max_size=4)


def settled(state: State) -> State:
    """Of several main addresses the last is; of two that are equal the main one stays, or the first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    entries = state["emails"]
    said = [number for number, entry in enumerate(entries) if entry.get("primary")]
    main = max(said, default=0)
    for number, entry in enumerate(entries):
        key = (entry["value"], entry["type"])
        if number == main or key not in found:
            found[key] = {"value": key[0], "type": key[1], "primary": bool(said) and number == main}
    return state | {"emails": in_order(list(found.values()))}


def in_order(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda entry: (entry["value"], entry["type"]))


def seen(body: dict[str, Any]) -> State:
    """A user as the model has it."""
    extension = body.get(CUSTOMER_EXTENSION, {})
    return {
        "active": body["active"],
        "emails": in_order(body.get("emails", [])),
        **{name: body[name] for name in ("externalId", "locale") if name in body},
        **{f"name.{name}": value for name, value in body.get("name", {}).items()},
        **{f"{CUSTOMER_EXTENSION}:{name}": value for name, value in extension.items()},
    }


@pytest.fixture
def catalogue(shop: Kaffeehaus) -> Site:
    return site(shop.brand)


def fresh(catalogue: Site) -> str:
    """Ada, anew: the examples of one test share a database."""
    for found in catalogue.find('userName eq "ada"'):
        catalogue.delete(found["id"])
    key: str = catalogue.post({"schemas": user()["schemas"][:1], "userName": "ada"}).json()["id"]
    return key


@hypothesis_settings(max_examples=60)
@given(patches=patches)
def test_a_user_is_what_was_patched_and_its_version_tells(catalogue: Site, patches: list[list[Step]]) -> None:
    key = fresh(catalogue)
    model: State = {"active": True, "emails": []}
    before = catalogue.get(f"/Users/{key}").json()

    for patch in patches:
        answer = catalogue.patch(key, *(step.sent for step in patch))
        assert answer.status_code == 200, answer.content
        for step in patch:
            step.does(model)
        model = settled(model)

        after = catalogue.get(f"/Users/{key}").json()
        assert after == answer.json()
        assert seen(after) == model
        is_changed = {**after, "meta": None} != {**before, "meta": None}
        assert (after["meta"]["version"] != before["meta"]["version"]) == is_changed
        assert (after["meta"]["lastModified"] != before["meta"]["lastModified"]) == is_changed
        before = after
