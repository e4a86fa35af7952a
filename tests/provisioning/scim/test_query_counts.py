"""What a call costs the database. Savepoints and the like aren't counted: they are no work."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from tests.people import Kaffeehaus
from tests.provisioning.scim.door import Site, proven, user
from tests.provisioning.scim.test_reading import members

TRANSACTION = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "BEGIN", "COMMIT")


def statements(call: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        call()
    return [query["sql"] for query in captured if not query["sql"].startswith(TRANSACTION)]


def test_what_a_creation_costs(shop: Kaffeehaus, catalogue: Site) -> None:
    plain = statements(lambda: catalogue.post(user("ada@example.com", interests=["espresso"])))
    consenting = statements(
        lambda: catalogue.post(user("bob@example.com", interests=["tea"], consents=[proven(shop.newsletter)]))
    )
    again = statements(lambda: catalogue.post(user("ada@example.com")))

    assert len(plain) <= 9, plain
    assert len(consenting) <= 11, consenting
    assert len(again) <= 4, again


def test_a_user_costs_four_queries_and_an_unknown_one_fewer(
    shop: Kaffeehaus, catalogue: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    member = catalogue.post(user(interests=["espresso"], consents=[proven(shop.newsletter)])).json()["id"]

    with django_assert_max_num_queries(4):
        assert catalogue.get(f"/Users/{member}").status_code == 200
    with django_assert_max_num_queries(5):
        assert catalogue.get(filter='userName eq "ada@example.com"').json()["totalResults"] == 1


@pytest.mark.parametrize("number", [1, 3, 30])
def test_a_page_costs_the_same_whatever_its_size(
    shop: Kaffeehaus, catalogue: Site, number: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    members(shop.brand, number)
    catalogue.post(user(interests=["espresso"], consents=[proven(shop.newsletter)]))

    with django_assert_max_num_queries(5):
        assert len(catalogue.get(count=number).json()["Resources"]) == number
    with django_assert_max_num_queries(5):
        assert len(catalogue.get(count=number + 2).json()["Resources"]) == number + 1


def test_what_a_change_costs(catalogue: Site) -> None:
    member = catalogue.post(user(interests=["espresso"])).json()["id"]

    cost = statements(lambda: catalogue.patch(member, {"op": "replace", "path": "locale", "value": "de"}))

    assert len(cost) <= 9, cost


def test_published_things_cost_the_token_and_a_brands_purposes(
    catalogue: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place, cost in {
        "/ServiceProviderConfig": 1,
        "/ResourceTypes": 1,
        "/Schemas": 2,
        "/nothing": 1,
    }.items():
        with django_assert_max_num_queries(cost):
            catalogue.get(place)
