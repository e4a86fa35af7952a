"""Requests as Microsoft Entra ID writes them, letter by letter, and what becomes of them.

Entra ID: learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups.
"""

import json
from typing import Any

import pytest

from accounts.models import Account, MembershipStatus
from tests.provisioning.scim.dialects import created, patched, status
from tests.provisioning.scim.door import Site

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

ENTRA_NEW = """{
  "schemas": [
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
  "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
  "userName": "Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1",
  "active": true,
  "emails": [{
    "primary": true,
    "type": "work",
    "value": "Test_User_fd0ea19b-0777-472c-9f96-4f70d2226f2e@testuser.com"
  }],
  "meta": {"resourceType": "User"},
  "name": {
    "formatted": "givenName familyName",
    "familyName": "familyName",
    "givenName": "givenName"
  },
  "displayName": "givenName familyName",
  "title": "Barista",
  "preferredLanguage": "de-DE",
  "addresses": [{"type": "work", "streetAddress": "Gasse 1", "locality": "Wien"}],
  "roles": [],
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
    "employeeNumber": "701984",
    "department": "Coffee",
    "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"}
  }
}"""


@pytest.fixture
def entra(catalogue: Site) -> dict[str, Any]:
    return created(catalogue, ENTRA_NEW)


def test_entra_probes_for_somebody_who_isnt_there(catalogue: Site) -> None:
    answer = catalogue.raw(
        "GET", "/Users?filter=userName+eq+%22non-existent-user-b2bcd8f2-5ad1-4b6e-8e4b-d7a0d5d7d0a4%22"
    )

    assert answer.status_code == 200
    body = answer.json()
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert (body["totalResults"], body.get("Resources", [])) == (0, [])
    assert body["startIndex"] == 1


def test_entra_creates_a_user_with_more_than_is_kept(entra: dict[str, Any]) -> None:
    assert entra["userName"] == "Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1"
    assert entra["externalId"] == "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"
    assert entra["emails"] == [
        {
            "value": "Test_User_fd0ea19b-0777-472c-9f96-4f70d2226f2e@testuser.com",
            "type": "work",
            "primary": True,
        }
    ]
    assert entra["name"] == {"givenName": "givenName", "familyName": "familyName"}
    assert entra["active"] is True
    assert entra["meta"]["resourceType"] == "User"
    assert not {ENTERPRISE, "displayName", "title", "addresses", "roles"} & set(entra), "never kept unseen"
    assert ENTERPRISE not in entra["schemas"]


def test_entra_finds_the_user_by_name_and_by_its_own_id(catalogue: Site, entra: dict[str, Any]) -> None:
    by_name = "/Users?filter=userName%20eq%20%22test_user_ab6490ee-1e48-479e-a20b-2d77186b5dd1%22"
    by_id = "/Users?filter=externalId%20eq%20%220a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef%22"

    for address in (by_name, by_id):
        (found,) = catalogue.raw("GET", address).json()["Resources"]
        assert found == entra


def test_entra_asks_for_a_user_by_a_mail_address_of_a_kind(catalogue: Site, entra: dict[str, Any]) -> None:
    address = "Test_User_fd0ea19b-0777-472c-9f96-4f70d2226f2e@testuser.com"
    (found,) = catalogue.find(f'emails[type eq "work"].value eq "{address}"')

    assert found == entra


def test_entra_updates_attributes(catalogue: Site, entra: dict[str, Any]) -> None:
    body = patched(
        catalogue,
        entra["id"],
        """
        {"op": "Replace", "path": "emails[type eq \\"work\\"].value", "value": "updatedEmail@microsoft.com"},
        {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
        {"op": "Add", "path": "phoneNumbers[type eq \\"mobile\\"].value", "value": "+49 170 1234567"}
        """,
    )

    assert body["emails"] == [{"value": "updatedEmail@microsoft.com", "type": "work", "primary": True}]
    assert body["name"] == {"givenName": "givenName", "familyName": "updatedFamilyName"}
    assert body["phoneNumbers"] == [{"value": "+49 170 1234567", "type": "mobile", "primary": False}]


@pytest.mark.parametrize("op", ["Add", "Replace", "add", "replace"])
def test_entra_gives_a_value_to_an_address_that_isnt_there_yet(
    catalogue: Site, entra: dict[str, Any], op: str
) -> None:
    body = patched(
        catalogue,
        entra["id"],
        f'{{"op": "{op}", "path": "emails[type eq \\"home\\"].value", "value": "at@home.example"}}',
    )

    assert [(mail["type"], mail["value"], mail["primary"]) for mail in body["emails"]] == [
        ("work", entra["emails"][0]["value"], True),
        ("home", "at@home.example", False),
    ]


def test_entra_removes_an_address(catalogue: Site, entra: dict[str, Any]) -> None:
    body = patched(catalogue, entra["id"], '{"op": "Remove", "path": "emails[type eq \\"work\\"].value"}')

    assert "emails" not in body


def test_entra_updates_the_name_by_which_it_signs_in(catalogue: Site, entra: dict[str, Any]) -> None:
    body = patched(
        catalogue,
        entra["id"],
        '{"op": "Replace", "path": "userName", "value": "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com"}',
    )

    assert body["userName"] == "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com"


@pytest.mark.parametrize("value", ['"False"', '"false"', "false"])
def test_entra_disables_a_user(catalogue: Site, entra: dict[str, Any], value: str) -> None:
    body = patched(catalogue, entra["id"], f'{{"op": "Replace", "path": "active", "value": {value}}}')

    assert body["active"] is False
    assert status(body) == MembershipStatus.SUSPENDED


def test_entra_disables_and_enables_a_user_without_a_path(catalogue: Site, entra: dict[str, Any]) -> None:
    off = patched(catalogue, entra["id"], '{"op": "replace", "value": {"active": "False"}}')
    on = patched(catalogue, entra["id"], '{"op": "Replace", "value": {"active": "True"}}')

    assert (off["active"], on["active"]) == (False, True)
    assert status(on) == MembershipStatus.ACTIVE


@pytest.mark.parametrize(
    "operation",
    [
        f'{{"op": "Add", "path": "{ENTERPRISE}:department", "value": "Tea"}}',
        f'{{"op": "Replace", "path": "{ENTERPRISE}:employeeNumber", "value": "7"}}',
        f'{{"op": "Add", "path": "{ENTERPRISE}:manager", "value": "26118915-6090-4610-87e4-49d8ca9f808d"}}',
        f'{{"op": "Remove", "path": "{ENTERPRISE}:manager"}}',
        f'{{"op": "Replace", "value": {{"{ENTERPRISE}:department": "Tea"}}}}',
        '{"op": "Replace", "path": "displayName", "value": "New Name"}',
        '{"op": "Add", "path": "addresses[type eq \\"work\\"].locality", "value": "Graz"}',
    ],
)
def test_what_the_standard_has_and_isnt_kept_fails_nothing(
    catalogue: Site, entra: dict[str, Any], operation: str
) -> None:
    body = patched(
        catalogue,
        entra["id"],
        f'{operation}, {{"op": "Replace", "path": "name.givenName", "value": "Kept"}}',
    )

    assert body["name"]["givenName"] == "Kept"
    assert ENTERPRISE not in json.dumps(body)


def test_entra_deletes_a_user(catalogue: Site, entra: dict[str, Any]) -> None:
    answer = catalogue.raw("DELETE", f"/Users/{entra['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert catalogue.raw("GET", f"/Users/{entra['id']}").status_code == 404
    assert Account.objects.get().status == "active", "the account is nobody's to end but the person's"
