"""Groups at the SCIM door: segments of a brand (RFC 7643, section 4.2)."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.events import SYSTEM, EventType
from accounts.memberships import set_status
from accounts.models import Event, Membership, MembershipStatus, Segment, SegmentMember
from accounts.segments import leave_all
from provisioning.models import Scope
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import BASE, Site, site
from tests.provisioning.scim.group_door import (
    GROUP,
    STRANGER,
    group,
    made,
    members,
    patch,
    people,
    person,
    shown,
    shown_members,
    version,
)

ENTRA_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def test_a_new_group_comes_back_as_it_is_kept(catalogue: Site) -> None:
    ada = person(catalogue, "ada")

    answer = catalogue.call("POST", "/Groups", group("Regulars", [ada], externalId="seg-1"))

    body = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == body["meta"]["location"]
    assert body["meta"]["location"].endswith(f"{BASE}/Groups/{body['id']}")
    assert answer["ETag"] == body["meta"]["version"]
    assert body["meta"]["resourceType"] == "Group"
    assert (body["schemas"], body["displayName"], body["externalId"]) == ([GROUP], "Regulars", "seg-1")
    (member,) = body["members"]
    assert member["$ref"].endswith(f"{BASE}/Users/{ada}")
    assert (member["value"], member["type"]) == (ada, "User")
    (called,) = catalogue.get(f"/Groups/{body['id']}", attributes="members.display").json()["members"]
    assert called["display"] == "ada@example.com"
    assert shown(catalogue, body["id"]) == body


def test_a_user_shows_the_groups_that_they_are_in(catalogue: Site) -> None:
    ada = person(catalogue, "ada")
    key = made(catalogue, "Regulars", [ada])

    (entry,) = catalogue.get(f"/Users/{ada}").json()["groups"]
    found = catalogue.find(f'groups.value eq "{key}"')

    assert (entry["value"], entry["display"]) == (key, "Regulars")
    assert [each["id"] for each in found] == [ada]


@pytest.mark.parametrize(
    "changed",
    [
        {"displayName": None},
        {"displayName": ""},
        {"displayName": "  "},
        {"displayName": "x" * 201},
        {"displayName": "ß" * 101},
        {"displayName": 5},
        {"externalId": "x" * 321},
        {"members": "x"},
        {"members": [5]},
        {"members": [{}]},
        {"members": [{"value": "no id"}]},
        {"members": [{"value": STRANGER}]},
        {"members": [{"value": STRANGER, "type": "Group"}]},
        {"members": [{"value": STRANGER}] * 1_001},
        {"title": "x"},
        {"members": [{"value": STRANGER, "since": 5}]},
        {"schemas": [ENTRA_GROUP]},
    ],
    ids=lambda value: repr(value)[:50],
)
def test_what_is_no_group_is_refused_and_nothing_is_kept(catalogue: Site, changed: dict[str, Any]) -> None:
    answer = catalogue.call("POST", "/Groups", group() | changed)

    assert answer.status_code == 400, answer.content
    assert answer.json()["scimType"] in {"invalidValue", "invalidSyntax"}
    assert not Segment.objects.exists()


def test_another_brands_user_is_as_unknown_as_nobody(catalogue: Site, tea: Site) -> None:
    ada, stranger = person(catalogue, "ada"), person(tea, "ada")

    refused = catalogue.call("POST", "/Groups", group("Regulars", [ada, stranger]))
    unknown = catalogue.call("POST", "/Groups", group("Regulars", [ada, STRANGER]))

    assert refused.status_code == 400
    assert refused.json() == unknown.json()
    assert refused.json()["scimType"] == "invalidValue"
    assert not Segment.objects.exists()


def test_another_brands_group_isnt_there(catalogue: Site, tea: Site) -> None:
    key = made(catalogue)
    rename = {"op": "replace", "path": "displayName", "value": "Mine"}

    answers = [
        tea.get(f"/Groups/{key}"),
        tea.call("PUT", f"/Groups/{key}", group("Mine")),
        patch(tea, key, rename),
        tea.call("DELETE", f"/Groups/{key}"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert tea.get("/Groups").json()["totalResults"] == 0
    assert shown(catalogue, key)["displayName"] == "Regulars"


def test_each_website_has_ids_of_its_own_for_the_brands_groups(catalogue: Site, shop: Kaffeehaus) -> None:
    other = site(shop.brand, "club")
    key = made(catalogue, externalId="seg-1")

    assert "externalId" not in shown(other, key)
    assert patch(other, key, {"op": "add", "path": "externalId", "value": "club-9"}).status_code == 200

    assert shown(other, key)["externalId"] == "club-9"
    assert shown(catalogue, key)["externalId"] == "seg-1"


def test_an_external_id_names_one_group_of_a_website(catalogue: Site, shop: Kaffeehaus) -> None:
    made(catalogue, externalId="seg-1")
    second = made(catalogue, externalId="seg-2")

    again = catalogue.call("POST", "/Groups", group(externalId="seg-1"))
    changed = patch(catalogue, second, {"op": "replace", "path": "externalId", "value": "seg-1"})
    elsewhere = site(shop.brand, "club").call("POST", "/Groups", group(externalId="seg-1"))

    for refused in (again, changed):
        assert (refused.status_code, refused.json()["scimType"]) == (409, "uniqueness")
    assert elsewhere.status_code == 201


def test_two_groups_may_have_one_name(catalogue: Site) -> None:
    assert made(catalogue, "Regulars") != made(catalogue, "Regulars")


def test_a_replacement_takes_the_members_that_it_names_and_drops_the_id_that_it_doesnt(
    catalogue: Site,
) -> None:
    ada, bob, eve = people(catalogue, "ada", "bob", "eve")
    key = made(catalogue, "Regulars", [ada, bob], externalId="seg-1")

    answer = catalogue.call("PUT", f"/Groups/{key}", group("Rare ones", [bob, eve]))

    assert answer.status_code == 200
    assert answer.json()["displayName"] == "Rare ones"
    assert "externalId" not in answer.json()
    assert shown_members(answer.json()) == members(key) == {bob, eve}


def test_a_replacement_without_members_keeps_them_and_with_none_drops_them(catalogue: Site) -> None:
    ada = person(catalogue, "ada")
    key = made(catalogue, "Regulars", [ada])

    catalogue.call("PUT", f"/Groups/{key}", group("Rare ones"))
    kept = members(key)
    catalogue.call("PUT", f"/Groups/{key}", group("Rare ones", []))

    assert kept == {ada}
    assert members(key) == set()


def test_a_group_ends_and_its_members_stay(catalogue: Site) -> None:
    ada = person(catalogue, "ada")
    key = made(catalogue, "Regulars", [ada])

    assert catalogue.call("DELETE", f"/Groups/{key}").status_code == 204

    assert catalogue.get(f"/Groups/{key}").status_code == 404
    assert catalogue.get(f"/Users/{ada}").status_code == 200
    assert not SegmentMember.objects.exists()


def test_every_change_is_an_event_and_nothing_changed_is_none(catalogue: Site) -> None:
    ada = person(catalogue, "ada")
    key = made(catalogue)
    again = {"op": "add", "path": "members", "value": [{"value": ada}]}
    for step in (again, again, {"op": "replace", "path": "displayName", "value": "Regulars"}):
        assert patch(catalogue, key, step).status_code == 200
    catalogue.call("DELETE", f"/Groups/{key}")

    told = Event.objects.filter(type=EventType.SEGMENT_CHANGED).order_by("id")

    assert [row.fields for row in told] == [
        ["external_id", "members", "name"],
        ["members"],
        ["members", "name"],
    ]
    assert {(row.account_id, row.brand_id) for row in told} == {(None, catalogue.brand.pk)}
    assert {row.actor_id for row in told} == {str(catalogue.website.pk)}


def test_a_version_rises_with_each_change_and_guards_the_next(catalogue: Site) -> None:
    ada = person(catalogue, "ada")
    body = catalogue.call("POST", "/Groups", group()).json()
    key, first = body["id"], body["meta"]["version"]
    admit = {"op": "add", "path": "members", "value": [{"value": ada}]}

    second = patch(catalogue, key, admit, If_Match=first)
    late = patch(catalogue, key, admit, If_Match=first)
    replaced = catalogue.call("PUT", f"/Groups/{key}", group("Rare ones"), If_Match=first)
    ended = catalogue.call("DELETE", f"/Groups/{key}", If_Match=first)

    assert second.status_code == 200
    assert second["ETag"] != first
    assert [late.status_code, replaced.status_code, ended.status_code] == [412] * 3
    assert version(key) == 2
    assert catalogue.call("DELETE", f"/Groups/{key}", If_Match=second["ETag"]).status_code == 204


def test_a_version_that_the_website_has_isnt_sent_again(catalogue: Site) -> None:
    body = catalogue.call("POST", "/Groups", group()).json()

    again = catalogue.get(f"/Groups/{body['id']}", {"If_None_Match": body["meta"]["version"]})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("scope", "method", "allowed"),
    [
        (Scope.READ, "GET", 200),
        (Scope.CREATE, "POST", 201),
        (Scope.UPDATE, "PATCH", 200),
        (Scope.UPDATE, "PUT", 200),
        (Scope.DELETE, "DELETE", 204),
    ],
)
def test_each_method_needs_its_scope(
    catalogue: Site, shop: Kaffeehaus, scope: Scope, method: str, allowed: int
) -> None:
    key = made(catalogue)
    place = "/Groups" if method == "POST" else f"/Groups/{key}"
    rename = {"op": "replace", "path": "displayName", "value": "Rare ones"}
    patched = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [rename]}
    body = {"GET": None, "PATCH": patched}.get(method, group())
    without = site(shop.brand, "without", [each for each in Scope if each != scope])
    only = site(shop.brand, "only", [scope])

    assert without.call(method, place, body).status_code == 403
    assert only.call(method, place, body).status_code == allowed


def test_who_ended_with_the_brand_is_no_member_any_more(catalogue: Site) -> None:
    ada, bob = people(catalogue, "ada", "bob")
    key = made(catalogue, "Regulars", [ada, bob])
    before = version(key)

    membership = Membership.objects.get(pk=ada)
    set_status(membership, MembershipStatus.ENDED, SYSTEM)
    hidden = shown_members(shown(catalogue, key))
    leave_all([membership.pk], timezone.now())

    assert hidden == members(key) == {bob}
    assert version(key) > before
    assert (
        patch(catalogue, key, {"op": "add", "path": "members", "value": [{"value": ada}]}).status_code == 400
    )
