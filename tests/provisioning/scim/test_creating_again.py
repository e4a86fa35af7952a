"""Ids, coming back, and what fails halfway."""

import pytest

from accounts.models import Account, Event, Identifier, Membership, ProfileValue
from consent.models import ConsentRecord
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import Site, proven, user


def nothing_is_there() -> bool:
    return not any(
        model.objects.exists()
        for model in (Account, Identifier, Membership, ProfileValue, ConsentRecord, Event)
    )


def test_an_external_id_is_the_websites_own_and_names_one_person(catalogue: Site, tea: Site) -> None:
    catalogue.post(user("ada@example.com") | {"externalId": "7"})

    taken = catalogue.post(user("bob@example.com") | {"externalId": "7"})
    elsewhere = tea.post(user("bob@example.com") | {"externalId": "7"})

    assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
    assert elsewhere.status_code == 201
    assert not Membership.objects.filter(
        brand=catalogue.brand, account__identifiers__normal="bob@example.com"
    )


def test_somebody_can_be_created_as_suspended(catalogue: Site) -> None:
    response = catalogue.post(user() | {"active": False})

    assert response.json()["active"] is False
    assert Membership.objects.get().status == "suspended"


def test_whoever_left_and_comes_back_keeps_their_id(catalogue: Site) -> None:
    first = catalogue.post(user() | {"externalId": "7"}).json()
    catalogue.delete(first["id"])

    again = catalogue.post(user() | {"externalId": "7"})

    assert again.status_code == 201
    assert again.json()["id"] == first["id"]
    assert again.json()["active"] is True


def test_failing_halfway_leaves_nothing(
    shop: Kaffeehaus, catalogue: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    private = "ada@example.com"

    def fail(*_: object) -> None:
        raise RuntimeError(f"{private} can't be kept")

    monkeypatch.setattr("provisioning.scim.joining.tree_of", fail)

    response = catalogue.post(user(consents=[proven(shop.newsletter)]))

    assert response.status_code == 500
    assert response.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert nothing_is_there()
    assert "RuntimeError" in caplog.text
    assert private not in caplog.text + response.content.decode()
