"""GET /Users: the lens of a website, filters, pages and versions."""

import pytest
from django.utils import timezone

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.events import Actor
from accounts.models import Account, Brand, Membership, ProfileValue, Source
from consent.ledger import Given, Shown, write
from consent.models import Decision, Method
from tests import people
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import Site, extension, proven, site, user


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
    assert seen == {"kind": "lite", "interests": ["oolong"]}


def test_another_website_of_the_brand_finds_the_person_but_not_what_was_said_elsewhere(
    shop: Kaffeehaus, catalogue: Site
) -> None:
    member = catalogue.post(user(interests=["espresso"]) | {"externalId": "7"}).json()["id"]
    blog = site(shop.brand, "blog")

    body = blog.get(f"/Users/{member}").json()

    assert body["userName"] == "ada@example.com"
    assert extension(body) == {"kind": "lite"}
    assert "externalId" not in body


def test_what_the_customer_said_to_us_isnt_the_websites_to_see(shop: Kaffeehaus, catalogue: Site) -> None:
    ada = people.customer("ada@example.com", brand=shop.brand)
    ProfileValue.objects.create(
        account=ada, attribute="country", value="DE", source=Source.CUSTOMER, said_at=timezone.now()
    )

    (found,) = catalogue.find('userName eq "ada@example.com"')

    assert extension(found) == {"kind": "full"}


def test_full_is_told_only_by_the_brand_where_somebody_registered(
    teahouse: Kaffeehaus, tea: Site, catalogue: Site
) -> None:
    people.customer("ada@example.com", brand=teahouse.brand)

    here = catalogue.post(user("ada@example.com")).json()

    assert extension(here)["kind"] == "lite"
    assert extension(tea.get("/Users").json()["Resources"][0])["kind"] == "full"


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

    assert [(c["purpose"], c["decision"]) for c in extension(body)["consents"]] == [
        ("newsletter", "withdrawn")
    ]
    assert body["meta"]["version"] != first["meta"]["version"]
    assert body["meta"]["lastModified"] > first["meta"]["lastModified"]


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ada@example.com"',
        'USERNAME EQ "ADA@Example.com"',
        'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@example.com"',
        'emails eq "ada@example.com"',
        'emails.value eq "ada@example.com"',
        'externalId eq "7"',
        'id eq "{id}"',
        '(userName eq "ada@example.com") and externalId eq "7" and id eq "{id}"',
    ],
)
def test_a_filter_finds_exactly_whom_it_names(catalogue: Site, text: str) -> None:
    ada = catalogue.post(user("ada@example.com") | {"externalId": "7"}).json()
    catalogue.post(user("bob@example.com") | {"externalId": "8"})

    response = catalogue.get(filter=text.replace("{id}", ada["id"]))

    assert response.status_code == 200
    body = response.json()
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert (body["totalResults"], body["itemsPerPage"], body["startIndex"]) == (1, 1, 1)
    assert body["Resources"] == [ada]


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "carol@example.com"',
        'userName eq "not an address"',
        'userName eq "ada@example.com" and externalId eq "8"',
        'externalId eq "\\u0000"',
        'externalId eq "%"',
        'id eq "7"',
        'id eq "11111111-1111-4111-8111-111111111111"',
        'userName eq "ada@example.com\' OR 1=1 --"',
        'externalId eq "\\ud800"',
        'userName eq "\\ud800@example.com"',
    ],
)
def test_a_filter_that_names_nobody_finds_nobody(catalogue: Site, text: str) -> None:
    catalogue.post(user("ada@example.com") | {"externalId": "7"})

    response = catalogue.get(filter=text)

    assert response.status_code == 200, response.content
    assert response.json()["totalResults"] == 0
    assert response.json()["Resources"] == []


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "x" or 1=1',
        'userName eq "ada@example.com" or userName eq "bob@example.com"',
        'userName sw "ada"',
        'userName ne "ada@example.com"',
        "userName pr",
        'not (userName eq "ada@example.com")',
        'emails[value eq "ada@example.com"]',
        "userName eq 5",
        "userName eq null",
        "active eq true",
        f'{CUSTOMER_EXTENSION}:interests eq "espresso"',
        'password sw "pbkdf2"',
        'bogus eq "x"',
        'userName eq "ada@example.com" and bogus eq "x"',
        'meta.created gt "2020-01-01T00:00:00Z"',
        '"; drop table accounts_account',
        "%s",
        "",
        "\0",
        "(" * 1_000 + "userName pr" + ")" * 1_000,
        "(" * 100_000,
        " or ".join(['userName eq "x"'] * 5_000),
        " and ".join(['id eq "x"'] * 50),
        "userName eq " + "9" * 3_900,
    ],
)
def test_any_other_filter_is_an_error_and_never_left_out(catalogue: Site, text: str) -> None:
    response = catalogue.get(filter=text)

    assert response.status_code == 400
    assert response.json()["scimType"] == "invalidFilter"
    assert response.json()["detail"]


def test_a_list_comes_in_pages_that_leave_out_nobody(shop: Kaffeehaus, catalogue: Site) -> None:
    members(shop.brand, 5)

    pages = [catalogue.get(startIndex=start, count=2).json() for start in (1, 3, 5, 7)]

    assert [page["totalResults"] for page in pages] == [5, 5, 5, 5]
    assert [page["itemsPerPage"] for page in pages] == [2, 2, 1, 0]
    assert [page["startIndex"] for page in pages] == [1, 3, 5, 7]
    names = [person["userName"] for page in pages for person in page["Resources"]]
    assert names == [f"person{index}@example.com" for index in range(5)]


@pytest.mark.parametrize(
    ("asked", "start", "found"),
    [
        ({"count": 0}, 1, 0),
        ({"count": -1}, 1, 0),
        ({"count": 1_000_000}, 1, 3),
        ({"startIndex": 0}, 1, 3),
        ({"startIndex": -1}, 1, 3),
        ({"startIndex": 3}, 3, 1),
        ({"startIndex": 10**12}, 2**31, 0),
        ({"startIndex": 10**30, "count": 10**30}, 2**31, 0),
        ({"sortBy": "password", "sortOrder": "descending"}, 1, 3),
        ({"bogus": "1"}, 1, 3),
    ],
)
def test_odd_pages_are_brought_into_bounds(
    shop: Kaffeehaus, catalogue: Site, asked: dict[str, object], start: int, found: int
) -> None:
    members(shop.brand, 3)

    body = catalogue.get(**asked).json()

    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (3, start, found)
    assert len(body["Resources"]) == found


def test_a_page_has_at_most_two_hundred(shop: Kaffeehaus, catalogue: Site) -> None:
    accounts = Account.objects.bulk_create(Account() for _ in range(201))
    Membership.objects.bulk_create(Membership(account=a, brand=shop.brand, how="import") for a in accounts)

    body = catalogue.get(count=100_000).json()

    assert (body["totalResults"], body["itemsPerPage"]) == (201, 200)


@pytest.mark.parametrize("asked", [{"count": "many"}, {"startIndex": "9" * 5_000}, {"count": "1.5"}])
def test_a_page_that_is_no_number_is_an_error(catalogue: Site, asked: dict[str, object]) -> None:
    response = catalogue.get(**asked)

    assert response.status_code == 400
    assert response.json()["scimType"] == "invalidValue"


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
