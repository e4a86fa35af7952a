"""What is asked of a SCIM server, and what has to come back."""

import itertools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench.crowd import Crowd, email, external_id, member
from bench.driving import Answer, Ask, Asks, Failed

USERS, GROUPS = "/scim/v2/Users", "/scim/v2/Groups"
PAGE = 200
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CUSTOMER = "urn:ciam:params:scim:schemas:extension:customer:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_runs = itertools.count(1)


@dataclass(frozen=True)
class Operation:
    name: str
    asks: Callable[[Crowd, random.Random], Asks]


def expect(answer: Answer, status: int) -> Any:
    if answer.status != status:
        raise Failed(f"{answer.status} instead of {status}: {answer.body[:500].decode(errors='replace')}")
    return json.loads(answer.body or b"null")


def search(**parameters: object) -> Ask:
    return Ask("GET", f"{USERS}?{urlencode(parameters)}")


def by_id(crowd: Crowd, dice: random.Random) -> Asks:
    while True:
        key = member(dice.randint(1, crowd.size))
        found = expect((yield Ask("GET", f"{USERS}/{key}")), 200)
        if found["id"] != key:
            raise Failed("somebody else")


def _filtered(attribute: str, value: Callable[[int], str]) -> Operation:
    def asks(crowd: Crowd, dice: random.Random) -> Asks:
        while True:
            text = value(dice.randint(1, crowd.size))
            found = expect((yield search(filter=f'{attribute} eq "{text}"')), 200)
            if found["totalResults"] != 1 or text not in json.dumps(found["Resources"]):
                raise Failed(f"{attribute}: {found['totalResults']} found")

    return Operation(f"filter `{attribute} eq`", asks)


def _paged(name: str, start: Callable[[Crowd], int]) -> Operation:
    def asks(crowd: Crowd, dice: random.Random) -> Asks:
        while True:
            found = expect((yield search(startIndex=start(crowd), count=PAGE)), 200)
            if len(found["Resources"]) != PAGE or found["totalResults"] <= PAGE:
                raise Failed(f"{len(found['Resources'])} of {found['totalResults']}")

    return Operation(name, asks)


def by_cursor(crowd: Crowd, dice: random.Random) -> Asks:
    """RFC 9865."""
    cursor = ""
    while True:
        found = expect((yield search(cursor=cursor, count=PAGE)), 200)
        if not cursor and not found.get("nextCursor"):
            raise Failed("pages have no cursors")
        cursor = found.get("nextCursor", "")


def creations(crowd: Crowd, dice: random.Random) -> Asks:
    """Somebody new each time, as a catalogue form sends them."""
    run = next(_runs)
    for number in itertools.count():
        said: dict[str, object] = {
            "schemas": [USER],
            "userName": f"new{run}.{number}@bench.example",
            "externalId": f"new-{run}-{number}",
            "name": {"givenName": "Nora", "familyName": f"Number {number}"},
            "emails": [{"value": f"new{run}.{number}@bench.example", "primary": True}],
        }
        if crowd.proof:
            said["schemas"] = [USER, CUSTOMER]
            said[CUSTOMER] = {"interests": ["espresso", "tea"], "consents": [crowd.proof]}
        expect((yield Ask("POST", USERS, json.dumps(said))), 201)


def changes(crowd: Crowd, dice: random.Random) -> Asks:
    while True:
        ask = change(member(dice.randint(1, crowd.size)), dice)
        expect((yield ask), 200)


def change(key: str, dice: random.Random) -> Ask:
    """Of the family name of this user."""
    value = {"op": "replace", "path": "name.familyName", "value": f"Number {dice.randint(1, 10**9)}"}
    return Ask("PATCH", f"{USERS}/{key}", json.dumps({"schemas": [PATCH], "Operations": [value]}))


def group_changes(key: str, newcomer: str) -> Asks:
    """Somebody joins a group and leaves it, again and again."""
    join = {"op": "add", "path": "members", "value": [{"value": newcomer}]}
    leave = {"op": "remove", "path": f'members[value eq "{newcomer}"]'}
    for operation in itertools.cycle([join, leave]):
        body = json.dumps({"schemas": [PATCH], "Operations": [operation]})
        answer = yield Ask("PATCH", f"{GROUPS}/{key}", body)
        if answer.status not in {200, 204}:
            expect(answer, 200)


BY_ID = Operation("read by id", by_id)
BY_NAME = _filtered("userName", email)
BY_EMAIL = _filtered("emails.value", email)
BY_EXTERNAL_ID = _filtered("externalId", external_id)
FIRST_PAGE = _paged(f"page of {PAGE}, the first", lambda crowd: 1)
MIDDLE_PAGE = _paged(f"page of {PAGE}, in the middle", lambda crowd: crowd.size // 2)
CURSOR_PAGE = Operation(f"page of {PAGE}, by cursor", by_cursor)
CREATE = Operation("create", creations)
CHANGE = Operation("change a name (PATCH)", changes)
