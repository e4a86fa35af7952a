"""POST /Users, as the catalogue form of a website does it."""

import pytest
from django.utils import timezone

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.events import EventType
from accounts.identifiers import account_with_email
from accounts.models import Account, Event, Identifier, Kind, Membership, ProfileValue, Realm, Source
from consent.models import ConsentRecord, Decision, Purpose
from tests import people
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import BASE, Site, extension, proven, site, told, user


def nothing_is_there() -> bool:
    rows = (Account, Identifier, Membership, ProfileValue, ConsentRecord)
    told = Event.objects.exclude(type=EventType.WEBSITE_OVERREACHED)
    return not told.exists() and not any(model.objects.exists() for model in rows)


def test_a_catalogue_form_makes_a_lite_customer_with_all_its_parts(shop: Kaffeehaus, catalogue: Site) -> None:
    Purpose.objects.filter(pk=shop.newsletter.purpose_id).update(allows_tracking=True)
    sent = user(
        "ada@example.com",
        interests=["espresso", "filter"],
        visitorId="v-1",
        source="catalogue",
        country="de",
        consents=[proven(shop.newsletter)],
    )
    sent |= {"name": {"givenName": "Ada", "familyName": "Lovelace"}, "locale": "en", "externalId": "crm-7"}

    response = catalogue.post(sent)

    assert response.status_code == 201, response.content
    assert response["Content-Type"] == "application/scim+json"
    body = response.json()
    membership = Membership.objects.select_related("account").get(pk=body["id"])
    assert (
        response["Location"] == body["meta"]["location"] == f"http://localhost:8000{BASE}/Users/{body['id']}"
    )
    assert response["ETag"] == body["meta"]["version"]
    assert body["meta"]["resourceType"] == "User"
    assert body["userName"] == "ada@example.com"
    assert body["emails"] == [{"value": "ada@example.com", "primary": True}]
    assert body["name"] == {"givenName": "Ada", "familyName": "Lovelace"}
    assert body["externalId"] == "crm-7"
    assert body["active"] is True
    assert told(catalogue, body["id"])["kind"] == "lite"
    assert extension(body)["country"] == "DE"
    assert extension(body)["interests"] == ["espresso", "filter"]

    account = membership.account
    assert (account.kind, account.realm, membership.brand, membership.how) == (
        Kind.LITE,
        Realm.CUSTOMER,
        shop.brand,
        "scim",
    )
    assert account.identifiers.get(kind="email", scope="").verified_at is None
    said = ProfileValue.objects.filter(account=account)
    assert {row.attribute for row in said} == {
        "given_name",
        "family_name",
        "locale",
        "country",
        "interests",
        "visitor_id",
        "source",
    }
    assert {(row.source, row.said_by) for row in said} == {(Source.WEBSITE, str(catalogue.website.pk))}


def test_the_number_of_a_visit_is_not_kept_without_a_consent_to_tracking(
    shop: Kaffeehaus, catalogue: Site
) -> None:
    response = catalogue.post(user(visitorId="v-1", country="DE", consents=[proven(shop.newsletter)]))

    assert response.status_code == 201, response.content
    kept = extension(catalogue.get(f"/Users/{response.json()['id']}").json())
    assert kept["country"] == "DE"
    assert "visitorId" not in kept
    assert not ProfileValue.objects.filter(attribute="visitor_id").exists()


def test_an_answer_with_its_proof_counts_and_is_told_as_an_event(shop: Kaffeehaus, catalogue: Site) -> None:
    response = catalogue.post(user(consents=[proven(shop.newsletter)]))

    record = ConsentRecord.objects.get()
    assert record.decision == Decision.GIVEN
    assert record.surface == "https://shop.example/catalogue"
    assert (record.actor_kind, record.actor_id) == ("website", str(catalogue.website.pk))
    (shown,) = extension(response.json())["consents"]
    assert shown["purpose"] == "newsletter"
    assert shown["decision"] == "given"
    assert shown["version"] == 1
    events = Event.objects.filter(account_id=record.account_id)
    assert set(events.values_list("type", flat=True)) == {
        "account.created",
        "membership.began",
        "consent.changed",
    }
    assert {(event.actor_kind, event.actor_id, event.brand_id) for event in events} == {
        ("website", str(catalogue.website.pk), shop.brand.pk)
    }


@pytest.mark.parametrize(
    "missing",
    [
        {"textHash": ""},
        {"textHash": "0" * 64},
        {"version": None},
        {"version": 2},
        {"version": 2_147_483_647},
        {"at": None},
        {"surface": ""},
        {"at": "2001-01-01T00:00:00Z"},
    ],
)
def test_an_answer_without_its_whole_proof_is_kept_as_unproven(
    shop: Kaffeehaus, catalogue: Site, missing: dict[str, object]
) -> None:
    response = catalogue.post(user(consents=[proven(shop.newsletter, **missing)]))

    assert response.status_code == 201, response.content
    assert ConsentRecord.objects.get().decision == Decision.UNPROVEN
    assert extension(response.json())["consents"][0]["decision"] == "given", "its own words"
    assert told(catalogue, response.json()["id"])["answers"][0]["decision"] == "unproven"


def test_the_answer_to_a_double_opt_in_purpose_waits_for_the_person(
    shop: Kaffeehaus, catalogue: Site
) -> None:
    shop.newsletter.purpose.double_opt_in = True
    shop.newsletter.purpose.save()

    catalogue.post(user(consents=[proven(shop.newsletter)]))

    assert ConsentRecord.objects.get().decision == Decision.PENDING


def test_the_same_post_twice_is_refused_and_makes_one_account(catalogue: Site) -> None:
    catalogue.post(user())

    again = catalogue.post(user("ADA@example.com"))

    assert again.status_code == 409
    assert again.json()["scimType"] == "uniqueness"
    assert again.json()["status"] == "409"
    assert "example.com" not in again.json()["detail"]
    assert Account.objects.count() == 1


def test_somebody_with_a_full_account_elsewhere_looks_like_anybody_new(
    teahouse: Kaffeehaus, tea: Site, catalogue: Site
) -> None:
    ada = people.customer("Ada@example.com", brand=teahouse.brand)
    ProfileValue.objects.create(
        account=ada,
        attribute="given_name",
        value="Augusta",
        source=Source.CUSTOMER,
        said_at=timezone.now(),
    )

    known = catalogue.post(user("ada@EXAMPLE.com", interests=["espresso"]))
    new = catalogue.post(user("bob@EXAMPLE.com", interests=["espresso"]))

    assert known.status_code == new.status_code == 201
    assert Membership.objects.get(pk=known.json()["id"]).account == ada

    def shape(body: dict[str, object]) -> str:
        text = str(body).replace("bob@", "ada@").replace(str(body["id"]), "id")
        meta = body["meta"]
        assert isinstance(meta, dict)
        for value in (meta["created"], meta["lastModified"], meta["version"]):
            text = text.replace(str(value), "…")
        return text

    assert shape(known.json()) == shape(new.json())
    assert known.headers.keys() == new.headers.keys()


def test_nobody_learns_of_an_operator(catalogue: Site) -> None:
    olga = people.operator("olga@example.com")

    response = catalogue.post(user("olga@example.com"))

    assert response.status_code == 201
    member = Membership.objects.select_related("account").get(pk=response.json()["id"])
    assert member.account != olga
    assert member.account.realm == Realm.CUSTOMER
    assert account_with_email("olga@example.com", Realm.OPERATOR) == olga


def test_what_isnt_to_be_written_is_never_applied(catalogue: Site) -> None:
    sent = user(kind="full") | {
        "id": "11111111-1111-4111-8111-111111111111",
        "meta": {"version": "mine", "created": "2001-01-01T00:00:00Z"},
        "groups": [{"value": "admins"}],
        "roles": [{"value": "admin"}],
        "password": "correct horse battery",
        "title": "Countess",
    }

    response = catalogue.post(sent)

    assert response.status_code == 201, response.content
    body = response.json()
    assert body["id"] != sent["id"]
    assert body["meta"]["version"] != "mine"
    assert not {"groups", "roles", "password", "title"} & set(body)
    account = Account.objects.get()
    assert (account.kind, account.is_staff, account.is_superuser) == (Kind.LITE, False, False)
    assert not account.groups.exists()


@pytest.mark.parametrize("name", ["is_staff", "isStaff", "is_superuser", "tenant", "brand", "user_name2"])
def test_a_name_that_no_standard_has_is_refused(catalogue: Site, name: str) -> None:
    response = catalogue.post(user() | {name: True})

    assert response.status_code == 400
    assert response.json()["scimType"] == "invalidSyntax"
    assert name in response.json()["detail"]
    assert nothing_is_there()


def test_a_typo_in_the_extension_is_refused_rather_than_lost(catalogue: Site) -> None:
    response = catalogue.post(user(intrests=["espresso"]))

    assert response.status_code == 400
    assert f"{CUSTOMER_EXTENSION}:intrests" in response.json()["detail"]
    assert nothing_is_there()


def test_a_website_may_write_only_what_it_was_allowed(shop: Kaffeehaus) -> None:
    modest = site(shop.brand, attributes=["interests"])

    refused = modest.post(user(interests=["espresso"], country="DE"))
    accepted = modest.post(user(interests=["espresso"]))

    assert refused.status_code == 403
    assert "country" in refused.json()["detail"]
    assert accepted.status_code == 201
    assert Account.objects.count() == 1


def test_an_unknown_purpose_writes_nothing_at_all(shop: Kaffeehaus, catalogue: Site) -> None:
    entry = proven(shop.newsletter, purpose="spam")
    response = catalogue.post(user(interests=["espresso"], consents=[entry]))

    assert response.status_code == 400
    assert response.json()["scimType"] == "invalidValue"
    assert nothing_is_there()


def test_a_purpose_of_another_brand_is_unknown(teahouse: Kaffeehaus, catalogue: Site) -> None:
    people.purpose(teahouse.brand, "tea-letter", "Tea")

    response = catalogue.post(user(consents=[{"purpose": "tea-letter", "decision": "given"}]))

    assert response.status_code == 400
    assert nothing_is_there()
