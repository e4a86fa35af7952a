"""Random PATCHes of a group, in both dialects, and the same steps on a plain set."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, Membership
from tests.people import kaffeehaus
from tests.provisioning.scim.door import Site, site
from tests.provisioning.scim.group_door import made, members, patch, shown_members, version

PEOPLE = 5

Step = tuple[str, list[int]]
Dialect = Callable[[str, list[str]], dict[str, Any]]

someone = st.lists(st.integers(0, PEOPLE - 1), min_size=1, max_size=3)
steps_of_one = st.lists(
    st.tuples(st.sampled_from(["admit", "dismiss", "only", "nobody"]), someone), min_size=1, max_size=6
)


def okta(verb: str, keys: list[str]) -> dict[str, Any]:
    chosen = " or ".join(f'value eq "{key}"' for key in keys)
    entries = [{"value": key} for key in keys]
    steps: dict[str, dict[str, Any]] = {
        "admit": {"op": "add", "path": "members", "value": entries},
        "dismiss": {"op": "remove", "path": f"members[{chosen}]"},
        "only": {"op": "replace", "path": "members", "value": entries},
        "nobody": {"op": "remove", "path": "members"},
    }
    return steps[verb]


def entra(verb: str, keys: list[str]) -> dict[str, Any]:
    entries = [{"value": key} for key in keys]
    steps: dict[str, dict[str, Any]] = {
        "admit": {"op": "Add", "path": "members", "value": entries},
        "dismiss": {"op": "Remove", "path": "members", "value": entries},
        "only": {"op": "Replace", "value": {"members": entries}},
        "nobody": {"op": "Replace", "path": "members", "value": []},
    }
    return steps[verb]


def on_a_set(there: set[str], verb: str, keys: list[str]) -> set[str]:
    return {
        "admit": there | set(keys),
        "dismiss": there - set(keys),
        "only": set(keys),
        "nobody": set[str](),
    }[verb]


@pytest.fixture
def scene(db: None) -> tuple[Site, list[str]]:
    """A website and the ids of its brand's customers."""
    place = site(kaffeehaus().brand)
    accounts = Account.objects.bulk_create(Account() for _ in range(PEOPLE))
    rows = Membership.objects.bulk_create(
        Membership(account=account, brand=place.brand, how="scim") for account in accounts
    )
    return place, [str(row.pk) for row in rows]


@given(patches=st.lists(st.tuples(st.sampled_from([okta, entra]), steps_of_one), min_size=1, max_size=4))
def test_steps_of_one_do_what_they_do_to_a_plain_set(
    scene: tuple[Site, list[str]], patches: list[tuple[Dialect, list[Step]]]
) -> None:
    place, keys = scene
    group, there, rises = made(place, "Regulars", []), set[str](), 1

    for dialect, asked in patches:
        before = set(there)
        sent = []
        for verb, chosen in asked:
            named = [keys[number] for number in chosen]
            sent.append(dialect(verb, named))
            there = on_a_set(there, verb, named)
        answer = patch(place, group, *sent)
        rises += before != there

        assert answer.status_code == 200, answer.content
        assert shown_members(answer.json()) == members(group) == there
        assert version(group) == rises
