"""A filter finds what a plain reading of it over every member's JSON finds; orders and pages lose nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.people import Kaffeehaus
from tests.properties.scim_members import Member, crowds, settle
from tests.properties.scim_questions import (
    BELOW,
    ENTRIES,
    EXT,
    SINGLE,
    VALUES,
    ascii_caseless,
    comparisons,
    questions,
    read,
)
from tests.provisioning.scim.door import Site, site

Json = dict[str, Any]

HEADS = sorted({"name", "meta", *ENTRIES, *(path for path in SINGLE if "." not in path.removeprefix(EXT))})


@pytest.fixture
def website(shop: Kaffeehaus) -> Site:
    shop.brand.country = "DE"
    shop.brand.save()
    return site(shop.brand)


@contextmanager
def settled(crowd: list[Member], website: Site, shop: Kaffeehaus) -> Iterator[list[Json]]:
    """All members as the website sees them. They are gone afterwards."""
    with transaction.atomic():
        settle(crowd, website, shop)
        everybody = resources(website)
        assert len(everybody) == len(crowd)
        yield everybody
        transaction.set_rollback(True)


def resources(website: Site, **query: object) -> list[Json]:
    """With what is told only to who asks for it, too."""
    response = website.get("/Users", attributes=",".join(HEADS), **query)
    assert response.status_code == 200, response.content
    found: list[Json] = response.json()["Resources"]
    return found


@given(crowd=crowds, data=st.data())
def test_a_filter_finds_whom_a_plain_reading_of_it_finds(
    website: Site, shop: Kaffeehaus, crowd: list[Member], data: st.DataObject
) -> None:
    with settled(crowd, website, shop) as everybody:
        for question in data.draw(st.lists(questions(everybody), min_size=2, max_size=6)):
            note(question.text())

            found = resources(website, filter=question.text())

            assert found == [member for member in everybody if question.answer(member)]


@pytest.mark.parametrize("path", sorted(VALUES))
@settings(max_examples=settings().max_examples // 10)
@given(crowd=crowds, data=st.data())
def test_each_attribute_compares_as_its_values_read(
    website: Site, shop: Kaffeehaus, path: str, crowd: list[Member], data: st.DataObject
) -> None:
    with settled(crowd, website, shop) as everybody:
        one = comparisons(everybody, {path: VALUES[path]})
        for question in data.draw(st.lists(one, min_size=8, max_size=12)):
            note(question.text())

            found = resources(website, filter=question.text())

            assert found == [member for member in everybody if question.answer(member)]


@given(crowd=crowds, path=st.sampled_from(sorted({*VALUES} - {"schemas"})), descending=st.booleans())
def test_an_order_is_that_of_the_values_and_has_everybody_once(
    website: Site, shop: Kaffeehaus, crowd: list[Member], path: str, descending: bool
) -> None:
    with settled(crowd, website, shop) as everybody:
        found = resources(website, sortBy=path, sortOrder="descending" if descending else "ascending")

        keys = [key(member, path) for member in found]
        assert keys == sorted(keys, reverse=descending)
        assert by_id(found) == by_id(everybody)


def key(member: Json, path: str) -> tuple[bool, Any]:
    """Of many entries the primary one counts, or else the first; who has none comes last."""
    head, _dot, part = path.rpartition(".") if path in BELOW else (path, "", "value")
    if head in ENTRIES:
        entries = read(member, head, whole=True)
        entry = next((entry for entry in entries if entry.get("primary")), (entries or [{}])[0])
        found = [entry[part]] if part in entry else []
    else:
        found = read(member, path)
    fold = ascii_caseless if path.startswith("phoneNumbers") and part == "value" else VALUES[path].fold
    return (not found, fold(found[0]) if found else "")


def by_id(found: list[Json]) -> list[Json]:
    return sorted(found, key=lambda member: str(member["id"]))


@given(
    crowd=crowds,
    asked=st.fixed_dictionaries(
        {"count": st.integers(1, 4)},
        optional={
            "sortBy": st.sampled_from(sorted(VALUES)),
            "sortOrder": st.sampled_from(["ascending", "descending"]),
            "filter": questions([]).map(lambda question: question.text()),
        },
    ),
)
def test_pages_joined_are_the_whole_list(
    website: Site, shop: Kaffeehaus, crowd: list[Member], asked: dict[str, Any]
) -> None:
    with settled(crowd, website, shop):
        whole = resources(website, **asked | {"count": 200})

        by_cursor = list(pages_by_cursor(website, asked))
        by_index = [
            resources(website, startIndex=n + 1, **asked) for n in range(0, len(whole), asked["count"])
        ]

        assert [member for page in by_cursor for member in page] == whole
        assert [member for page in by_index for member in page] == whole
        assert all(len(page) == asked["count"] for page in by_cursor[:-1])


def pages_by_cursor(website: Site, asked: dict[str, Any]) -> Iterator[list[Json]]:
    cursor = ""
    while True:
        body = website.get("/Users", cursor=cursor, attributes=",".join(HEADS), **asked).json()
        yield body["Resources"]
        if "nextCursor" not in body:
            return
        cursor = body["nextCursor"]
