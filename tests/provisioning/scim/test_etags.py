"""Versions of users: reading what has changed only, and never writing over somebody else's change
(RFC 7644, section 3.14; RFC 7232)."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Event
from tests.people import kaffeehaus
from tests.provisioning.scim.door import Answer, Site, site, user
from tests.provisioning.scim.test_races import at_once, doors

INTERESTS = "urn:ciam:params:scim:schemas:extension:customer:2.0:User:interests"
WRITES = ["PUT", "PATCH", "DELETE"]


@pytest.fixture
def ada(catalogue: Site) -> dict[str, Any]:
    body: dict[str, Any] = catalogue.post(user(interests=["espresso"])).json()
    return body


def put(door: Site, ada: dict[str, Any], if_match: str) -> Answer:
    return door.call("PUT", f"/Users/{ada['id']}", user(interests=["tea"]), If_Match=if_match)


def patch(door: Site, ada: dict[str, Any], if_match: str) -> Answer:
    return door.patch(ada["id"], {"op": "replace", "path": INTERESTS, "value": ["tea"]}, If_Match=if_match)


def delete(door: Site, ada: dict[str, Any], if_match: str) -> Answer:
    return door.delete(ada["id"], If_Match=if_match)


CALLS: dict[str, Callable[[Site, dict[str, Any], str], Answer]] = {
    "PUT": put,
    "PATCH": patch,
    "DELETE": delete,
}


def version(ada: dict[str, Any]) -> str:
    text: str = ada["meta"]["version"]
    return text


def test_a_version_is_weak_the_same_everywhere_and_changes_with_the_user_alone(
    catalogue: Site, ada: dict[str, Any]
) -> None:
    read = catalogue.get(f"/Users/{ada['id']}")
    listed = catalogue.find('userName eq "ada@example.com"')[0]
    some = catalogue.get(f"/Users/{ada['id']}", attributes="userName")

    assert version(ada).startswith('W/"')
    assert read["ETag"] == some["ETag"] == read.json()["meta"]["version"] == version(ada)
    assert listed["meta"]["version"] == version(ada)
    changed = patch(catalogue, ada, "*")
    assert changed["ETag"] == changed.json()["meta"]["version"] != version(ada)
    assert patch(catalogue, ada, "*")["ETag"] == changed["ETag"], "nothing was left to change"


@pytest.mark.parametrize("spelled", ["{0}", "{strong}", "*", '"other", {0}', 'W/"other",{strong}'])
def test_what_is_known_already_isnt_sent_again(catalogue: Site, ada: dict[str, Any], spelled: str) -> None:
    tag = spelled.format(version(ada), strong=version(ada).removeprefix("W/"))

    answer = catalogue.get(f"/Users/{ada['id']}", {"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == version(ada)


def test_what_has_changed_is_sent(catalogue: Site, ada: dict[str, Any]) -> None:
    patch(catalogue, ada, "*")

    answer = catalogue.get(f"/Users/{ada['id']}", {"If-None-Match": version(ada)})

    assert answer.status_code == 200
    assert answer["ETag"] != version(ada)


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("spelled", ["{0}", "{strong}", "*", '"other", {0}'])
def test_a_change_of_the_version_that_was_meant_is_made(
    catalogue: Site, ada: dict[str, Any], method: str, spelled: str
) -> None:
    tag = spelled.format(version(ada), strong=version(ada).removeprefix("W/"))

    answer = CALLS[method](catalogue, ada, tag)

    assert answer.status_code == (204 if method == "DELETE" else 200)


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("tag", ['W/"other"', '"other"', "", "other", '"*"'])
def test_a_change_of_another_version_is_refused_and_writes_nothing(
    catalogue: Site, ada: dict[str, Any], method: str, tag: str
) -> None:
    events = Event.objects.count()

    answer = CALLS[method](catalogue, ada, tag)

    assert (answer.status_code, answer.json()["status"]) == (412, "412")
    assert answer["Content-Type"] == "application/scim+json"
    assert catalogue.get(f"/Users/{ada['id']}").json() == ada
    assert Event.objects.count() == events


@pytest.mark.parametrize("method", WRITES)
def test_a_version_is_old_as_soon_as_somebody_changed_the_user(
    catalogue: Site, ada: dict[str, Any], method: str
) -> None:
    catalogue.patch(ada["id"], {"op": "replace", "path": "locale", "value": "de"})

    assert CALLS[method](catalogue, ada, version(ada)).status_code == 412


@pytest.mark.parametrize("method", WRITES)
def test_of_somebody_who_isnt_there_no_version_matches(
    catalogue: Site, ada: dict[str, Any], method: str
) -> None:
    catalogue.delete(ada["id"])

    assert CALLS[method](catalogue, ada, "*").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("methods", [("PUT", "PATCH"), ("PATCH", "DELETE"), ("PUT", "DELETE")])
def test_of_two_writers_of_one_version_the_later_loses(methods: tuple[str, str]) -> None:
    catalogue = site(kaffeehaus().brand)
    ada = catalogue.post(user(interests=["espresso"])).json()
    pairs = zip(methods, doors(catalogue, each=2), strict=True)

    answers = at_once(
        [lambda method=method, door=door: CALLS[method](door, ada, version(ada)) for method, door in pairs]  # type: ignore[misc]
    )

    codes = {method: answer.status_code for method, answer in zip(methods, answers, strict=True)}
    made = [method for method, code in codes.items() if code in {200, 204}]
    assert len(made) == 1, codes
    (lost,) = set(methods) - set(made)
    # Whoever comes after a deletion finds nobody, whatever version is meant.
    assert codes[lost] == (404 if made == ["DELETE"] else 412)
