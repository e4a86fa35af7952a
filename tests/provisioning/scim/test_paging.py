"""Pages by startIndex (RFC 7644, section 3.4.2.4) and by cursor (RFC 9865)."""

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership
from ciam.lib.crypto import encrypt
from provisioning.scim import bounded
from provisioning.scim.asking import search_of
from provisioning.scim.paging import Asker, cursor_after
from provisioning.scim.sorting import Place
from provisioning.websites import authenticate
from tests.people import Kaffeehaus
from tests.provisioning.scim.crowd import fill
from tests.provisioning.scim.door import Site, site

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")  # RFC 3986, section 2.3
BEYOND = bounded.MOST_COUNTED + 1


def names(body: dict[str, Any]) -> list[str]:
    return [person["userName"] for person in body["Resources"]]


def people(*numbers: int) -> list[str]:
    return [f"person{number}@example.com" for number in numbers]


def test_a_list_comes_in_pages_that_leave_out_nobody(catalogue: Site) -> None:
    fill(catalogue, 5)

    pages = [catalogue.get(startIndex=start, count=2).json() for start in (1, 3, 5, 7)]

    assert [page["totalResults"] for page in pages] == [5, 5, 5, 5]
    assert [page["itemsPerPage"] for page in pages] == [2, 2, 1, 0]
    assert [page["startIndex"] for page in pages] == [1, 3, 5, 7]
    assert [name for page in pages for name in names(page)] == people(1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("asked", "start", "found"),
    [
        ({"count": 0}, 1, 0),
        ({"count": -1}, 1, 0),
        ({"count": 0, "startIndex": 3}, 3, 0),
        ({"count": 1_000_000}, 1, 3),
        ({"startIndex": 0}, 1, 3),
        ({"startIndex": -1}, 1, 3),
        ({"startIndex": 3}, 3, 1),
        ({"startIndex": 10**12}, 2**31, 0),
        ({"startIndex": 10**30, "count": 10**30}, 2**31, 0),
        ({"bogus": "1"}, 1, 3),
    ],
)
def test_odd_pages_are_brought_into_bounds(
    catalogue: Site, asked: dict[str, object], start: int, found: int
) -> None:
    fill(catalogue, 3)

    body = catalogue.get(**asked).json()

    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (3, start, found)
    assert len(body["Resources"]) == found


def test_a_page_has_a_hundred_and_at_most_two_hundred(catalogue: Site) -> None:
    fill(catalogue, 201)

    assert [catalogue.get().json()[key] for key in ("totalResults", "itemsPerPage")] == [201, 100]
    assert [catalogue.get(count=100_000).json()[key] for key in ("totalResults", "itemsPerPage")] == [
        201,
        200,
    ]


@pytest.mark.parametrize("asked", [{"count": "many"}, {"startIndex": "9" * 5_000}, {"count": "1.5"}])
def test_a_page_that_is_no_number_is_an_error(catalogue: Site, asked: dict[str, object]) -> None:
    response = catalogue.get(**asked)

    assert response.status_code == 400
    assert response.json()["scimType"] == "invalidValue"


def test_a_total_is_exact_up_to_a_bound_and_never_ends_a_list_too_early(catalogue: Site) -> None:
    fill(catalogue, 10_150)

    totals = {
        start: catalogue.get(startIndex=start, count=100).json()["totalResults"]
        for start in (1, 101, 151, 10_001, 10_051, 10_151, 20_000)
    }

    assert totals[1] == BEYOND, "more than are counted"
    assert totals[101] == 100 + BEYOND
    assert totals[151] == totals[10_001] == totals[10_051] == 10_150, "exact"
    assert totals[10_151] <= 10_150
    assert totals[20_000] <= 10_150


def test_a_cursor_leads_through_everybody_once(catalogue: Site) -> None:
    fill(catalogue, 7)

    first = catalogue.get(cursor="", count=3).json()
    second = catalogue.get(cursor=first["nextCursor"], count=3).json()
    third = catalogue.get(cursor=second["nextCursor"], count=3).json()

    assert [*names(first), *names(second), *names(third)] == people(*range(1, 8))
    assert first["itemsPerPage"] == 3
    assert not {"totalResults", "startIndex"} & set(first)
    assert "nextCursor" not in third
    assert UNRESERVED.fullmatch(first["nextCursor"])


def test_who_comes_or_goes_between_two_pages_moves_nobody_else(catalogue: Site) -> None:
    fill(catalogue, 6)
    first = catalogue.get(cursor="", count=2, sortBy="userName").json()

    catalogue.delete(first["Resources"][0]["id"])
    catalogue.delete(first["Resources"][1]["id"])
    catalogue.post({"schemas": first["Resources"][0]["schemas"], "userName": "aaron@example.com"})
    rest = catalogue.get(cursor=first["nextCursor"], sortBy="userName").json()

    assert names(rest) == people(3, 4, 5, 6)


def test_a_cursor_says_nothing_to_who_reads_it_in_a_log(catalogue: Site) -> None:
    fill(catalogue, 2)

    one, other = (catalogue.get(cursor="", count=1, sortBy="userName").json()["nextCursor"] for _ in "ab")

    assert one != other


@pytest.mark.parametrize(
    "asked",
    [
        {"filter": 'userName sw "p"'},
        {"sortBy": "userName"},
        {"sortOrder": "descending"},
    ],
)
def test_a_cursor_is_of_one_website_and_one_question(
    shop: Kaffeehaus, catalogue: Site, asked: dict[str, str]
) -> None:
    fill(catalogue, 3)
    cursor = catalogue.get(cursor="", count=1).json()["nextCursor"]

    for response in (catalogue.get(cursor=cursor, **asked), site(shop.brand, "blog").get(cursor=cursor)):
        assert response.status_code == 400
        assert response.json()["scimType"] == "invalidCursor"


@pytest.mark.parametrize("cursor", ["x", "AAAA", "~", "é", "a b", "\0", "x" * 3_000, "[]", "{}", "7"])
def test_what_is_no_cursor_of_ours_is_refused(catalogue: Site, cursor: str) -> None:
    for each in (cursor, encrypt(cursor).decode().rstrip("=")):
        response = catalogue.get(cursor=each)

        assert response.status_code == 400
        assert response.json()["scimType"] in {"invalidCursor", "invalidValue"}


def test_a_cursor_ends_after_an_hour(catalogue: Site) -> None:
    fill(catalogue, 3)
    caller = authenticate(f"Bearer {catalogue.token}", timezone.now())
    asker = Asker.of(caller, search_of({"cursor": ""}), "Users")
    member = Membership.objects.order_by("since")[0]
    place = Place(member.since, member.pk)

    old, newer = (
        cursor_after(place, asker, timezone.now() - dt.timedelta(minutes=minutes)) for minutes in (61, 59)
    )

    assert catalogue.get(cursor=old).json()["scimType"] == "expiredCursor"
    assert names(catalogue.get(cursor=newer).json()) == people(2, 3)


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"cursor": "", "count": 0}, "invalidCount"),
        ({"cursor": "", "count": -1}, "invalidCount"),
        ({"cursor": "", "startIndex": 1}, "invalidValue"),
    ],
)
def test_a_cursor_needs_a_count_and_no_index(catalogue: Site, asked: dict[str, object], kind: str) -> None:
    response = catalogue.get(**asked)

    assert response.status_code == 400
    assert response.json()["scimType"] == kind


def test_a_read_that_takes_too_long_is_ended_and_says_so(
    catalogue: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(catalogue, 20_000)
    monkeypatch.setattr(bounded, "LONGEST_READ_MS", 1)

    response = catalogue.get(filter=" or ".join([f'userName co "{number}%"' for number in range(50)]))

    assert response.status_code == 400
    assert response.json()["scimType"] == "tooMany"
    assert catalogue.get(filter='userName eq "person7@example.com"').json()["totalResults"] == 1
