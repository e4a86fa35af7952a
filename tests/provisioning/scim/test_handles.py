"""How a brand calls a person and reaches them: names, addresses, numbers. They open no door."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.events import Actor
from accounts.identifiers import account_with_email
from accounts.memberships import set_status
from accounts.models import Account, Identifier, Membership, MembershipStatus
from accounts.registration import Registration, register
from ciam.lib.models import Mail
from tests.people import Kaffeehaus, customer
from tests.provisioning.scim.door import Site, user

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def own(account: Account) -> list[tuple[str, str]]:
    rows = account.identifiers.filter(scope="", retired_at=None).order_by("kind")
    return list(rows.values_list("kind", "normal"))


def account_of(body: dict[str, Any]) -> Account:
    return Membership.objects.select_related("account").get(pk=body["id"]).account


def replace(path: str, value: object) -> dict[str, object]:
    return {"op": "replace", "path": path, "value": value}


def test_a_name_neednt_be_an_address(catalogue: Site) -> None:
    body = catalogue.post(
        user("ada.lovelace") | {"emails": [{"value": "Ada@Example.COM", "type": "work"}]}
    ).json()

    assert body["userName"] == "ada.lovelace"
    assert body["emails"] == [{"value": "Ada@example.com", "type": "work", "primary": False}]
    assert own(account_of(body)) == [("email", "ada@example.com")]
    assert catalogue.find('userName eq "ADA.Lovelace"')[0]["id"] == body["id"]


def test_a_name_alone_is_enough_and_a_phone_will_do(shop: Kaffeehaus, catalogue: Site) -> None:
    shop.brand.country = "DE"
    shop.brand.save()

    named = catalogue.post({"schemas": user()["schemas"], "userName": "visitor 7"}).json()
    called = catalogue.post(
        {"schemas": user()["schemas"], "userName": "caller", "phoneNumbers": [{"value": "030 123456"}]}
    ).json()

    assert own(account_of(named)) == []
    assert own(account_of(called)) == [("phone", "+4930123456")]
    assert called["phoneNumbers"] == [{"value": "030 123456", "primary": False}]


def test_a_phone_may_be_shared_and_never_makes_two_people_one(catalogue: Site) -> None:
    number = {"phoneNumbers": [{"value": "+49 30 123456"}]}

    ada = catalogue.post(user("ada@example.com") | number)
    bob = catalogue.post(user("bob@example.com") | number)

    assert (ada.status_code, bob.status_code) == (201, 201)
    assert account_of(ada.json()) != account_of(bob.json())


@pytest.mark.parametrize(
    "again",
    [
        {"userName": "ADA@example.com"},
        {"userName": "other", "emails": [{"value": "ada@EXAMPLE.com"}]},
        {"userName": "other", "externalId": "7"},
    ],
)
def test_the_same_person_again_is_a_conflict_however_spelled(catalogue: Site, again: dict[str, Any]) -> None:
    catalogue.post(user("ada@example.com") | {"externalId": "7"})

    response = catalogue.post({"schemas": user()["schemas"]} | again)

    assert (response.status_code, response.json()["scimType"]) == (409, "uniqueness")
    assert Account.objects.count() == 1


def test_several_addresses_are_kept_and_one_is_the_main_one(catalogue: Site) -> None:
    mails = [{"value": "ada@work.example", "type": "work"}, {"value": "ada@home.example", "primary": True}]
    body = catalogue.post(user("ada") | {"emails": mails}).json()

    added = catalogue.patch(
        body["id"], {"op": "add", "path": "emails", "value": [{"value": "new@home.example", "primary": True}]}
    ).json()

    assert [mail["primary"] for mail in body["emails"]] == [False, True]
    assert own(account_of(body)) == [("email", "new@home.example")], "nobody has proven any: it follows"
    assert {mail["value"]: mail["primary"] for mail in added["emails"]} == {
        "ada@work.example": False,
        "ada@home.example": False,
        "new@home.example": True,
    }


def test_a_name_is_changed_unless_somebody_has_it(catalogue: Site) -> None:
    ada = catalogue.post(user("ada@example.com")).json()
    catalogue.post(user("bob@example.com"))

    renamed = catalogue.patch(ada["id"], replace("userName", "ada"))
    refused = catalogue.patch(ada["id"], replace("userName", "BOB@example.com"))

    assert renamed.json()["userName"] == "ada"
    assert (refused.status_code, refused.json()["scimType"]) == (409, "uniqueness")
    assert catalogue.get(f"/Users/{ada['id']}").json() == renamed.json()


def test_a_correction_moves_an_address_that_nobody_has_proven_and_its_reader_is_told(catalogue: Site) -> None:
    ada = catalogue.post(user("ada@exmaple.com")).json()

    catalogue.call("PUT", f"/Users/{ada['id']}", user("ada@example.com"))

    assert own(account_of(ada)) == [("email", "ada@example.com")]
    assert Mail.objects.get().recipient == "ada@exmaple.com"


def test_what_a_website_says_never_moves_a_proven_address(catalogue: Site, shop: Kaffeehaus) -> None:
    now = timezone.now()
    ada = catalogue.post(user("ada@example.com")).json()
    register(shop.brand, Registration("ada@example.com", now, {}, frozenset()), now)

    answer = catalogue.patch(ada["id"], replace("emails", [{"value": "mallory@example.com"}])).json()

    assert answer["emails"][0]["value"] == "mallory@example.com", "the website reads what it wrote"
    assert own(account_of(ada)) == [("email", "ada@example.com")]
    assert account_with_email("mallory@example.com") is None


def test_a_website_cant_take_somebody_elses_address_nor_tell_that_it_is_taken(
    catalogue: Site, tea: Site
) -> None:
    owner = customer("ada@example.com")
    bob = catalogue.post(user("bob@example.com")).json()

    answer = catalogue.patch(bob["id"], replace("emails", [{"value": "ada@example.com"}]))

    assert answer.status_code == 200
    assert account_with_email("ada@example.com") == owner
    assert own(account_of(bob)) == [("email", "bob@example.com")]


def test_two_brands_correct_the_address_of_one_person_each_for_itself(catalogue: Site, tea: Site) -> None:
    here = catalogue.post(user("ada@example.com")).json()
    there = tea.post(user("ada@example.com")).json()

    catalogue.patch(here["id"], replace("emails", [{"value": "ada@new.example"}]))

    assert account_of(here) == account_of(there)
    assert own(account_of(here)) == [("email", "ada@example.com")]
    assert tea.get(f"/Users/{there['id']}").json() == there


def test_whoever_proves_an_address_is_called_so_and_nobody_else(catalogue: Site, shop: Kaffeehaus) -> None:
    now = timezone.now()
    bob = catalogue.post(user("bob") | {"emails": [{"value": "bob@example.com"}]}).json()
    customer("ada@example.com")
    catalogue.patch(bob["id"], replace("emails", [{"value": "ada@example.com"}]))

    register(shop.brand, Registration("ada@example.com", now, {}, frozenset()), now)

    (ada,) = catalogue.find('emails.value eq "ada@example.com"')
    assert ada["id"] != bob["id"]
    assert "emails" not in catalogue.get(f"/Users/{bob['id']}").json()


def test_an_address_of_an_unknown_kind_of_number_is_refused(catalogue: Site) -> None:
    response = catalogue.post(user() | {"phoneNumbers": [{"value": "030 123456"}]})

    assert (response.status_code, response.json()["scimType"]) == (400, "invalidValue")
    assert not Identifier.objects.exists()


def test_a_website_doesnt_resume_whom_an_operator_suspended(catalogue: Site) -> None:
    ada = catalogue.post(user()).json()
    member = Membership.objects.get(pk=ada["id"])
    set_status(member, MembershipStatus.SUSPENDED, Actor("operator", "olga"))

    response = catalogue.patch(ada["id"], replace("active", True))

    assert response.status_code == 403
    member.refresh_from_db()
    assert member.status == MembershipStatus.SUSPENDED


def test_a_trusted_website_brings_proven_addresses(catalogue: Site) -> None:
    catalogue.website.is_trusted = True
    catalogue.website.save()

    ada = catalogue.post(user()).json()
    before = customer("bob@example.com")
    before.identifiers.update(verified_at=None)
    catalogue.post(user("bob@example.com"))

    assert account_of(ada).identifiers.get(scope="").verified_at is not None
    assert before.identifiers.get(scope="").verified_at is None, "who was known before proves it themselves"


def test_what_a_website_said_ends_with_the_membership(catalogue: Site) -> None:
    ada = catalogue.post(user(interests=["tea"]) | {"externalId": "7"}).json()

    catalogue.delete(ada["id"])
    again = catalogue.post(user()).json()

    assert "externalId" not in again
    assert "urn:ciam:params:scim:schemas:extension:customer:2.0:User" not in again
