"""PATCH and DELETE /Users."""

from typing import Any

import pytest

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.events import EventType
from accounts.models import Event, Membership, MembershipStatus, ProfileValue, Source
from consent.models import ConsentRecord
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import Site, ago, extension, proven, site, told, user

CONSENTS = f"{CUSTOMER_EXTENSION}:consents"
INTERESTS = f"{CUSTOMER_EXTENSION}:interests"


def replace(path: str, value: object) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


@pytest.fixture
def ada(shop: Kaffeehaus, catalogue: Site) -> dict[str, Any]:
    sent = user(interests=["espresso"], country="DE", consents=[proven(shop.newsletter, at=ago(seconds=0))])
    body: dict[str, Any] = catalogue.post(sent | {"name": {"givenName": "Ada"}, "externalId": "7"}).json()
    return body


def types() -> list[str]:
    """What happened to people; that a website reached too far is told besides."""
    told = Event.objects.exclude(type=EventType.WEBSITE_OVERREACHED)
    return list(told.order_by("id").values_list("type", flat=True))


def test_values_are_added_replaced_and_removed(catalogue: Site, ada: dict[str, Any]) -> None:
    before = types()

    response = catalogue.patch(
        ada["id"],
        {"op": "add", "path": INTERESTS, "value": ["filter"]},
        replace("name.familyName", "Lovelace"),
        {"op": "remove", "path": f"{CUSTOMER_EXTENSION}:country"},
        replace("externalId", "8"),
    )

    assert response.status_code == 200, response.content
    body = response.json()
    assert extension(body)["interests"] == ["espresso", "filter"]
    assert "country" not in extension(body)
    assert body["name"] == {"givenName": "Ada", "familyName": "Lovelace"}
    assert body["externalId"] == "8"
    assert response["ETag"] == body["meta"]["version"] != ada["meta"]["version"]
    assert catalogue.get(f"/Users/{ada['id']}").json() == body
    assert types()[len(before) :] == ["identifier.changed", "profile.changed"]
    changed = Event.objects.filter(type="profile.changed").latest("id")
    assert changed.fields == ["country", "family_name", "interests"]


def test_a_patch_without_a_path_names_its_attributes(catalogue: Site, ada: dict[str, Any]) -> None:
    response = catalogue.patch(
        ada["id"], {"op": "Replace", "value": {"locale": "de", INTERESTS: ["tea"], "name.familyName": "L"}}
    )

    assert response.status_code == 200, response.content
    assert response.json()["locale"] == "de"
    assert response.json()["name"] == {"givenName": "Ada", "familyName": "L"}
    assert extension(response.json())["interests"] == ["tea"]


def test_a_patch_that_changes_nothing_writes_nothing(catalogue: Site, ada: dict[str, Any]) -> None:
    before = types()

    response = catalogue.patch(ada["id"], replace("name.givenName", "Ada"), replace("active", True))

    assert response.json() == ada
    assert types() == before


def test_a_website_takes_back_its_own_word_only(catalogue: Site, ada: dict[str, Any]) -> None:
    member = Membership.objects.get(pk=ada["id"])
    ProfileValue.objects.create(
        account=member.account, attribute="country", value="AT", source=Source.CUSTOMER, said_at=member.since
    )

    catalogue.patch(ada["id"], {"op": "remove", "path": f"{CUSTOMER_EXTENSION}:country"})

    (left,) = ProfileValue.objects.filter(attribute="country")
    assert (left.source, left.value) == (Source.CUSTOMER, "AT")


def test_a_user_is_replaced_as_a_whole_and_answers_stand(catalogue: Site, ada: dict[str, Any]) -> None:
    response = catalogue.call("PUT", f"/Users/{ada['id']}", user(interests=["tea"]) | {"locale": "de"})

    assert response.status_code == 200, response.content
    body = response.json()
    assert extension(body) == {
        "interests": ["tea"],
        "consents": extension(ada)["consents"],
    }
    assert body["locale"] == "de"
    assert not {"name", "externalId"} & set(body)
    assert ConsentRecord.objects.count() == 1


def test_what_was_read_may_be_put_back(catalogue: Site, ada: dict[str, Any]) -> None:
    before = types()

    response = catalogue.call("PUT", f"/Users/{ada['id']}", ada, If_Match=ada["meta"]["version"])

    assert response.json() == ada
    assert types() == before


def test_a_replacement_that_doesnt_speak_of_it_resumes_nobody(catalogue: Site, ada: dict[str, Any]) -> None:
    catalogue.patch(ada["id"], replace("active", False))

    catalogue.call("PUT", f"/Users/{ada['id']}", user())
    catalogue.patch(ada["id"], {"op": "remove", "path": "active"})

    assert Membership.objects.get(pk=ada["id"]).status == MembershipStatus.SUSPENDED


@pytest.mark.parametrize("value", [False, "False"])
def test_active_suspends_and_resumes_the_membership_here_alone(
    catalogue: Site, tea: Site, ada: dict[str, Any], value: object
) -> None:
    elsewhere = tea.post(user("ada@example.com")).json()["id"]

    suspended = catalogue.patch(ada["id"], replace("active", value))

    assert suspended.json()["active"] is False
    assert Membership.objects.get(pk=ada["id"]).status == MembershipStatus.SUSPENDED
    assert types()[-1] == "membership.suspended"
    assert tea.get(f"/Users/{elsewhere}").json()["active"] is True
    assert Membership.objects.get(pk=ada["id"]).account.status == "active"

    resumed = catalogue.patch(ada["id"], replace("active", True))

    assert resumed.json()["active"] is True


def test_a_consent_is_withdrawn_by_saying_so(shop: Kaffeehaus, catalogue: Site, ada: dict[str, Any]) -> None:
    response = catalogue.patch(
        ada["id"], {"op": "add", "path": CONSENTS, "value": [proven(shop.newsletter, "withdrawn")]}
    )

    assert response.status_code == 200, response.content
    assert [entry["decision"] for entry in extension(response.json())["consents"]] == ["withdrawn"]
    assert list(ConsentRecord.objects.order_by("id").values_list("decision", flat=True)) == [
        "given",
        "withdrawn",
    ]


def test_a_consent_that_is_removed_is_withdrawn(catalogue: Site, ada: dict[str, Any]) -> None:
    response = catalogue.patch(ada["id"], {"op": "remove", "path": CONSENTS})

    assert "consents" not in extension(response.json())
    assert [answer["decision"] for answer in told(catalogue, ada["id"])["answers"]] == ["withdrawn"]
    assert ConsentRecord.objects.count() == 2


def test_a_late_report_doesnt_undo_a_newer_answer(
    shop: Kaffeehaus, catalogue: Site, ada: dict[str, Any]
) -> None:
    late = proven(shop.newsletter, "withdrawn", at=ago(days=2))

    response = catalogue.patch(ada["id"], {"op": "add", "path": CONSENTS, "value": [late]})

    assert response.status_code == 200
    assert extension(response.json())["consents"][0]["decision"] == "withdrawn", "its own words"
    assert told(catalogue, ada["id"])["answers"][0]["decision"] == "given"


@pytest.mark.parametrize(
    ("operation", "problem"),
    [
        (replace("id", "x"), "mutability"),
        (replace("meta.version", "x"), "mutability"),
        (replace(f"{CUSTOMER_EXTENSION}:kind", "full"), "mutability"),
        (replace("emails", [{"value": "no address"}]), "invalidValue"),
        (replace("phoneNumbers", [{"value": "12"}]), "invalidValue"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        (replace("password", "x"), "invalidPath"),
        (replace("is_staff", True), "invalidPath"),
        (replace("groups", [{"value": "admins"}]), "mutability"),
        (replace("active", "perhaps"), "invalidValue"),
        (replace("active", 10**400), "invalidValue"),
        (replace(INTERESTS, 5), "invalidValue"),
        (replace(INTERESTS, ["x" * 61]), "invalidValue"),
        (replace(INTERESTS, [str(n) for n in range(21)]), "invalidValue"),
        (replace("locale", "no language at all"), "invalidValue"),
        (replace("name", "Ada"), "invalidValue"),
        (replace("externalId", "x" * 321), "invalidValue"),
        (replace("name.givenName", "\x07"), "invalidValue"),
        (
            {"op": "add", "path": CONSENTS, "value": [{"purpose": "spam", "decision": "given"}]},
            "invalidValue",
        ),
        ({"op": "add", "path": CONSENTS, "value": [{"purpose": "newsletter"}]}, "invalidValue"),
        ({"op": "copy", "path": "locale"}, "invalidValue"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "((", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "x" * 3_000, "value": 1}, "invalidPath"),
        ({"path": "locale", "value": "en"}, "invalidValue"),
    ],
)
def test_a_patch_that_cant_be_done_is_refused_as_a_whole(
    catalogue: Site, ada: dict[str, Any], operation: dict[str, Any], problem: str
) -> None:
    before = types()

    response = catalogue.patch(ada["id"], replace("locale", "de"), operation)

    assert response.status_code == 400, response.content
    assert response.json()["scimType"] == problem, response.content
    assert catalogue.get(f"/Users/{ada['id']}").json() == ada
    assert types() == before


def test_a_website_may_change_only_what_it_was_allowed(shop: Kaffeehaus, ada: dict[str, Any]) -> None:
    modest = site(shop.brand, "modest", attributes=["interests"])

    assert modest.patch(ada["id"], replace("locale", "de")).status_code == 403
    assert modest.patch(ada["id"], replace(INTERESTS, ["tea"])).status_code == 200


def test_an_external_id_of_somebody_else_is_refused(catalogue: Site, ada: dict[str, Any]) -> None:
    bob = catalogue.post(user("bob@example.com")).json()["id"]

    response = catalogue.patch(bob, replace("externalId", "7"))

    assert (response.status_code, response.json()["scimType"]) == (409, "uniqueness")
    assert "externalId" not in catalogue.get(f"/Users/{bob}").json()


def test_a_change_meant_for_another_version_isnt_made(catalogue: Site, ada: dict[str, Any]) -> None:
    stale = catalogue.patch(ada["id"], replace("locale", "de"), If_Match='W/"old"')
    right = catalogue.patch(ada["id"], replace("locale", "de"), If_Match=ada["meta"]["version"])
    late = catalogue.delete(ada["id"], If_Match=ada["meta"]["version"])
    any_version = catalogue.delete(ada["id"], If_Match="*")

    assert [r.status_code for r in (stale, right, late, any_version)] == [412, 200, 412, 204]
    assert stale.json()["status"] == "412"


def test_delete_ends_what_the_person_has_with_this_brand_alone(
    catalogue: Site, tea: Site, ada: dict[str, Any]
) -> None:
    elsewhere = tea.post(user("ada@example.com")).json()["id"]

    response = catalogue.delete(ada["id"])

    assert (response.status_code, response.content) == (204, b"")
    member = Membership.objects.get(pk=ada["id"])
    assert (member.status, member.account.status) == (MembershipStatus.ENDED, "active")
    assert types()[-1] == "membership.ended"
    for again in (catalogue.get(f"/Users/{ada['id']}"), catalogue.delete(ada["id"])):
        assert again.status_code == 404
    assert catalogue.get().json()["totalResults"] == 0
    assert tea.get(f"/Users/{elsewhere}").status_code == 200
