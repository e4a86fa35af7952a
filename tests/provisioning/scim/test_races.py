"""Many websites' calls at once about one person."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Account, Identifier, Membership, ProfileValue
from consent.models import ConsentRecord
from tests.people import kaffeehaus
from tests.provisioning.scim.door import Answer, Site, extension, proven, site, user

MANY = 50


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer]:
    start = Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        start.wait(timeout=30)
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def doors(*places: Site, each: int) -> list[Site]:
    """Each thread has a client of its own."""
    return [Site(place.website, place.token, Client()) for place in places for _ in range(each)]


@pytest.mark.django_db(transaction=True)
def test_fifty_creations_of_one_address_make_one_account() -> None:
    shop = kaffeehaus()
    catalogue = site(shop.brand)
    sent = user("ada@example.com", interests=["espresso"], consents=[proven(shop.newsletter)])

    answers = at_once([lambda door=door: door.post(sent) for door in doors(catalogue, each=MANY)])  # type: ignore[misc]

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (MANY - 1)
    assert Account.objects.count() == Membership.objects.count() == 1
    assert Identifier.objects.filter(scope="").count() == 1
    assert ProfileValue.objects.count() == ConsentRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_brands_that_meet_somebody_at_once_share_one_account() -> None:
    catalogue = site(kaffeehaus().brand)
    tea = site(kaffeehaus("teahouse", is_default=False).brand)

    answers = at_once([lambda door=door: door.post(user()) for door in doors(catalogue, tea, each=10)])  # type: ignore[misc]

    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 18
    assert Account.objects.count() == 1
    assert set(Membership.objects.values_list("brand", flat=True)) == {catalogue.brand.pk, tea.brand.pk}


@pytest.mark.django_db(transaction=True)
def test_of_many_changes_meant_for_one_version_one_is_made() -> None:
    shop = kaffeehaus()
    catalogue = site(shop.brand)
    created: dict[str, Any] = catalogue.post(user(interests=["espresso"])).json()

    def change(door: Site, taste: str) -> Answer:
        path = "urn:ciam:params:scim:schemas:extension:customer:2.0:User:interests"
        operation = {"op": "replace", "path": path, "value": [taste]}
        return door.patch(created["id"], operation, If_Match=created["meta"]["version"])

    tastes = [f"tea {number}" for number in range(10)]
    answers = at_once(
        [
            lambda door=door, taste=taste: change(door, taste)  # type: ignore[misc]
            for door, taste in zip(doors(catalogue, each=10), tastes, strict=True)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    (made,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert catalogue.get(f"/Users/{created['id']}").json() == made
    assert extension(made)["interests"][0] in tastes
