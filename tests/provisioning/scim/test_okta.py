"""Requests as Okta writes them, letter by letter, and what becomes of them.

developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20; there the address ends in “.local”, to which no
mail can go.
"""

import json
from typing import Any

import pytest

from accounts.models import Account
from tests.provisioning.scim.dialects import created, patched
from tests.provisioning.scim.door import Site

OKTA_NEW = """{
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "test.user@okta.example",
    "name": {
        "givenName": "Test",
        "familyName": "User"
    },
    "emails": [{
        "primary": true,
        "value": "test.user@okta.example",
        "type": "work"
    }],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": true
}"""


@pytest.fixture
def okta(catalogue: Site) -> dict[str, Any]:
    return created(catalogue, OKTA_NEW)


def test_okta_looks_before_it_creates(catalogue: Site) -> None:
    address = "/Users?filter=userName%20eq%20%22test.user%40okta.example%22&startIndex=1&count=100"

    before = catalogue.raw("GET", address).json()
    body = created(catalogue, OKTA_NEW)
    after = catalogue.raw("GET", address).json()

    assert (before["totalResults"], before["startIndex"], before["itemsPerPage"]) == (0, 1, 0)
    assert (after["totalResults"], after["startIndex"], after["itemsPerPage"]) == (1, 1, 1)
    assert after["Resources"] == [body]


def test_okta_creates_a_user_and_its_password_goes_nowhere(okta: dict[str, Any]) -> None:
    assert okta["userName"] == "test.user@okta.example"
    assert okta["locale"] == "en-US"
    assert okta["externalId"] == "00ujl29u0le5T6Aj10h7"
    assert "1mz050nq" not in json.dumps(okta)


def test_okta_creates_the_same_user_again(catalogue: Site, okta: dict[str, Any]) -> None:
    answer = catalogue.raw("POST", "/Users", OKTA_NEW)

    assert answer.status_code == 409
    assert (answer.json()["scimType"], answer.json()["status"]) == ("uniqueness", "409")
    assert Account.objects.count() == 1


def test_okta_puts_the_whole_user(catalogue: Site, okta: dict[str, Any]) -> None:
    text = json.dumps(
        json.loads(OKTA_NEW)
        | {
            "id": okta["id"],
            "name": {"givenName": "Another", "middleName": "", "familyName": "User"},
            "meta": okta["meta"],
        }
    )

    answer = catalogue.raw("PUT", f"/Users/{okta['id']}", text)

    assert answer.status_code == 200, answer.content
    assert answer.json()["name"] == {"givenName": "Another", "familyName": "User"}
    for name in ("id", "userName", "emails", "locale", "externalId", "active"):
        assert answer.json()[name] == okta[name], name


def test_okta_deactivates_a_user_and_brings_them_back(catalogue: Site, okta: dict[str, Any]) -> None:
    off = patched(catalogue, okta["id"], '{"op": "replace", "value": {"active": false}}')
    on = catalogue.raw("PUT", f"/Users/{okta['id']}", json.dumps(json.loads(OKTA_NEW) | {"active": True}))

    assert (off["active"], on.json()["active"]) == (False, True)


def test_okta_reads_a_user_and_pages_through_all(catalogue: Site, okta: dict[str, Any]) -> None:
    listed = catalogue.raw("GET", "/Users?startIndex=1&count=100").json()

    assert catalogue.raw("GET", f"/Users/{okta['id']}").json() == okta
    assert listed["Resources"] == [okta]


def test_okta_asks_for_somebody_who_isnt_there(catalogue: Site) -> None:
    answer = catalogue.raw("GET", "/Users/23a35c27-23d3-4c03-b4c5-6443c09e7173")

    assert answer.status_code == 404
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert answer.json()["status"] == "404"
