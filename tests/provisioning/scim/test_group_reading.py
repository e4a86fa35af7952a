"""Reading groups: filters, orders, pages, and what a large group costs (RFC 7644, section 3.4)."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, Brand, Membership, Segment, SegmentMember
from provisioning.scim.service import Group, GroupFilter
from tests.provisioning.scim.door import Answer, Site
from tests.provisioning.scim.group_door import STRANGER, group, made, members, patch, people, person, shown
from tests.provisioning.scim.test_query_counts import statements

NAMES = ["Alpha", "beta", "Gamma 10%", "gamma_1", 'd"elta', "Épsilon"]


def crowd(brand: Brand, number: int) -> list[Membership]:
    accounts = Account.objects.bulk_create(Account() for _ in range(number))
    return Membership.objects.bulk_create(
        Membership(account=account, brand=brand, how="import") for account in accounts
    )


def crowded(site: Site, number: int, name: str = "Everybody") -> str:
    """The id of a new group with so many members."""
    segment = Segment.objects.create(brand=site.brand, name=name, folded=name.casefold())
    SegmentMember.objects.bulk_create(
        SegmentMember(segment=segment, membership=member) for member in crowd(site.brand, number)
    )
    return str(segment.pk)


def names(answer: Answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["displayName"] for each in answer.json().get("Resources", ())]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ('displayName eq "ALPHA"', ["Alpha"]),
        ('displayName eq "épsilon"', ["Épsilon"]),
        ('displayName sw "gamma"', ["Gamma 10%", "gamma_1"]),
        ('displayName co "10%"', ["Gamma 10%"]),
        ('displayName co "a_1"', ["gamma_1"]),
        ('displayName gt "beta" and displayName lt "gamma_"', ['d"elta', "Gamma 10%"]),
        ('externalId eq "seg-1"', ["beta"]),
        ('externalId eq "SEG-1"', []),
        ("externalId pr", ["Alpha", "beta"]),
        ('not (externalId sw "seg") and displayName co "gamma"', ["Gamma 10%", "gamma_1"]),
        ('meta.resourceType eq "Group" and externalId pr', ["Alpha", "beta"]),
        ('meta.created gt "2999-01-01T00:00:00Z"', []),
        ('meta.lastModified lt "2999-01-01T00:00:00Z" and displayName eq "beta"', ["beta"]),
        ('id eq "no id" or displayName eq "beta"', ["beta"]),
        (f'members.value eq "{STRANGER}"', []),
        ("members pr", ["Alpha"]),
    ],
)
def test_groups_are_found_by_what_they_have(catalogue: Site, filter: str, found: list[str]) -> None:
    for number, name in enumerate(NAMES):
        of = {"externalId": f"seg-{number}"} if number < 2 else {}
        made(catalogue, name, people(catalogue, "ada") if number == 0 else None, **of)

    answer = catalogue.get("/Groups", filter=filter, sortBy="displayName")

    assert sorted(names(answer)) == sorted(found)
    assert answer.json()["totalResults"] == len(found)


def test_groups_are_found_by_a_member(catalogue: Site) -> None:
    ada, bob = people(catalogue, "ada", "bob")
    made(catalogue, "Both", [ada, bob])
    made(catalogue, "Hers", [ada])
    made(catalogue, "His", [bob])

    for filter in (f'members.value eq "{ada}"', f'members eq "{ada}"', f'members[value eq "{ada}"]'):
        assert names(catalogue.get("/Groups", filter=filter)) == ["Both", "Hers"]
    assert names(catalogue.get("/Groups", filter=f'members.value ne "{ada}"')) == ["His"]


@pytest.mark.parametrize(
    "filter",
    [
        'nickName eq "x"',
        "displayName eq 5",
        'displayName xx "y"',
        'members[display eq "x"]',
        'meta.created co "2"',
    ],
)
def test_a_filter_that_groups_cant_have_is_refused(catalogue: Site, filter: str) -> None:
    answer = catalogue.get("/Groups", filter=filter)

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


@pytest.fixture
def some(catalogue: Site) -> Site:
    for number, name in enumerate(NAMES):
        made(catalogue, name, **({"externalId": f"seg-{number}"} if number % 2 else {}))
    return catalogue


texts = st.sampled_from(["alpha", "BETA", "gamma", "10%", "a_1", '"', "é", "", "seg-1", "SEG", "zz", "g"])
operators = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
comparisons = st.one_of(
    st.builds(
        lambda name, op, text: f"{name} {op} {GroupFilter.quote(text)}",
        st.sampled_from(["displayName", "externalId", "DISPLAYNAME"]),
        operators,
        texts,
    ),
    st.sampled_from(["externalId pr", "displayName pr", "externalId eq null", "externalId ne null"]),
)
filters = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)


@given(filter=filters)
def test_a_filter_finds_what_it_matches_in_memory(some: Site, filter: str) -> None:
    every = some.get("/Groups").json()["Resources"]

    found = names(some.get("/Groups", filter=filter))

    assert found == [
        each["displayName"] for each in every if GroupFilter(filter).match(Group.model_validate(each))
    ]


def test_groups_are_sorted_and_paged_without_gap(some: Site) -> None:
    by_name = sorted(NAMES, key=str.casefold)

    pages = [
        names(some.get("/Groups", sortBy="displayName", sortOrder=way, startIndex=start, count=2))
        for way in ("ascending", "descending")
        for start in (1, 3, 5)
    ]

    assert list(itertools.chain(*pages)) == by_name + by_name[::-1]
    lacking = names(some.get("/Groups", sortBy="externalId"))
    assert lacking[:3] == [NAMES[1], NAMES[3], NAMES[5]]


def test_cursors_lead_through_all_groups(some: Site) -> None:
    found, cursor = [], ""
    while cursor is not None:
        answer = some.get("/Groups", cursor=cursor, count=4, sortBy="displayName")
        found += names(answer)
        cursor = answer.json().get("nextCursor")

    assert found == sorted(NAMES, key=str.casefold)


@pytest.mark.parametrize("asked", [{"attributes": "members,displayName"}, {"excludedAttributes": "meta"}])
def test_answers_have_the_attributes_that_are_asked_for(catalogue: Site, asked: dict[str, str]) -> None:
    ada = person(catalogue, "ada")
    key = made(catalogue, "Regulars", [ada])

    body = catalogue.get(f"/Groups/{key}", **asked).json()

    assert set(body) == {"schemas", "id", "displayName", "members"}


def test_members_that_arent_asked_for_arent_read(catalogue: Site) -> None:
    key = made(catalogue, "Regulars", people(catalogue, "ada"))

    for asked in ({"excludedAttributes": "members"}, {"attributes": "displayName"}):
        for place in ("/Groups", f"/Groups/{key}"):
            read = statements(lambda place=place, asked=asked: catalogue.get(place, **asked))  # type: ignore[misc]
            assert not [sql for sql in read if "segmentmember" in sql]


@pytest.mark.parametrize("number", [1, 3, 30])
def test_a_page_costs_the_same_whatever_its_size(catalogue: Site, number: int) -> None:
    for each in range(number + 1):
        crowded(catalogue, 2, f"Segment {each}")

    assert len(statements(lambda: catalogue.get("/Groups", count=number))) <= 5
    assert len(statements(lambda: catalogue.get("/Groups", count=number, filter='displayName sw "s"'))) <= 5
    assert len(names(catalogue.get("/Groups", count=number))) == number


def test_what_calls_about_a_group_cost(catalogue: Site) -> None:
    ada, bob = people(catalogue, "ada", "bob")
    key = made(catalogue, "Regulars", [ada])
    admit = {"op": "add", "path": "members", "value": [{"value": bob}]}
    dismiss = {"op": "remove", "path": f'members[value eq "{bob}"]'}

    assert len(statements(lambda: catalogue.get(f"/Groups/{key}"))) <= 4
    assert len(statements(lambda: catalogue.call("POST", "/Groups", group("Others", [ada])))) <= 9
    assert len(statements(lambda: patch(catalogue, key, admit, dismiss, admit))) <= 9
    assert len(statements(lambda: catalogue.call("PUT", f"/Groups/{key}", group("Others", [ada])))) <= 9
    assert len(statements(lambda: catalogue.call("DELETE", f"/Groups/{key}"))) <= 9


def test_a_page_ends_early_rather_than_with_too_many_members(
    catalogue: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.scim.group_reading.MOST_SHOWN", 5)
    for number, size in enumerate((3, 2, 6, 1, 5)):
        crowded(catalogue, size, f"Segment {number}")

    first = catalogue.get("/Groups").json()
    second = catalogue.get("/Groups", startIndex=4).json()
    third = catalogue.get("/Groups", startIndex=5).json()

    assert [len(each.get("members", ())) for each in first["Resources"]] == [3, 2, 0]
    assert [len(each.get("members", ())) for each in second["Resources"]] == [1]
    assert [len(each.get("members", ())) for each in third["Resources"]] == [5]
    assert [page["totalResults"] for page in (first, second, third)] == [5] * 3
    assert len(names(catalogue.get("/Groups", excludedAttributes="members"))) == 5


def test_a_large_group_is_shown_without_its_members_and_keeps_them(
    catalogue: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.scim.group_reading.MOST_SHOWN", 5)
    key = crowded(catalogue, 6)

    body = shown(catalogue, key)
    answer = catalogue.call("PUT", f"/Groups/{key}", body | {"displayName": "All"})

    assert "members" not in body
    assert answer.json()["displayName"] == "All"
    assert len(members(key)) == 6
    assert len(catalogue.find(f'groups.value eq "{key}"')) == 6


def test_a_patch_of_a_huge_group_costs_no_more_than_of_a_small_one(catalogue: Site) -> None:
    ada = person(catalogue, "ada")
    key = crowded(catalogue, 20_000)
    admit: dict[str, Any] = {"op": "add", "path": "members", "value": [{"value": ada}]}
    dismiss = {"op": "remove", "path": f'members[value eq "{ada}"]'}

    answers = [patch(catalogue, key, step) for step in (admit, dismiss)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("members" not in answer.json() for answer in answers)
    assert len(statements(lambda: patch(catalogue, key, admit))) <= 9
    assert len(members(key)) == 20_001
