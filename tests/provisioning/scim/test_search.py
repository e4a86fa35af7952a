"""Queries in a body (RFC 7644, section 3.4.3)."""

import itertools
from typing import Any

import pytest

from provisioning.models import Scope
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import Answer, Site, site
from tests.provisioning.scim.group_door import GROUP, made, people

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PLACES = ["/.search", "/Users/.search", "/Groups/.search"]
TEMPLATE: dict[str, Any] = {"schemas": [SEARCH]}


def search(place: Site, path: str, /, **asked: object) -> Answer:
    return place.call("POST", path, TEMPLATE | asked)


def found(answer: Answer) -> list[str]:
    """Names of groups and users, in order."""
    assert answer.status_code == 200, answer.content
    every = answer.json().get("Resources", ())
    return [each.get("displayName") or str(each["userName"]).partition("@")[0] for each in every]


@pytest.fixture
def place(catalogue: Site) -> Site:
    """With three groups and three users."""
    keys = people(catalogue, "ada", "bob", "eve")
    for name in ("Beta", "Alpha", "Gamma"):
        made(catalogue, name, keys)
    return catalogue


def test_a_search_of_one_kind_is_the_query_of_that_kind(place: Site) -> None:
    asked: dict[str, Any] = {"sortBy": "userName", "sortOrder": "descending", "count": 2}

    answer = search(place, "/Users/.search", **asked, filter='userName co "example"')
    groups = search(place, "/Groups/.search", sortBy="displayName", startIndex=2)

    assert answer.json() == place.get("/Users", **asked, filter='userName co "example"').json()
    assert found(answer) == ["eve", "bob"]
    assert found(groups) == ["Beta", "Gamma"]


def test_cursors_lead_through_a_search(place: Site) -> None:
    first = search(place, "/Groups/.search", cursor="", count=2)
    second = search(place, "/Groups/.search", cursor=first.json()["nextCursor"], count=2)

    assert found(first) + found(second) == ["Beta", "Alpha", "Gamma"]


def test_the_root_finds_all_kinds(place: Site) -> None:
    answer = search(place, "/.search")

    assert found(answer) == ["Beta", "Alpha", "Gamma", "ada", "bob", "eve"]
    assert answer.json()["totalResults"] == 6
    assert {each["meta"]["resourceType"] for each in answer.json()["Resources"]} == {"User", "Group"}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7])
def test_pages_of_the_root_lead_through_all_without_gap(place: Site, count: int) -> None:
    pages = [
        search(place, "/.search", startIndex=start, count=count, sortBy="meta.created")
        for start in range(1, 9, count)
    ]

    assert list(itertools.chain(*map(found, pages))) == ["Beta", "Alpha", "Gamma", "ada", "bob", "eve"]
    assert {page.json()["totalResults"] for page in pages} == {6}
    assert search(place, "/.search", count=0).json()["totalResults"] == 6


def test_a_page_of_the_root_that_ends_early_is_gone_on_from(
    place: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.scim.group_reading.MOST_SHOWN", 4)

    first = search(place, "/.search")
    third = search(place, "/.search", startIndex=3)

    assert found(first) == ["Beta"]
    assert first.json()["totalResults"] == 6
    assert found(third) == ["Gamma", "ada", "bob", "eve"]


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ('displayName eq "alpha"', ["Alpha"]),
        ('userName sw "ada"', ["ada"]),
        ('displayName eq "alpha" or userName sw "ada"', ["Alpha", "ada"]),
        ('displayName eq "alpha" and userName sw "ada"', []),
        ('not (displayName pr) and userName sw "ada"', ["ada"]),
        ('not (userName pr) and displayName sw "b"', ["Beta"]),
        ("not (userName pr)", ["Beta", "Alpha", "Gamma"]),
        ('meta.resourceType eq "User"', ["ada", "bob", "eve"]),
        ('meta.resourceType eq "Group" or emails[value sw "bob"]', ["Beta", "Alpha", "Gamma", "bob"]),
        (f'{GROUP}:displayName eq "beta"', ["Beta"]),
        ("id pr", ["Beta", "Alpha", "Gamma", "ada", "bob", "eve"]),
    ],
)
def test_what_a_kind_doesnt_have_is_false_of_it(place: Site, filter: str, names: list[str]) -> None:
    answer = search(place, "/.search", filter=filter)

    assert found(answer) == names
    assert answer.json()["totalResults"] == len(names)


def test_a_search_shows_the_attributes_that_it_asks_for(place: Site) -> None:
    answer = search(place, "/.search", attributes=["displayName", "userName"])

    for each in answer.json()["Resources"]:
        assert set(each) in ({"schemas", "id", "displayName"}, {"schemas", "id", "userName"})


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"filter": 'bogus eq "x"'}, "invalidFilter"),
        ({"filter": "("}, "invalidFilter"),
        ({"Filter": "(" * 3_000}, "invalidFilter"),
        ({"FILTER": "not (" * 600 + "id pr" + ")" * 600}, "invalidFilter"),
        ({"filter": " or ".join(['id eq "x"'] * 60)}, "invalidFilter"),
        ({"filter": 5}, None),
        ({"sort_by": "x" * 400}, "invalidPath"),
        ({"sortBy": "bogus"}, "invalidPath"),
        ({"startIndex": "x"}, None),
        ({"schemas": ["bogus"]}, None),
        ({"bogus": 1}, None),
        ({"attributes": ["a b"]}, None),
        ({"cursor": "x"}, None),
        ({"cursor": "", "startIndex": 1}, None),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_search_that_is_none_is_refused(
    place: Site, path: str, asked: dict[str, Any], problem: str | None
) -> None:
    answer = search(place, path, **asked)

    assert answer.status_code == 400, answer.content
    assert problem in (None, answer.json()["scimType"])


@pytest.mark.parametrize("path", PLACES)
def test_a_search_needs_the_scope_to_read_and_isnt_kept(place: Site, shop: Kaffeehaus, path: str) -> None:
    writer = site(shop.brand, "writer", [Scope.CREATE, Scope.UPDATE, Scope.DELETE])

    assert search(writer, path).status_code == 403
    assert search(place, path)["Cache-Control"] == "no-store"
    assert place.get(path).status_code == 405


@pytest.mark.parametrize("path", PLACES)
def test_another_brands_things_arent_found(place: Site, tea: Site, path: str) -> None:
    assert search(tea, path).json()["totalResults"] == 0
