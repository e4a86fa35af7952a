"""GET /Users: the lens of a website, its attributes and versions."""

import pytest
from django.utils import timezone

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.events import Actor
from accounts.models import Account, Brand, Membership, ProfileValue, Source
from consent.ledger import Given, Shown, write
from consent.models import Decision, Method
from tests import people
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import Site, extension, proven, site, told, user


def members(brand: Brand, number: int) -> None:
    for index in range(number):
        people.customer(f"person{index}@example.com", brand=brand, password=None)


def test_each_brand_sees_its_own_lens_of_one_person(catalogue: Site, tea: Site) -> None:
    coffee = catalogue.post(user(interests=["espresso"], country="DE")).json()
    leaves = tea.post(user(interests=["oolong"])).json()

    assert Account.objects.count() == 1
    assert coffee["id"] != leaves["id"]
    assert extension(catalogue.get(f"/Users/{coffee['id']}").json())["interests"] == ["espresso"]
    seen = extension(tea.get(f"/Users/{leaves['id']}").json())
    assert seen == {"interests": ["oolong"]}


def test_another_website_of_the_brand_finds_the_person_but_not_what_was_said_elsewhere(
    shop: Kaffeehaus, catalogue: Site
) -> None:
    member = catalogue.post(user(interests=["espresso"]) | {"externalId": "7"}).json()["id"]
    blog = site(shop.brand, "blog")

    body = blog.get(f"/Users/{member}").json()

    assert body["userName"] == "ada@example.com"
    assert extension(body) == {}
    assert "externalId" not in body


def test_what_the_customer_said_to_us_isnt_the_websites_to_see(shop: Kaffeehaus, catalogue: Site) -> None:
    ada = people.customer("ada@example.com", brand=shop.brand)
    ProfileValue.objects.create(
        account=ada, attribute="country", value="DE", source=Source.CUSTOMER, said_at=timezone.now()
    )

    (found,) = catalogue.find('userName eq "ada@example.com"')

    assert extension(found) == {}
    assert told(catalogue, found["id"]) == {"kind": "full"}


def test_full_is_told_only_by_the_brand_where_somebody_registered(
    teahouse: Kaffeehaus, tea: Site, catalogue: Site
) -> None:
    people.customer("ada@example.com", brand=teahouse.brand)

    here = catalogue.post(user("ada@example.com")).json()

    assert told(catalogue, here["id"])["kind"] == "lite"
    assert told(tea, tea.get("/Users").json()["Resources"][0]["id"])["kind"] == "full"


def test_the_website_learns_that_its_customer_withdrew(shop: Kaffeehaus, catalogue: Site) -> None:
    first = catalogue.post(user(consents=[proven(shop.newsletter)])).json()
    account = Membership.objects.get().account_id
    now = timezone.now()
    click = Given(
        account,
        Shown(shop.newsletter, "", "en", "/account/"),
        Decision.WITHDRAWN,
        Method.CLICK,
        Actor("customer", str(account)),
        now,
    )
    write([click], now)

    body = catalogue.get(f"/Users/{first['id']}").json()

    answers = told(catalogue, first["id"])["answers"]
    assert [(c["purpose"], c["decision"]) for c in answers] == [("newsletter", "withdrawn")]
    assert body["meta"]["version"] != first["meta"]["version"]
    assert body["meta"]["lastModified"] > first["meta"]["lastModified"]


def test_the_answer_has_the_attributes_that_were_asked_for(catalogue: Site) -> None:
    member = catalogue.post(user(interests=["espresso"], country="DE")).json()["id"]

    some = catalogue.get(f"/Users/{member}", attributes=f"userName,{CUSTOMER_EXTENSION}:interests").json()
    fewer = catalogue.get(excludedAttributes="emails,meta,bogus").json()["Resources"][0]

    assert set(some) == {"schemas", "id", "userName", CUSTOMER_EXTENSION}
    assert extension(some) == {"interests": ["espresso"]}
    assert not {"emails", "meta"} & set(fewer)
    assert fewer["id"] == member
    assert "password" not in catalogue.get(attributes="password").json()["Resources"][0]


@pytest.mark.parametrize("asked", ["emails[type eq 1]", "a b c", "\0", "("])
def test_attributes_that_cant_be_names_are_an_error(catalogue: Site, asked: str) -> None:
    assert catalogue.get(attributes=asked).status_code == 400
    assert catalogue.get(excludedAttributes=asked).status_code == 400


def test_a_version_that_the_website_has_isnt_sent_again(catalogue: Site) -> None:
    body = catalogue.post(user()).json()
    version = body["meta"]["version"]

    again = catalogue.get(f"/Users/{body['id']}", {"If_None_Match": version})
    other = catalogue.get(f"/Users/{body['id']}", {"If_None_Match": 'W/"another"'})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", version)
    assert (other.status_code, other["ETag"], other.json()) == (200, version, body)


def test_head_answers_as_get_does_without_a_body(catalogue: Site) -> None:
    member = catalogue.post(user()).json()["id"]

    response = catalogue.call("HEAD", f"/Users/{member}")

    assert response.status_code == 200
    assert response.content == b""


@pytest.mark.parametrize("key", ["7", "%00", "11111111-1111-4111-8111-111111111111", "..%2f..", "é"])
def test_an_id_of_nobody_is_not_found(catalogue: Site, key: str) -> None:
    response = catalogue.get(f"/Users/{key}")

    assert response.status_code == 404
    assert response.json()["status"] == "404"
