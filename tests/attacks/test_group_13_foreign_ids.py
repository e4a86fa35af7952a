"""SCIM inbound (open set, group 13): another brand's things by their ids.

Foreign members of groups, bulk operations on foreign things and foreign cursors by themselves stand in
tests/provisioning/scim (test_groups.py, test_bulk.py, test_paging.py); here every place where an id can stand
answers for another brand's thing word for word as for one that isn't there.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Membership
from tests.attacks.ways import ADA, STRANGE_ID, bulk
from tests.provisioning.scim.door import PATCH, Answer, Site, user
from tests.provisioning.scim.group_door import GROUP, made

pytestmark = pytest.mark.django_db

Asks = Callable[[Site, str, str], Answer]

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
STEP = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "locale", "value": "de"}]}


def members(op: str, *, path: bool = False) -> Asks:
    def ask(place: Site, mine: str, key: str) -> Answer:
        step: dict[str, Any] = {"op": op, "path": "members", "value": [{"value": key}]}
        if path:
            step = {"op": op, "path": f'members[value eq "{key}"]'}
        return place.call("PATCH", f"/Groups/{mine}", {"schemas": [PATCH], "Operations": [step]})

    return ask


def filtered(path: str, filter: str) -> Asks:
    return lambda place, _mine, key: place.get(path, filter=filter.replace("{id}", key))


def searched(path: str, filter: str) -> Asks:
    def ask(place: Site, _mine: str, key: str) -> Answer:
        asked = {"schemas": [SEARCH], "filter": filter.replace("{id}", key)}
        return place.call("POST", path, asked)

    return ask


def in_bulk(method: str, path: str, data: object = None) -> Asks:
    def ask(place: Site, _mine: str, key: str) -> Answer:
        return bulk(place, {"method": method, "path": path.replace("{id}", key), "data": data})

    return ask


def member_in_bulk(place: Site, _mine: str, key: str) -> Answer:
    group = {"schemas": [GROUP], "displayName": "x", "members": [{"value": key}]}
    return bulk(place, {"method": "POST", "path": "/Groups", "bulkId": "1", "data": group})


def bulk_id(place: Site, _mine: str, key: str) -> Answer:
    group = {"schemas": [GROUP], "displayName": "x", "members": [{"value": f"bulkId:{key}"}]}
    return bulk(place, {"method": "POST", "path": "/Groups", "bulkId": "1", "data": group})


OF_USERS: dict[str, Asks] = {
    "GET": lambda place, _mine, key: place.get(f"/Users/{key}"),
    "GET of a version": lambda place, _mine, key: place.get(f"/Users/{key}", {"If_None_Match": "*"}),
    "HEAD": lambda place, _mine, key: place.call("HEAD", f"/Users/{key}"),
    "PUT": lambda place, _mine, key: place.call("PUT", f"/Users/{key}", user("eve@example.com")),
    "PUT of a version": lambda place, _mine, key: place.call("PUT", f"/Users/{key}", user(), If_Match="*"),
    "PATCH": lambda place, _mine, key: place.call("PATCH", f"/Users/{key}", STEP),
    "DELETE": lambda place, _mine, key: place.delete(key),
    "DELETE of a version": lambda place, _mine, key: place.delete(key, If_Match="*"),
    "under Groups": lambda place, _mine, key: place.get(f"/Groups/{key}"),
    "a member added": members("add"),
    "members replaced": members("replace"),
    "a member removed": members("remove"),
    "a member removed by path": members("remove", path=True),
    "a member in a bulk": member_in_bulk,
    "a bulkId": bulk_id,
    "bulk PATCH": in_bulk("PATCH", "/Users/{id}", STEP),
    "bulk PUT": in_bulk("PUT", "/Users/{id}", user("eve@example.com")),
    "bulk DELETE": in_bulk("DELETE", "/Users/{id}"),
    "filter by id": filtered("/Users", 'id eq "{id}"'),
    "filter by part of an id": filtered("/Users", 'id sw "{id}"'),
    "filter by location": filtered("/Users", 'meta.location ew "{id}"'),
    "filter by name": filtered("/Users", 'userName eq "{id}"'),
    "filter by member": filtered("/Groups", 'members.value eq "{id}"'),
    "filter by members": filtered("/Groups", 'members[value eq "{id}"]'),
    "search by id": searched("/Users/.search", 'id eq "{id}"'),
    "search of all by id": searched("/.search", 'id eq "{id}"'),
    "search by member": searched("/Groups/.search", 'members.value eq "{id}"'),
}

OF_GROUPS: dict[str, Asks] = {
    "GET": lambda place, _mine, key: place.get(f"/Groups/{key}"),
    "PUT": lambda place, _mine, key: place.call(
        "PUT", f"/Groups/{key}", {"schemas": [GROUP], "displayName": "x"}
    ),
    "PATCH": lambda place, _mine, key: members("add")(place, key, STRANGE_ID),
    "DELETE": lambda place, _mine, key: place.call("DELETE", f"/Groups/{key}"),
    "under Users": lambda place, _mine, key: place.get(f"/Users/{key}"),
    "as a member": members("add"),
    "bulk DELETE": in_bulk("DELETE", "/Groups/{id}"),
    "filter by id": filtered("/Groups", 'id eq "{id}"'),
    "filter of users": filtered("/Users", 'groups.value eq "{id}"'),
    "filter of users by groups": filtered("/Users", 'groups[value eq "{id}"]'),
    "search of all by id": searched("/.search", 'id eq "{id}"'),
}


def heard(answer: Answer, key: str) -> tuple[int, list[tuple[str, str]], str]:
    """What was answered, without the id that was asked for."""
    headers = [(name, value.replace(key, "ID")) for name, value in answer.headers.items()]
    text = answer.content.decode().replace(key, "ID")
    return answer.status_code, sorted(headers), re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)


def hears_nothing_new(place: Site, asks: Asks, theirs: str) -> None:
    """Each time with a group of its own, so that what an answer did changes none of the others."""
    answers = []
    for key in (theirs, STRANGE_ID):
        mine = made(place, "Regulars")
        text = asks(place, mine, key)
        code, headers, body = heard(text, key)
        body = re.sub(r'W/\\?"[^"]+"', "VERSION", body.replace(mine, "MINE"))
        shown = [(name, value) for name, value in headers if name != "ETag"]
        answers.append((code, str(shown).replace(mine, "MINE"), body))
        assert place.call("DELETE", f"/Groups/{mine}").status_code == 204
    assert answers[0] == answers[1]
    assert answers[0][0] < 500


@pytest.mark.parametrize("asks", OF_USERS.values(), ids=OF_USERS.keys())
def test_a13_01_another_brands_user_is_answered_for_as_nobody(catalogue: Site, tea: Site, asks: Asks) -> None:
    theirs = tea.post(user(ADA, interests=["oolong"])).json()
    group = made(tea, "Leaves", [theirs["id"]])
    before = tea.get(f"/Users/{theirs['id']}").json()

    hears_nothing_new(catalogue, asks, theirs["id"])

    assert tea.get(f"/Users/{theirs['id']}").json() == before
    assert tea.get(f"/Groups/{group}").json()["members"][0]["value"] == theirs["id"]
    assert not Membership.objects.filter(brand=catalogue.brand).exists()


@pytest.mark.parametrize("asks", OF_GROUPS.values(), ids=OF_GROUPS.keys())
def test_a13_01_another_brands_group_is_answered_for_as_none(catalogue: Site, tea: Site, asks: Asks) -> None:
    theirs = made(tea, "Leaves", [tea.post(user(ADA)).json()["id"]])
    before = tea.get(f"/Groups/{theirs}").json()

    hears_nothing_new(catalogue, asks, theirs)

    assert tea.get(f"/Groups/{theirs}").json() == before


def test_a13_01_the_version_of_one_brands_view_opens_nothing_at_the_other(catalogue: Site, tea: Site) -> None:
    here, there = (place.post(user(ADA, interests=["tea"])).json() for place in (catalogue, tea))
    step = {"op": "replace", "path": "locale", "value": "de"}

    answer = catalogue.patch(here["id"], step, If_Match=there["meta"]["version"])

    assert answer.status_code == 412
    assert catalogue.get(f"/Users/{here['id']}").json() == here
    assert here["meta"]["version"] != there["meta"]["version"]


@pytest.mark.parametrize("header", ["", "W/", '"', '""', "null", ",", 'W/"*"', "x" * 5_000, "\\*", '"*" , x'])
def test_a13_01_an_odd_version_is_nobodys(catalogue: Site, header: str) -> None:
    ada = catalogue.post(user(ADA)).json()
    step = {"op": "replace", "path": "locale", "value": "de"}

    answers = [
        catalogue.patch(ada["id"], step, If_Match=header),
        catalogue.call("PUT", f"/Users/{ada['id']}", user("eve@example.com"), If_Match=header),
        catalogue.delete(ada["id"], If_Match=header),
    ]

    assert {answer.status_code for answer in answers} <= {400, 412}
    assert catalogue.get(f"/Users/{ada['id']}").json() == ada
