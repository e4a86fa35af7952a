"""Filters: what they find, what is refused, and by which index they read."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.models import Membership
from bench.unfolding import explained as plan_of
from provisioning.scim.schemas import USER, customer_schema, user_schema
from tests.people import Kaffeehaus
from tests.provisioning.scim.crowd import fill
from tests.provisioning.scim.door import Site, proven, site, user

MANY = 20_000
# Of the tables that have many rows here.
SCANS = re.compile(r"Seq Scan on accounts_(account|membership|identifier|profilevalue)\b")
NOT_COMPARED = {"meta.version", f"{CUSTOMER_EXTENSION}:known", f"{CUSTOMER_EXTENSION}:consents"}


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ada@example.com"',
        'USERNAME EQ "ADA@Example.com"',
        'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@example.com"',
        'URN:IETF:params:scim:schemas:core:2.0:user:USERname eq "ada@example.com"',
        'emails eq "ada@example.com"',
        'emails.value eq "ada@example.com"',
        'emails[value eq "ada@example.com"]',
        'emails[type eq "work" and value ew "@example.com"]',
        'emails[type eq "work"].value eq "ada@example.com"',
        'externalId eq "7"',
        'id eq "{id}"',
        '(userName eq "ada@example.com") and externalId eq "7" and id eq "{id}"',
        'userName eq "carol@example.com" or externalId eq "7" or id eq "{id}"',
        'not (userName sw "bob")',
        'userName ne "bob@example.com" and userName pr',
        'name.givenName eq "ADA"',
        "name pr",
        'locale co "-a"',
        f'{CUSTOMER_EXTENSION}:interests eq "Espresso"',
        f'{CUSTOMER_EXTENSION}:interests sw "esp"',
        f'{CUSTOMER_EXTENSION}:answers[purpose eq "newsletter" and decision eq "given"]',
        f'{CUSTOMER_EXTENSION}:answers.at gt "2020-01-01T00:00:00Z"',
        f'phoneNumbers.value eq "+49 170 1234567" and {CUSTOMER_EXTENSION}:kind eq "lite"',
        'active eq true and emails.type eq "WORK"',
        'meta.lastModified ge "2020-01-01T00:00:00+01:00" and externalId ne null',
    ],
)
def test_a_filter_finds_exactly_whom_it_names(shop: Kaffeehaus, text: str) -> None:
    catalogue, ada = ada_and_bob(shop)

    response = catalogue.get(filter=text.replace("{id}", ada))

    assert response.status_code == 200, response.content
    body = response.json()
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert (body["totalResults"], body["itemsPerPage"], body["startIndex"]) == (1, 1, 1)
    assert [found["id"] for found in body["Resources"]] == [ada]


def ada_and_bob(shop: Kaffeehaus) -> tuple[Site, str]:
    """The website, and Ada's id at it."""
    shop.brand.country = "DE"
    shop.brand.save()
    catalogue = site(shop.brand)
    ada = user("ada@example.com", interests=["espresso", "tea"], consents=[proven(shop.newsletter)]) | {
        "externalId": "7",
        "name": {"givenName": "Ada"},
        "locale": "de-AT",
        "emails": [{"value": "ada@example.com", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "0170 1234567", "type": "mobile"}],
    }
    created = catalogue.post(ada).json()
    catalogue.post(user("bob@example.com"))
    return catalogue, created["id"]


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "carol@example.com"',
        'userName eq "not an address"',
        'userName eq ""',
        'userName eq "ada@example.com" and externalId eq "8"',
        'emails[type eq "home" and value eq "ada@example.com"]',
        'externalId eq "\\u0000"',
        'externalId co "\\ud800"',
        'externalId eq "%"',
        'userName co "%"',
        'userName sw "_da"',
        'name.givenName co "\\\\"',
        'id eq "7"',
        'id eq "11111111-1111-4111-8111-111111111111"',
        'id sw "urn:uuid:"',
        'userName eq "ada@example.com\' OR 1=1 --"',
        'userName eq "\\ud800@example.com"',
        'meta.created lt "0001-01-01T00:00:00Z"',
        'meta.created gt "9999-12-31T23:59:59.999999Z"',
        'phoneNumbers.value eq "\\u0000"',
        f'{CUSTOMER_EXTENSION}:interests eq "\\u0000"',
    ],
)
def test_a_filter_that_names_nobody_finds_nobody(shop: Kaffeehaus, text: str) -> None:
    catalogue, _ada = ada_and_bob(shop)

    response = catalogue.get(filter=text)

    assert response.status_code == 200, response.content
    assert (response.json()["totalResults"], response.json()["Resources"]) == (0, [])


@pytest.mark.parametrize("said", ["Straße", "STRASSE", "straSSe", "traß", "ASSE"])
def test_letters_that_change_their_number_with_their_case_are_found(catalogue: Site, said: str) -> None:
    catalogue.post(user("Straße") | {"emails": [], "name": {"givenName": "Straße"}})

    for path in ("userName", "name.givenName"):
        assert len(catalogue.find(f'{path} co "{said}"')) == 1


def test_a_filter_sees_what_the_website_sees_and_no_more(
    shop: Kaffeehaus, catalogue: Site, tea: Site
) -> None:
    catalogue.post(user("ada@example.com", interests=["espresso"], country="DE") | {"externalId": "7"})
    blog = site(shop.brand, "blog")
    tea.post(user("ada@example.com", interests=["oolong"]))

    for text in ('externalId eq "7"', f'{CUSTOMER_EXTENSION}:interests eq "espresso"', "externalId pr"):
        assert len(catalogue.find(text)) == 1
        assert blog.find(text) == []
        assert tea.find(text) == []
    assert catalogue.find(f'{CUSTOMER_EXTENSION}:interests eq "oolong"') == []


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "x" or 1=1',
        "userName eq 5",
        "userName eq true",
        "userName gt null",
        'active eq "true"',
        "active gt true",
        "active co true",
        "active eq 1",
        'meta.created eq "yesterday"',
        'meta.created eq "2026-01-01"',
        'meta.created sw "2026"',
        "meta.created gt 2026",
        'meta.created gt "9999-12-31T23:59:59-14:00"',
        'meta.version eq "1"',
        f"{CUSTOMER_EXTENSION}:answers.version eq 1.5",
        f"{CUSTOMER_EXTENSION}:answers.version eq true",
        f"{CUSTOMER_EXTENSION}:answers.version eq 1{'0' * 3_000}",
        f'{CUSTOMER_EXTENSION}:answers eq "given"',
        f"{CUSTOMER_EXTENSION}:known pr",
        f'{CUSTOMER_EXTENSION}:consents.purpose eq "newsletter"',
        f'{CUSTOMER_EXTENSION}:known.value eq "x"',
        'interests eq "espresso"',
        'urn:other:2.0:User:userName eq "x"',
        'name eq "Ada"',
        'name[givenName eq "Ada"]',
        f'{CUSTOMER_EXTENSION}:interests[value eq "tea"]',
        'userName.value eq "x"',
        'emails.bogus eq "x"',
        'emails[bogus eq "x"]',
        "emails[type eq 1]",
        'password sw "pbkdf2"',
        "password pr",
        'bogus eq "x"',
        "bogus pr",
        'userName eq "ada@example.com" and bogus eq "x"',
        'userName eq "ada@example.com" or not (bogus pr)',
        'userName like "x"',
        '"; drop table accounts_account',
        "%s",
        "",
        "\0",
        "userName eq " + "9" * 3_900,
        "userName eq 1e999",
    ],
)
def test_what_cant_be_compared_is_an_error_and_never_left_out(catalogue: Site, text: str) -> None:
    response = catalogue.get(filter=text)

    assert response.status_code == 400, response.content
    assert response.json()["scimType"] == "invalidFilter"
    assert response.json()["detail"]


@pytest.mark.parametrize(
    "asked",
    [
        {"filter": "(" * 10_000 + "userName pr" + ")" * 10_000},
        {"filter": "(" * 30 + "userName pr" + ")" * 30},
        {"filter": "not (" * 25 + "userName pr" + ")" * 25},
        {"filter": "x" * 1_000_000},
        {"filter": " or ".join(['userName eq "x"'] * 5_000)},
        {"filter": " and ".join(["id pr"] * 51)},
        {"filter": f'userName eq "{"x" * 1_000_000}"'},
        {"filter": '"' * 3_999},
        {"filter": "\\" * 3_999},
        {"filter": ('"' + "\\" * 2) * 1_300},
        {"attributes": ",".join(f"a{number}" for number in range(2_000))},
        {"excludedAttributes": ",".join(["emails"] * 2_000)},
        {"sortBy": "x" * 1_000_000},
        {"cursor": "x" * 1_000_000},
        {"startIndex": "9" * 1_000_000},
    ],
    ids=lambda asked: f"{next(iter(asked))} {len(str(asked))}",
)
def test_what_would_take_long_to_read_is_refused_at_once(catalogue: Site, asked: dict[str, str]) -> None:
    catalogue.get(count=0)

    response = catalogue.get(**asked)

    assert response.status_code == 400
    assert response.json()["scimType"] in {"invalidFilter", "invalidPath", "invalidValue", "invalidCursor"}


def test_the_largest_filter_that_is_taken_is_answered(catalogue: Site) -> None:
    ada = catalogue.post(user("ada@example.com")).json()
    largest = " or ".join([f'userName co "{number}nobody"' for number in range(49)] + ["userName pr"])

    assert catalogue.find(largest) == [ada]
    assert catalogue.find(" and ".join(['userName eq "ada@example.com"'] * 50)) == [ada]
    assert catalogue.find("(" * 20 + "userName pr" + ")" * 20) == [ada]


def test_every_published_attribute_can_be_compared_or_is_known_not_to_be(catalogue: Site) -> None:
    missing = {path for path in published() if catalogue.get(filter=f"{path} pr").status_code != 200}

    assert {path for path in missing if not path.startswith(tuple(NOT_COMPARED))} == set()
    assert missing >= NOT_COMPARED


def published() -> list[str]:
    """The paths of all attributes and their parts, as /Schemas has them."""
    schemas = {schema.id: schema for schema in (user_schema(), customer_schema())}
    found = ["id", "externalId", "meta.created", "meta.lastModified", "meta.location", "meta.version"]
    for schema in schemas.values():
        above = "" if schema.id == USER else f"{schema.id}:"
        for attribute in schema.attributes or ():
            found.append(f"{above}{attribute.name}")
            found += [f"{above}{attribute.name}.{part.name}" for part in attribute.sub_attributes or ()]
    return found


def explained(website: Site, text: str) -> str:
    """The plans of all that a question reads."""
    with CaptureQueriesContext(connection) as captured:
        response = website.get(filter=text)
    assert response.json()["totalResults"], text
    reads = [query["sql"] for query in captured if "member" in query["sql"]]
    with connection.cursor() as cursor:
        return "\n".join(plan_of(cursor, sql) for sql in reads)


@pytest.fixture
def crowd(catalogue: Site) -> Site:
    fill(catalogue, MANY)
    return catalogue


def test_keys_lead_to_few_rows_by_an_index(crowd: Site) -> None:
    member = Membership.objects.order_by("since")[77]
    for text, index in (
        ('userName eq "PERSON78@example.com"', "identifier_by_scope"),
        ('emails.value eq "person78@example.com"', "identifier_by_scope"),
        ('emails eq "person78@example.com"', "identifier_by_scope"),
        ('emails[type eq null and value eq "person78@example.com"]', "identifier_by_scope"),
        ('externalId eq "crm-78"', "identifier_by_scope"),
        (f'id eq "{member.pk}"', "accounts_membership_pkey"),
        ('userName sw "person7777"', "identifier_by_scope"),
        ('emails.value sw "Person7777"', "identifier_by_scope"),
        ('externalId sw "crm-7777"', "identifier_by_scope"),
        (f'id sw "{str(member.pk)[:12]}"', "accounts_membership_pkey"),
        ('userName eq "person78@example.com" and active eq true', "identifier_by_scope"),
        (
            f'userName eq "person78@example.com" or externalId eq "crm-9" or id eq "{member.pk}"',
            "identifier_by_scope",
        ),
    ):
        plan = explained(crowd, text)

        assert index in plan, (text, plan)
        assert not SCANS.search(plan), (text, plan)
