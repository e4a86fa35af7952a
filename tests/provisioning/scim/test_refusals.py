"""Bad input at the SCIM door: the protocol's own error, and nothing changed."""

import json
from typing import Any

import pytest

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.models import Account
from tests.provisioning.scim.door import BASE, ERROR, PATCH, USER, Site, user

BODIES: list[tuple[bytes | str, int, str | None]] = [
    (b" ", 400, "invalidSyntax"),
    (b"{", 400, "invalidSyntax"),
    (b"[]", 400, "invalidSyntax"),
    (b'"text"', 400, "invalidSyntax"),
    (b"null", 400, "invalidSyntax"),
    (b"\xff\xfe{}", 400, "invalidSyntax"),
    (b"\xef\xbb\xbf{}", 400, "invalidSyntax"),
    (b'{"userName": NaN}', 400, "invalidSyntax"),
    (b'{"userName": "a\\u0000@example.com"}', 400, "invalidSyntax"),
    (b'{"userName": "\\ud800@example.com"}', 400, "invalidSyntax"),
    (b'{"\\udfff": 1, "userName": "a@example.com"}', 400, "invalidSyntax"),
    (b'{"userName": "a@example.com", "title": ["\\u0000"]}', 400, "invalidSyntax"),
    (b'{"userName": ' + b"9" * 5_000 + b"}", 400, "invalidSyntax"),
    (b"[" * 100_000, 400, "invalidSyntax"),
    (b'{"a":' * 20_000, 400, "invalidSyntax"),
    (b" " * 131_073, 413, None),
    (b" " * 1_100_000, 413, None),
    (b'{"emails": [' + b"{}," * 200 + b"{}]}", 400, "invalidValue"),
    (b'{"userName": "a@example.com", "name": {"givenName": "' + b"x" * 130_000 + b'"}}', 400, "invalidValue"),
    (b'{"userName": "' + b"x" * 10_000_000 + b'"}', 413, None),
    (b"{}", 400, "invalidValue"),
]


@pytest.mark.parametrize(("body", "status", "problem"), BODIES, ids=lambda value: repr(value)[:40])
def test_a_body_that_isnt_a_user_is_refused_in_no_time(
    catalogue: Site, body: bytes, status: int, problem: str | None
) -> None:
    catalogue.get("/Schemas")

    response = catalogue.raw("POST", "/Users", body)

    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/scim+json"
    assert response.json()["schemas"] == [ERROR]
    assert response.json()["status"] == str(status)
    assert response.json().get("scimType") == problem
    assert not Account.objects.exists()


FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"userName": None}, "invalidValue"),
    ({"userName": ""}, "invalidValue"),
    ({"userName": 5}, "invalidValue"),
    ({"userName": ["ada@example.com"]}, "invalidValue"),
    ({"userName": "\u200b\ue000"}, "invalidValue"),
    ({"userName": "x" * 400 + "@example.com"}, "invalidValue"),
    ({"userName": "ada@example.com\nBcc: eve@example.com"}, "invalidValue"),
    ({"emails": "ada@example.com"}, "invalidValue"),
    ({"emails": [5]}, "invalidValue"),
    ({"emails": [{"value": "no address"}]}, "invalidValue"),
    ({"emails": [{"value": "ada@example.com", "type": "x" * 21}]}, "invalidValue"),
    ({"emails": [{"value": f"ada{n}@example.com"} for n in range(11)]}, "invalidValue"),
    ({"phoneNumbers": [{"value": "call me"}]}, "invalidValue"),
    ({"name": "Ada"}, "invalidValue"),
    ({"name": {"givenName": 5}}, "invalidValue"),
    ({"name": {"givenName": ""}}, "invalidValue"),
    ({"name": {"givenName": "x" * 101}}, "invalidValue"),
    ({"name": {"givenName": "\x1b[31m"}}, "invalidValue"),
    ({"name": {"givnName": "Ada"}}, "invalidSyntax"),
    ({"active": "perhaps"}, "invalidValue"),
    ({"active": 10**400}, "invalidValue"),
    ({"locale": "no language at all"}, "invalidValue"),
    ({"externalId": 5}, "invalidValue"),
    ({"externalId": "x" * 321}, "invalidValue"),
    ({"schemas": ["bogus"]}, "invalidSyntax"),
    ({"schemas": "bogus"}, "invalidValue"),
    ({"schemas": [5]}, "invalidValue"),
    ({"meta": "x"}, "invalidValue"),
    ({"urn:bogus:User": {"a": 1}}, "invalidSyntax"),
    ({CUSTOMER_EXTENSION: "x"}, "invalidValue"),
    ({CUSTOMER_EXTENSION: {"interests": "espresso"}}, "invalidValue"),
    ({CUSTOMER_EXTENSION: {"interests": [None]}}, "invalidValue"),
    ({CUSTOMER_EXTENSION: {"interests": [str(n) for n in range(21)]}}, "invalidValue"),
    ({CUSTOMER_EXTENSION: {"country": "Germany"}}, "invalidValue"),
    ({CUSTOMER_EXTENSION: {"country": {"a": 1}}}, "invalidValue"),
    ({CUSTOMER_EXTENSION: {"visitorId": 7}}, "invalidValue"),
]


@pytest.mark.parametrize(("changed", "problem"), FIELDS, ids=lambda value: repr(value)[:50])
def test_a_field_of_the_wrong_kind_is_named_and_nothing_is_written(
    catalogue: Site, changed: dict[str, Any], problem: str
) -> None:
    response = catalogue.post(user() | changed)

    assert response.status_code == 400, response.content
    assert response.json()["scimType"] == problem
    assert response.json()["detail"]
    assert not Account.objects.exists()


CONSENTS: list[dict[str, Any]] = [
    {"decision": ""},
    {"decision": "maybe"},
    {"decision": "pending"},
    {"decision": "unproven"},
    {"decision": 5},
    {"purpose": ""},
    {"purpose": None},
    {"purpose": "x" * 51},
    {"purpose": "NEWSLETTER"},
    {"version": 0},
    {"version": -1},
    {"version": 10**30},
    {"version": 1e300},
    {"version": "one"},
    {"textHash": "x"},
    {"textHash": "0" * 65},
    {"locale": "x" * 11},
    {"surface": "x" * 501},
    {"at": "yesterday"},
    {"at": "2999-01-01T00:00:00Z"},
    {"at": "0001-01-01T00:00:00+14:00"},
    {"at": "9999-12-31T23:59:59-14:00"},
    {"at": 10**18},
    {"at": {"a": 1}},
    {"evidence": "x"},
]


@pytest.mark.parametrize("changed", CONSENTS, ids=repr)
@pytest.mark.usefixtures("shop")
def test_a_malformed_answer_is_refused_with_all_that_came_with_it(
    catalogue: Site, changed: dict[str, Any]
) -> None:
    entry = {"purpose": "newsletter", "decision": "given", "version": 1} | changed

    response = catalogue.post(user(consents=[entry]))

    assert response.status_code == 400, response.content
    assert response.json()["scimType"] in {"invalidValue", "invalidSyntax"}
    assert not Account.objects.exists()


def test_two_answers_for_one_purpose_are_refused(catalogue: Site) -> None:
    entry = {"purpose": "newsletter", "decision": "given"}

    response = catalogue.post(user(consents=[entry, entry | {"decision": "withdrawn"}]))

    assert response.status_code == 400
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    "type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/json; charset=utf-16",
        "application/json-patch+json",
        "\xff",
    ],
)
def test_another_media_type_is_refused(catalogue: Site, type: str) -> None:
    response = catalogue.raw("POST", "/Users", json.dumps(user()), type=type)

    assert response.status_code == 415
    assert response.json()["status"] == "415"


@pytest.mark.parametrize(
    "type",
    [
        "application/scim+json",
        "application/json",
        "application/JSON; charset=UTF-8",
        'application/json; charset="utf-8"',
    ],
)
def test_plain_json_is_taken_as_well(catalogue: Site, type: str) -> None:
    assert catalogue.raw("POST", "/Users", json.dumps(user()), type=type).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/Users", "GET, HEAD, POST"),
        ("DELETE", "/Users", "GET, HEAD, POST"),
        ("TRACE", "/Users", "GET, HEAD, POST"),
        ("OPTIONS", "/Users", "GET, HEAD, POST"),
        ("BREW", "/Users", "GET, HEAD, POST"),
        ("POST", "/Users/11111111-1111-4111-8111-111111111111", "GET, HEAD, PUT, PATCH, DELETE"),
        ("POST", "/Schemas", "GET, HEAD"),
        ("DELETE", "/ServiceProviderConfig", "GET, HEAD"),
    ],
)
def test_a_method_that_isnt_there_is_refused(catalogue: Site, method: str, path: str, allowed: str) -> None:
    response = catalogue.raw(method, path, "{}", X_HTTP_METHOD_OVERRIDE="GET")

    assert response.status_code == 405
    assert response["Allow"] == allowed
    assert response.json()["status"] == "405"


@pytest.mark.parametrize("path", ["", "/", "/Group", "/users", "/Users/", "/Users/1/2", "/a\nb", "/%00"])
def test_an_unknown_address_is_not_found_in_scims_own_words(catalogue: Site, path: str) -> None:
    for method in ("GET", "POST"):
        response = catalogue.raw(method, path, "{}")

        assert response.status_code == 404
        assert response.json()["schemas"] == [ERROR]


PATCHES: list[Any] = [
    {},
    {"Operations": []},
    {"schemas": [PATCH]},
    {"schemas": [PATCH], "Operations": []},
    {"schemas": [PATCH], "Operations": "x"},
    {"schemas": [PATCH], "Operations": [5]},
    {"schemas": [USER], "Operations": [{"op": "add", "path": "locale", "value": "de"}]},
    {"schemas": [PATCH], "Operations": [{"op": "add", "path": "locale", "value": "de"}] * 101},
    {"schemas": [PATCH], "Operations": [{"op": "add", "path": "locale", "value": "de"}] * 201},
    {"schemas": [PATCH], "Operations": [{"op": "add", "path": "locale"}]},
    {"schemas": [PATCH], "Operations": [{"op": "add", "path": 5, "value": "de"}]},
    {"schemas": [PATCH], "Operations": [{"op": "add", "path": "emails[" + "(" * 100_000, "value": "de"}]},
    {"schemas": [PATCH], "Operations": [{"op": "add", "value": "de"}]},
    {"schemas": [PATCH], "Operations": [{"op": "add", "value": {"bogus": "de"}}]},
]


@pytest.mark.parametrize("body", PATCHES, ids=lambda value: repr(value)[:70])
def test_a_patch_of_the_wrong_shape_is_refused(catalogue: Site, body: Any) -> None:
    created = catalogue.post(user()).json()

    response = catalogue.call("PATCH", f"/Users/{created['id']}", body)

    assert response.status_code == 400, response.content
    assert catalogue.get(f"/Users/{created['id']}").json() == created


def test_the_address_of_the_door_is_the_contracts(catalogue: Site) -> None:
    assert catalogue.post(user())["Location"].startswith(f"http://localhost:8000{BASE}/Users/")
