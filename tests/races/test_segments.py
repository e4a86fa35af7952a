"""Many websites at one segment at the same time."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client

from accounts.events import EventType
from accounts.models import Account, Event, Membership, Segment, SegmentMember
from tests.people import kaffeehaus
from tests.provisioning.scim.door import Answer, Site, site
from tests.provisioning.scim.group_door import group, made, members, patch, version
from tests.provisioning.scim.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 20


def regulars(number: int) -> tuple[Site, list[str]]:
    """A website and the ids of its brand's customers."""
    place = site(kaffeehaus().brand)
    accounts = Account.objects.bulk_create(Account() for _ in range(number))
    rows = Membership.objects.bulk_create(
        Membership(account=account, brand=place.brand, how="scim") for account in accounts
    )
    return place, [str(row.pk) for row in rows]


def all_at_once(place: Site, calls: list[Callable[[Site], Answer]]) -> list[int]:
    """The statuses, each call with a client of its own."""
    doors = [Site(place.website, place.token, Client()) for _ in calls]
    answers = at_once([partial(call, door) for call, door in zip(calls, doors, strict=True)])
    return sorted(answer.status_code for answer in answers)


def admits(key: str, *ids: str, **headers: str) -> Callable[[Site], Answer]:
    step: dict[str, Any] = {"op": "add", "path": "members", "value": [{"value": each} for each in ids]}
    return lambda door: patch(door, key, step, **headers)


def test_nobody_is_lost_when_many_come_at_once() -> None:
    place, ids = regulars(MANY)
    key = made(place)

    statuses = all_at_once(place, [admits(key, each) for each in ids])

    assert statuses == [200] * MANY
    assert members(key) == set(ids)
    assert version(key) == MANY + 1
    assert Event.objects.filter(type=EventType.SEGMENT_CHANGED).count() == MANY + 1


def test_somebody_who_comes_twenty_times_at_once_comes_once() -> None:
    place, ids = regulars(1)
    key = made(place)

    statuses = all_at_once(place, [admits(key, ids[0])] * MANY)

    assert statuses == [200] * MANY
    assert (SegmentMember.objects.count(), version(key)) == (1, 2)


def test_of_many_changes_meant_for_one_version_one_is_made() -> None:
    place, ids = regulars(MANY)
    key = made(place)
    known = str(place.get(f"/Groups/{key}")["ETag"])

    statuses = all_at_once(place, [admits(key, each, If_Match=known) for each in ids])

    assert statuses == [200] + [412] * (MANY - 1)
    assert len(members(key)) == 1


def test_of_many_groups_with_one_external_id_one_is_made() -> None:
    place, _ids = regulars(0)

    statuses = all_at_once(
        place, [lambda door: door.call("POST", "/Groups", group(externalId="seg-1"))] * MANY
    )

    assert statuses == [201] + [409] * (MANY - 1)
    assert Segment.objects.count() == 1
