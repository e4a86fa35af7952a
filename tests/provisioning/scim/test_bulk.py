"""Many operations in one request (RFC 7644, section 3.7)."""

import json
from typing import Any

import pytest

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.models import Account, Membership, MembershipStatus, Segment
from provisioning.models import Scope
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import BASE, ERROR, PATCH, Answer, Site, site, user
from tests.provisioning.scim.group_door import STRANGER, group, made, members, person

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

Results = list[dict[str, Any]]


def sent(place: Site, *operations: Any, **more: object) -> Answer:
    return place.call("POST", "/Bulk", {"schemas": [REQUEST], "Operations": list(operations), **more})


def bulk(place: Site, *operations: Any, **more: object) -> Results:
    answer = sent(place, *operations, **more)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/scim+json"
    assert answer.json()["schemas"] == [RESPONSE]
    results: Results = answer.json()["Operations"]
    return results


def statuses(results: Results) -> list[str]:
    return [result["status"] for result in results]


def a_user(name: str, /, **extension: object) -> dict[str, Any]:
    data = user(f"{name}@example.com", **extension)
    return {"method": "POST", "path": "/Users", "bulkId": name, "data": data}


def a_group(name: str, *references: str) -> dict[str, Any]:
    return {"method": "POST", "path": "/Groups", "bulkId": name, "data": group(name, list(references))}


def a_patch(path: str, *steps: dict[str, Any], **more: object) -> dict[str, Any]:
    data = {"schemas": [PATCH], "Operations": list(steps)}
    return {"method": "PATCH", "path": path, "data": data, **more}


def key_in(result: dict[str, Any]) -> str:
    return str(result["location"]).rpartition("/")[2]


def test_one_request_makes_changes_and_ends(catalogue: Site) -> None:
    ada, bob = person(catalogue, "ada"), person(catalogue, "bob")

    results = bulk(
        catalogue,
        a_user("eve", interests=["espresso"]),
        a_patch(f"/Users/{ada}", {"op": "replace", "path": "locale", "value": "de"}),
        {"method": "DELETE", "path": f"/Users/{bob}"},
        {"method": "PUT", "path": f"/Users/{ada}", "data": user("ada@example.com", interests=["tea"])},
    )

    assert statuses(results) == ["201", "200", "204", "200"]
    assert [result["method"] for result in results] == ["POST", "PATCH", "DELETE", "PUT"]
    eve = catalogue.get(f"/Users/{key_in(results[0])}").json()
    assert (results[0]["bulkId"], results[0]["version"]) == ("eve", eve["meta"]["version"])
    assert results[0]["location"] == eve["meta"]["location"]
    assert results[3]["version"] == catalogue.get(f"/Users/{ada}")["ETag"]
    assert catalogue.get(f"/Users/{ada}").json()[CUSTOMER_EXTENSION]["interests"] == ["tea"]
    assert Membership.objects.get(pk=bob).status == MembershipStatus.ENDED
    assert all("response" not in result and "data" not in result for result in results)


def test_a_group_may_name_users_that_come_before_and_after_it(catalogue: Site) -> None:
    results = bulk(
        catalogue,
        a_user("ada"),
        a_group("Regulars", "bulkId:ada", "bulkId:bob"),
        a_patch("/Groups/bulkId:Regulars", {"op": "replace", "path": "displayName", "value": "Rare ones"}),
        a_user("bob"),
        a_patch(
            "/Groups/bulkId:Regulars", {"op": "remove", "path": 'members[value eq "bulkId:ada"]'}, bulkId="p"
        ),
    )

    assert statuses(results) == ["201", "201", "200", "201", "200"]
    segment = Segment.objects.get()
    assert segment.name == "Rare ones"
    assert members(str(segment.pk)) == {key_in(results[3])}
    assert results[4]["location"] == results[1]["location"]


def test_a_users_own_reference_leads_to_its_path(catalogue: Site) -> None:
    results = bulk(catalogue, {"method": "DELETE", "path": "/Users/bulkId:ada"}, a_user("ada"), a_user("bob"))

    assert statuses(results) == ["204", "201", "201"]
    assert catalogue.get("/Users").json()["totalResults"] == 1


@pytest.mark.parametrize(
    "operations",
    [
        [a_group("one", "bulkId:nobody")],
        [a_group("one", "bulkId:two"), a_group("two", "bulkId:one")],
        [a_group("one", "bulkId:one")],
        [a_group("one", "bulkId:x"), {"method": "DELETE", "path": "/Users/1", "bulkId": "x"}],
        [a_user("ada") | {"data": {}}, a_group("one", "bulkId:ada")],
    ],
    ids=["unknown", "in a circle", "to itself", "to nothing made", "to what failed"],
)
def test_a_reference_that_leads_nowhere_is_a_conflict_of_its_operation(
    catalogue: Site, operations: list[dict[str, Any]]
) -> None:
    results = bulk(catalogue, *operations, a_user("bob"))

    groups = [result for result in results if str(result.get("bulkId")) in {"one"}]
    assert statuses(groups) == ["409"]
    assert groups[0]["response"]["schemas"] == [ERROR]
    assert results[-1]["status"] == "201"
    assert not Segment.objects.exists()


def test_a_long_chain_of_references_ends(catalogue: Site) -> None:
    chain = [a_group(f"g{number}", f"bulkId:g{number + 1}") for number in range(499)]

    results = bulk(catalogue, *chain, a_user("ada"))

    assert statuses(results) == ["409"] * 499 + ["201"]


def test_what_fails_is_told_and_the_others_are_done(catalogue: Site, tea: Site) -> None:
    stranger = person(tea, "ada")

    results = bulk(
        catalogue,
        a_user("ada"),
        a_user("ada") | {"bulkId": "again"},
        {"method": "DELETE", "path": f"/Users/{stranger}"},
        a_user("bob"),
    )

    assert statuses(results) == ["201", "409", "404", "201"]
    assert results[1]["response"]["scimType"] == "uniqueness"
    assert "location" not in results[1]
    assert results[2]["location"].endswith(f"{BASE}/Users/{stranger}")
    assert tea.get(f"/Users/{stranger}").status_code == 200


@pytest.mark.parametrize(("most", "done", "people"), [(1, 2, 1), (2, 4, 2), (3, 5, 2), (4, 5, 2)])
def test_after_so_many_errors_it_ends(catalogue: Site, most: int, done: int, people: int) -> None:
    bad = {"method": "DELETE", "path": f"/Users/{STRANGER}"}

    results = bulk(catalogue, a_user("ada"), bad, a_user("bob"), bad, bad, failOnErrors=most)

    assert len(results) == done
    assert Account.objects.count() == people


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (5, "400"),
        ({}, "400"),
        ({"method": "GET", "path": f"/Users/{STRANGER}"}, "400"),
        ({"method": 5, "path": "/Users"}, "400"),
        ({"method": "POST", "path": "/Users", "data": user()}, "400"),
        ({"method": "POST", "path": "/Users", "bulkId": "x"}, "400"),
        ({"method": "POST", "path": "/Users", "bulkId": "x", "data": "x"}, "400"),
        ({"method": "POST", "path": "/Users", "bulkId": "x", "data": user(), "dta": 1}, "400"),
        ({"method": "POST", "path": "/Nothing", "bulkId": "x", "data": user()}, "400"),
        ({"method": "POST", "path": "/Me", "bulkId": "x", "data": user()}, "400"),
        ({"method": "POST", "path": "/Users/../Users", "bulkId": "x", "data": user()}, "400"),
        ({"method": "POST", "path": f"/Users/{STRANGER}", "bulkId": "x", "data": user()}, "405"),
        ({"method": "DELETE", "path": "/Users"}, "405"),
        ({"method": "DELETE", "path": "/Users/7"}, "404"),
        ({"method": "DELETE", "path": f"/Groups/{STRANGER}"}, "404"),
        ({"method": "POST", "path": "/Users", "bulkId": "x", "data": user() | {"userName": ""}}, "400"),
        ({"method": "POST", "path": "/Users", "bulkId": "x", "data": user() | {"emails": [{}] * 201}}, "400"),
        (a_patch(f"/Users/{STRANGER}"), "400"),
        (a_user("x") | {"data": {"userName": json.loads("[" * 50 + "]" * 50)}}, "400"),
    ],
    ids=lambda value: repr(value)[:70],
)
def test_an_operation_that_is_none_fails_alone(catalogue: Site, operation: Any, status: str) -> None:
    results = bulk(catalogue, operation, a_user("bob"))

    assert statuses(results) == [status, "201"]
    assert results[0]["response"]["status"] == status
    assert results[0]["response"]["detail"]


def test_a_bulk_id_names_one_operation(catalogue: Site) -> None:
    results = bulk(catalogue, a_user("ada"), a_user("bob") | {"bulkId": "ada"}, a_group("one", "bulkId:ada"))

    assert statuses(results) == ["201", "400", "201"]


def test_a_version_guards_an_operation(catalogue: Site) -> None:
    ada = person(catalogue, "ada")
    stale = 'W/"another"'
    current = str(catalogue.get(f"/Users/{ada}")["ETag"])
    speak = {"op": "replace", "path": "locale", "value": "de"}

    results = bulk(
        catalogue,
        a_patch(f"/Users/{ada}", speak, version=stale),
        a_patch(f"/Users/{ada}", speak, version=current),
        {"method": "DELETE", "path": f"/Users/{ada}", "version": current},
    )

    assert statuses(results) == ["412", "200", "412"]


def test_each_operation_needs_its_scope(catalogue: Site, shop: Kaffeehaus) -> None:
    ada, key = person(catalogue, "ada"), made(catalogue)
    reader = site(shop.brand, "reader", [Scope.READ])
    creator = site(shop.brand, "creator", [Scope.CREATE])
    rename = {"op": "replace", "path": "displayName", "value": "Mine"}
    operations = (
        a_user("bob"),
        a_patch(f"/Groups/{key}", rename),
        {"method": "DELETE", "path": f"/Users/{ada}"},
    )

    assert statuses(bulk(reader, *operations)) == ["403"] * 3
    assert statuses(bulk(creator, *operations)) == ["201", "403", "403"]


def test_another_brands_things_arent_there(catalogue: Site, tea: Site) -> None:
    ada, key = person(catalogue, "ada"), made(catalogue)

    results = bulk(
        tea,
        {"method": "DELETE", "path": f"/Users/{ada}"},
        {"method": "DELETE", "path": f"/Groups/{key}"},
        a_group("one", ada),
    )

    assert statuses(results) == ["404", "404", "400"]
