"""PATCH of groups in the dialects of Okta and Entra ID (RFC 7644, section 3.5.2)."""

from typing import Any

import pytest

from tests.provisioning.scim.door import Site
from tests.provisioning.scim.group_door import (
    GROUP,
    STRANGER,
    made,
    members,
    patch,
    people,
    shown,
    shown_members,
    version,
)


def _entries(*keys: str) -> list[dict[str, str]]:
    return [{"value": key} for key in keys]


def test_okta_adds_members_and_removes_one_by_a_path(catalogue: Site) -> None:
    ada, bob, eve = people(catalogue, "ada", "bob", "eve")
    key = made(catalogue, "Regulars", [ada])

    added = patch(
        catalogue,
        key,
        {"op": "add", "path": "members", "value": [{"value": bob, "display": "Bob"}, {"value": eve}]},
    )
    removed = patch(catalogue, key, {"op": "remove", "path": f'members[value eq "{ada}"]'})

    assert (added.status_code, removed.status_code) == (200, 200)
    assert shown_members(added.json()) == {ada, bob, eve}
    assert members(key) == {bob, eve}


def test_okta_renames_without_a_path_and_names_the_id_with_it(catalogue: Site) -> None:
    key = made(catalogue)

    answer = patch(catalogue, key, {"op": "replace", "value": {"id": key, "displayName": "Rare ones"}})

    assert answer.status_code == 200
    assert answer.json()["displayName"] == "Rare ones"


def test_okta_replaces_all_members(catalogue: Site) -> None:
    ada, bob, eve = people(catalogue, "ada", "bob", "eve")
    key = made(catalogue, "Regulars", [ada, bob])

    answer = patch(catalogue, key, {"op": "replace", "path": "members", "value": _entries(bob, eve)})

    assert shown_members(answer.json()) == members(key) == {bob, eve}


def test_entra_adds_and_removes_members_in_capitals(catalogue: Site) -> None:
    ada, bob, eve = people(catalogue, "ada", "bob", "eve")
    key = made(catalogue, "Regulars", [ada, bob])

    added = patch(catalogue, key, {"op": "Add", "path": "members", "value": [{"$ref": None, "value": eve}]})
    removed = patch(catalogue, key, {"op": "Remove", "path": "members", "value": _entries(ada, bob)})
    renamed = patch(catalogue, key, {"op": "Replace", "path": "displayName", "value": "Rare ones"})

    assert [answer.status_code for answer in (added, removed, renamed)] == [200] * 3, added.content
    assert members(key) == {eve}
    assert shown(catalogue, key)["displayName"] == "Rare ones"


@pytest.mark.parametrize("name", ["members", "Members", f"{GROUP}:members"])
def test_members_may_come_without_a_path_together_with_the_name(catalogue: Site, name: str) -> None:
    ada, bob = people(catalogue, "ada", "bob")
    key = made(catalogue, "Regulars", [ada])

    patch(catalogue, key, {"op": "add", "value": {name: _entries(bob), "displayName": "Rare ones"}})
    added = members(key)
    patch(catalogue, key, {"op": "replace", "value": {name: _entries(bob)}})

    assert added == {ada, bob}
    assert members(key) == {bob}
    assert shown(catalogue, key)["displayName"] == "Rare ones"


@pytest.mark.parametrize(
    "step",
    [
        {"op": "remove", "path": "members"},
        {"op": "replace", "path": "members", "value": []},
        {"op": "replace", "path": "members", "value": None},
        {"op": "replace", "value": {"members": []}},
    ],
    ids=repr,
)
def test_all_members_can_go_at_once(catalogue: Site, step: dict[str, Any]) -> None:
    key = made(catalogue, "Regulars", people(catalogue, "ada", "bob"))

    assert patch(catalogue, key, step).status_code == 200

    assert members(key) == set()


@pytest.mark.parametrize(
    "step",
    [
        {"op": "add", "path": "members", "value": []},
        {"op": "remove", "path": "members", "value": [{"value": STRANGER}]},
        {"op": "remove", "path": f'members[value eq "{STRANGER}"]'},
        {"op": "remove", "path": 'members[value eq "no id"]'},
        {"op": "replace", "path": "displayName", "value": "Regulars"},
        {"op": "remove", "path": "externalId"},
    ],
    ids=repr,
)
def test_what_changes_nothing_is_done_and_raises_no_version(catalogue: Site, step: dict[str, Any]) -> None:
    (ada,) = people(catalogue, "ada")
    key = made(catalogue, "Regulars", [ada])

    answer = patch(catalogue, key, step)

    assert answer.status_code == 200, answer.content
    assert (version(key), members(key)) == (1, {ada})


def test_a_patch_that_would_take_long_to_read_is_refused_at_once(catalogue: Site) -> None:
    key = made(catalogue)
    many = " or ".join(['value eq "x"'] * 200)

    paths = patch(catalogue, key, *[{"op": "remove", "path": f"members[{many}]"}] * 20)
    values = patch(catalogue, key, *[{"op": "Remove", "path": "members", "value": [{"a": 1}] * 150}] * 40)

    assert [(each.status_code, each.json()["scimType"]) for each in (paths, values)] == [
        (400, "invalidPath"),
        (400, "invalidValue"),
    ]


def test_several_members_can_be_named_in_one_path(catalogue: Site) -> None:
    ada, bob, eve = people(catalogue, "ada", "bob", "eve")
    key = made(catalogue, "Regulars", [ada, bob, eve])

    patch(catalogue, key, {"op": "remove", "path": f'members[value eq "{ada}" or value eq "{eve}"]'})

    assert members(key) == {bob}


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"op": "add", "path": "members", "value": [{"value": STRANGER}]}, "invalidValue"),
        ({"op": "add", "path": "members", "value": [{"value": "no id"}]}, "invalidValue"),
        ({"op": "add", "path": "members", "value": [{"display": "Ada"}]}, "invalidValue"),
        ({"op": "add", "path": "members", "value": "x"}, "invalidValue"),
        ({"op": "add", "path": "members", "value": ["x"]}, "invalidValue"),
        ({"op": "add", "path": "members"}, "invalidValue"),
        ({"op": "remove", "path": "members", "value": [{"display": "Ada"}]}, "invalidValue"),
        ({"op": "remove", "path": 'members[display eq "Ada"]'}, "invalidFilter"),
        ({"op": "remove", "path": 'members[value ne "x"]'}, "invalidFilter"),
        ({"op": "remove", "path": 'members[value eq "x" and type eq "User"]'}, "invalidFilter"),
        ({"op": "replace", "path": f'members[value eq "{STRANGER}"]', "value": {"value": "x"}}, "mutability"),
        ({"op": "replace", "path": f'members[value eq "{STRANGER}"].value', "value": "x"}, "mutability"),
        ({"op": "replace", "path": "members.display", "value": "x"}, "mutability"),
        ({"op": "add", "value": {GROUP: {"members": [{"value": STRANGER}]}}}, None),
        ({"op": "add", "value": {f'members[value eq "{STRANGER}"]': {}}}, "invalidValue"),
        ({"op": "remove", "path": "displayName"}, "mutability"),
        ({"op": "replace", "path": "displayName", "value": " "}, "invalidValue"),
        ({"op": "replace", "path": "id", "value": STRANGER}, "mutability"),
        ({"op": "replace", "path": "title", "value": "x"}, "invalidPath"),
        ({"op": "replace", "value": {"title": "x"}}, "invalidValue"),
        ({"op": "remove"}, "noTarget"),
    ],
    ids=repr,
)
def test_a_step_that_cant_be_done_undoes_those_before_it(
    catalogue: Site, step: dict[str, Any], problem: str | None
) -> None:
    ada, bob = people(catalogue, "ada", "bob")
    key = made(catalogue, "Regulars", [ada])

    answer = patch(catalogue, key, {"op": "add", "path": "members", "value": _entries(bob)}, step)

    assert answer.status_code == 400, answer.content
    assert problem in (None, answer.json()["scimType"]), answer.content
    assert (version(key), members(key)) == (1, {ada})
