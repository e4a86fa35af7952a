"""What the service says of itself."""

from typing import Any

import pytest
from django.utils.translation import gettext_lazy as _

from accounts.attributes import ATTRIBUTES, CUSTOMER_EXTENSION, Attribute
from accounts.values import text, texts
from provisioning.scim import schemas
from provisioning.scim.schemas import steps
from tests.provisioning.scim.door import BASE, USER, Site
from tests.provisioning.scim.group_door import GROUP

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def test_the_configuration_promises_what_there_is(catalogue: Site) -> None:
    body = catalogue.get("/ServiceProviderConfig").json()

    assert {name: body[name]["supported"] for name in ("patch", "filter", "etag", "bulk", "sort")} == {
        "patch": True,
        "filter": True,
        "etag": True,
        "bulk": True,
        "sort": True,
    }
    assert body["changePassword"] == {"supported": False}
    assert body["filter"]["maxResults"] == 200
    assert body["authenticationSchemes"][0]["type"] == "oauthbearertoken"
    assert body["meta"]["location"] == f"http://localhost:8000{BASE}/ServiceProviderConfig"


def test_users_and_groups_are_the_resource_types(catalogue: Site) -> None:
    page = catalogue.get("/ResourceTypes").json()

    assert (page["schemas"], page["totalResults"]) == ([LIST], 2)
    users, groups = page["Resources"]
    assert (users["endpoint"], users["schema"]) == ("/Users", USER)
    assert users["schemaExtensions"] == [{"schema": CUSTOMER_EXTENSION, "required": False}]
    assert (groups["endpoint"], groups["schema"]) == ("/Groups", GROUP)
    assert catalogue.get("/ResourceTypes/User").json() == users
    assert catalogue.get("/ResourceTypes/Group").json() == groups


def test_schemas_are_found_by_their_id(catalogue: Site) -> None:
    page = catalogue.get("/Schemas").json()

    assert (page["schemas"], page["totalResults"]) == ([LIST], 3)
    for schema in page["Resources"]:
        assert catalogue.get(f"/Schemas/{schema['id']}").json() == schema
        assert schema["meta"]["location"].endswith(f"/Schemas/{schema['id']}")


@pytest.mark.parametrize("path", ["/Schemas/urn:bogus", "/ResourceTypes/Role", "/ResourceTypes/\x00"])
def test_what_isnt_published_isnt_found(catalogue: Site, path: str) -> None:
    assert catalogue.get(path).status_code == 404


def test_what_is_published_isnt_filtered(catalogue: Site) -> None:
    assert catalogue.get("/Schemas", filter='name eq "User"').status_code == 403


def published(catalogue: Site, path: str) -> dict[str, Any] | None:
    *above, name = steps(path)
    schema = above[0] if above and ":" in above[0] else USER
    attributes = catalogue.get(f"/Schemas/{schema}").json()["attributes"]
    for parent in above:
        if parent != schema:
            attributes = next(a["subAttributes"] for a in attributes if a["name"] == parent)
    found: dict[str, Any] | None = next((a for a in attributes if a["name"] == name), None)
    return found


@pytest.mark.parametrize("attribute", ATTRIBUTES.values(), ids=lambda attribute: attribute.name)
def test_every_attribute_of_the_profile_is_published(catalogue: Site, attribute: Attribute) -> None:
    found = published(catalogue, attribute.scim)

    assert found is not None
    assert found["multiValued"] is (attribute.name == "interests")
    assert found["description"] == str(attribute.label)


@pytest.mark.parametrize(
    "line",
    [
        Attribute("nickname", _("Nickname"), text(20), "nickName"),
        Attribute("middle_name", _("Middle name"), text(20), "name.middleName"),
        Attribute("roast", _("Roast"), text(20), f"{CUSTOMER_EXTENSION}:roast"),
        Attribute("cups", _("Cups"), texts(3, 9), f"{CUSTOMER_EXTENSION}:cups", many=True),
    ],
    ids=lambda attribute: attribute.name,
)
def test_one_line_in_the_profile_is_all_that_a_new_attribute_costs(
    monkeypatch: pytest.MonkeyPatch, line: Attribute
) -> None:
    monkeypatch.setitem(ATTRIBUTES, line.name, line)
    *above, name = steps(line.scim)
    schema = schemas.customer_schema() if CUSTOMER_EXTENSION in above else schemas.user_schema()

    attributes = schema.attributes or []
    parent = next((step for step in above if step != CUSTOMER_EXTENSION), None)
    if parent:
        attributes = next(a.sub_attributes or [] for a in attributes if a.name == parent)
    found = next(a for a in attributes if a.name == name)
    assert found.description == str(line.label)
    assert found.multi_valued is (line.name == "cups")


def test_names_are_found_whatever_their_case(catalogue: Site) -> None:
    response = catalogue.post({"USERNAME": "ada@example.com", "Name": {"GIVENNAME": "Ada"}})

    assert response.json()["name"] == {"givenName": "Ada"}
