"""/Me: a person at the SCIM door, by their own token (RFC 7644, section 3.11)."""

from typing import Any

import pytest

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.models import ProfileValue, Source
from tests.provisioning.scim.apps import Scene
from tests.provisioning.scim.door import PATCH, Site, extension, user


@pytest.fixture
def me(scene: Scene) -> Site:
    scene.club.token = scene.adas(scope="openid scim:me")
    return scene.club


def patch(me: Site, *operations: dict[str, Any]) -> Any:
    return me.call("PATCH", "/Me", {"schemas": [PATCH], "Operations": list(operations)})


def test_ada_reads_and_changes_what_she_said_herself(scene: Scene, me: Site) -> None:
    changed = patch(me, {"op": "add", "path": f"{CUSTOMER_EXTENSION}:interests", "value": ["tea"]})

    read = me.get("/Me")
    assert changed.status_code == read.status_code == 200, changed.content
    assert read.json() == changed.json()
    assert read["ETag"] == changed["ETag"]
    assert read["Location"].endswith(f"/Users/{read.json()['id']}")
    assert extension(read.json())["interests"] == ["tea"]
    (value,) = ProfileValue.objects.filter(account=scene.ada)
    assert (value.source, value.said_by) == (Source.CUSTOMER, "")


def test_what_a_website_said_of_her_isnt_in_her_own_view(scene: Scene, me: Site) -> None:
    stock = scene.stock
    (ada,) = stock.find('userName eq "ada@example.com"')
    stock.patch(ada["id"], {"op": "add", "path": "locale", "value": "de"})

    assert "locale" not in me.get("/Me").json()


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "userName", "value": "mallory"},
        {"op": "replace", "path": "emails", "value": [{"value": "mallory@example.com"}]},
        {"op": "replace", "path": "active", "value": False},
        {"op": "add", "path": "externalId", "value": "7"},
    ],
)
def test_what_is_the_websites_to_say_she_cant(me: Site, operation: dict[str, Any]) -> None:
    before = me.get("/Me").json()

    assert patch(me, operation).status_code == 403
    assert me.get("/Me").json() == before


def test_she_consents_on_pages_and_leaves_in_her_account(scene: Scene, me: Site) -> None:
    answer = [{"purpose": "newsletter", "decision": "given"}]
    said = patch(me, {"op": "add", "path": f"{CUSTOMER_EXTENSION}:consents", "value": answer})

    assert said.status_code == 403
    assert me.call("DELETE", "/Me").status_code == 403
    assert me.get("/Me").status_code == 200


def test_a_website_is_nobody(catalogue: Site) -> None:
    asked = (
        catalogue.get("/Me"),
        catalogue.call("PUT", "/Me", user()),
        patch(catalogue, {"op": "remove", "path": "locale"}),
    )

    assert {answer.status_code for answer in asked} == {404}
    assert "website" in asked[0].json()["detail"]
