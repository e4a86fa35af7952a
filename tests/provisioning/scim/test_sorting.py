"""sortBy and sortOrder: what comes first, and what an order costs."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.attributes import CUSTOMER_EXTENSION
from tests.provisioning.scim.crowd import fill
from tests.provisioning.scim.door import USER, Site, user

MANY = 20_000


def three(site: Site) -> None:
    """bob, Ada and carol came in this order; Carol told nothing."""
    bob = named("Bob", "Ångström", "b@x.example", "c@x.example")
    ada = named("ada", "lovelace", "d@x.example", "a@x.example")
    site.post(user("bob@example.com", interests=["tea", "zen"]) | bob)
    site.post(user("Ada@example.com", interests=["Tango"]) | ada)
    site.post(user("carol@example.com") | {"emails": []} | {"active": False})


def named(given: str, family: str, *addresses: str) -> dict[str, Any]:
    """The last address is the primary one."""
    emails = [{"value": address, "primary": address == addresses[-1]} for address in addresses]
    return {"name": {"givenName": given, "familyName": family}, "emails": emails}


def order(site: Site, **asked: str) -> list[str]:
    response = site.get(**asked)
    assert response.status_code == 200, response.content
    return [found["userName"].split("@")[0].lower() for found in response.json()["Resources"]]


@pytest.mark.parametrize(
    ("path", "ascending"),
    [
        ("userName", "ada bob carol"),
        ("USERNAME", "ada bob carol"),
        (f"{USER}:userName", "ada bob carol"),
        ("name.givenName", "ada bob carol"),
        ("name.familyName", "ada bob carol"),
        ("emails", "ada bob carol"),
        ("emails.value", "ada bob carol"),
        (f"{CUSTOMER_EXTENSION}:interests", "ada bob carol"),
        ("meta.created", "bob ada carol"),
        ("meta.lastModified", "bob ada carol"),
    ],
)
def test_members_come_in_the_order_asked_for(catalogue: Site, path: str, ascending: str) -> None:
    three(catalogue)

    assert order(catalogue, sortBy=path) == ascending.split()
    assert order(catalogue, sortBy=path, sortOrder="ascending") == ascending.split()
    assert order(catalogue, sortBy=path, sortOrder="descending") == ascending.split()[::-1]


def test_who_has_no_value_comes_last_or_first_when_descending(catalogue: Site) -> None:
    three(catalogue)

    assert order(catalogue, sortBy="name.familyName")[-1] == "carol"
    assert order(catalogue, sortBy="name.familyName", sortOrder="descending")[0] == "carol"


def test_truth_comes_after_falsehood(catalogue: Site) -> None:
    three(catalogue)

    assert order(catalogue, sortBy="active")[0] == "carol"


def test_without_sort_by_they_come_as_they_came(catalogue: Site) -> None:
    three(catalogue)

    assert order(catalogue) == ["bob", "ada", "carol"]
    assert order(catalogue, sortOrder="descending") == ["bob", "ada", "carol"]


@pytest.mark.parametrize(
    "path",
    [
        "password",
        "bogus",
        "name",
        "name.bogus",
        "meta",
        "meta.version",
        "interests",
        f"{CUSTOMER_EXTENSION}:known",
        f"{CUSTOMER_EXTENSION}:consents.purpose",
        f"{CUSTOMER_EXTENSION}:answers",
        'emails[type eq "work"]',
        "urn:other:2.0:User:userName",
        "",
        "a b",
        "\0",
    ],
)
def test_what_nothing_is_sorted_by_is_an_error(catalogue: Site, path: str) -> None:
    response = catalogue.get(sortBy=path)

    assert response.status_code == 400
    assert response.json()["scimType"] == "invalidPath"


def test_an_order_that_is_neither_up_nor_down_is_an_error(catalogue: Site) -> None:
    assert catalogue.get(sortBy="userName", sortOrder="sideways").json()["scimType"] == "invalidValue"


def test_these_orders_read_a_page_and_no_more(catalogue: Site) -> None:
    fill(catalogue, MANY)
    for path in ("", "meta.created", "meta.lastModified", "userName"):
        for direction in ("ascending", "descending"):
            asked = {"sortBy": path, "sortOrder": direction} if path else {}
            first = catalogue.get(cursor="", count=20, **asked).json()

            touched = rows_touched(catalogue, cursor=first["nextCursor"], count=20, **asked)

            assert touched <= 10 * 20, (asked, touched)


def rows_touched(site: Site, **asked: object) -> int:
    """The most rows that any step of finding the page went through."""
    with CaptureQueriesContext(connection) as captured:
        assert len(site.get(**asked).json()["Resources"]) == asked["count"]
    (sql,) = [query["sql"] for query in captured if 'FROM "accounts_membership"' in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    steps = re.findall(r"actual rows=([\d.]+) loops=(\d+)", plan)
    assert steps
    return round(max(float(rows) * int(loops) for rows, loops in steps))
