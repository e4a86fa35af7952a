"""Where a text goes in a SCIM user: what is put there is read there, and nothing beside it changes."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.scim_paths import Tree, place_of

PATHS = [
    "locale",
    "name.givenName",
    'emails[type eq "work"].value',
    'phoneNumbers[type eq "mobile"].value',
    "urn:example:Club:2.0:User:nickName",
    'urn:example:Club:2.0:User:cards[kind eq "gold"].number',
]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "type", "x"]), inner)
    ),
    max_leaves=5,
)
names = st.sampled_from(
    ["locale", "LOCALE", "name", "emails", "Emails", "title", "urn:example:Club:2.0:User"]
)
trees = st.dictionaries(names, values, max_size=4)


@given(st.sampled_from(PATHS), trees, st.text(min_size=1, max_size=9))
def test_what_is_put_somewhere_is_read_there_until_it_is_taken_away(path: str, tree: Tree, text: str) -> None:
    place = place_of(path)
    title = copy.deepcopy(tree.get("title"))

    place.plant(tree, text)
    assert place.read(tree) == text

    place.drop(tree)
    assert place.read(tree) == ""
    assert tree.get("title") == title


@given(st.sampled_from(PATHS), trees)
def test_any_answer_can_be_read(path: str, tree: Tree) -> None:
    assert isinstance(place_of(path).read(tree), str)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_written_as_it_was_read(path: str) -> None:
    assert str(place_of(path)) == path


def test_the_core_schema_need_not_be_named() -> None:
    assert place_of("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName") == place_of("name.givenName")


@pytest.mark.parametrize(
    "path",
    [
        *("", "a b", "userName", "externalId", "active", "id", "name.", "1"),
        *("emails[type eq 'work'].value", 'emails[type eq "work"]', 'emails[type sw "w"].value'),
        'emails[type eq "a\\"b"].value',
    ],
)
def test_a_field_that_is_no_path_or_not_the_operators_is_refused(path: str) -> None:
    with pytest.raises(NeedsHuman):
        place_of(path)
