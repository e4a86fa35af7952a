"""What a SCIM service may do to us: nothing is lost, doubled, or told to whom it is not meant for."""

import pytest
from pytest_django import Settings

from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning.connectors import KINDS
from provisioning.connectors.base import CanBeCompared
from provisioning.delivery import claim, read
from provisioning.models import Connector
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer, deliver, settled
from tests.provisioning.outbox.scim_service import ScimService

pytestmark = pytest.mark.django_db


def reloaded(connector: Connector) -> Connector:
    return Connector.objects.get(pk=connector.pk)


@pytest.mark.parametrize("bulk", [0, 100])
def test_an_answer_that_is_lost_makes_no_second_user(
    service: ScimService, club: Connector, newsletter: Purpose, bulk: int
) -> None:
    service.can(bulk=bulk)
    service.loses_answers("POST /")
    customers = scene.crowd(newsletter, 3)

    deliver()
    deliver(after=10)

    assert sorted(one["externalId"] for one in service.users) == sorted(one.our_id for one in customers)
    assert settled(club)


def test_too_many_requests_wait_as_long_as_the_service_asks(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    service.can(bulk=0)
    service.fails("POST /Users", 429, Retry_After="30")
    anna.gives(newsletter)

    deliver()
    deliver(after=20)
    assert service.users == []

    deliver(after=40)
    assert len(service.users) == 1


@pytest.mark.parametrize("status", [500, 503, 408])
def test_a_service_in_trouble_is_tried_again(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose, status: int
) -> None:
    service.fails("GET /Users", status, "<h1>Oops</h1>")
    anna.gives(newsletter)

    deliver()
    assert not settled(club)

    deliver(after=5)
    assert settled(club)


@pytest.mark.parametrize("garbage", ["<html>", "[]", "{}", '{"Resources": 7}', '"', "\x00", "[" * 5_000])
def test_an_answer_that_says_nothing_makes_no_user(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose, garbage: str
) -> None:
    service.fails("GET /Users", 200, garbage)
    anna.gives(newsletter)

    deliver()
    assert service.made("POST") == []

    deliver(after=5)
    assert (len(service.users), settled(club)) == (1, True)


@pytest.mark.parametrize(
    "garbage",
    [
        {},
        {"Operations": "none"},
        {"Operations": [{"bulkId": "0", "status": {"code": []}}, {"bulkId": "99", "status": "201"}, 7]},
        {"Operations": [{"bulkId": "0", "method": "POST", "status": "201"}]},
    ],
)
def test_a_bulk_answer_that_says_nothing_of_somebody_is_asked_for_again(
    service: ScimService, club: Connector, newsletter: Purpose, garbage: object
) -> None:
    service.fails("POST /Bulk", 200, garbage)
    customers = scene.crowd(newsletter, 2)

    deliver()
    deliver(after=5)

    assert {one["externalId"] for one in service.users} == {one.our_id for one in customers}
    assert settled(club)


@pytest.mark.parametrize("spelled", ["201", 201, {"code": "201"}])
def test_a_bulk_answer_may_spell_its_status_as_older_drafts_did(
    service: ScimService, club: Connector, newsletter: Purpose, spelled: object
) -> None:
    customers = scene.crowd(newsletter, 2)
    said = [
        {"method": "POST", "bulkId": str(n), "location": f"/v2/Users/u%20{n}", "status": spelled}
        for n in (1, 0)
    ]
    service.fails("POST /Bulk", 200, {"Operations": said})

    deliver()

    assert {one.link(club).remote_id for one in customers} == {"u 0", "u 1"}


@pytest.mark.parametrize("status", [400, 404, 413])
def test_a_service_that_takes_no_bulk_request_after_all_gets_one_by_one(
    service: ScimService, club: Connector, newsletter: Purpose, status: int
) -> None:
    service.fails("POST /Bulk", status)
    scene.crowd(newsletter, 2)

    deliver()

    assert len(service.users) == 2


def test_a_token_that_is_refused_stops_the_target(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    club.secret = "wrong"
    club.save()
    anna.gives(newsletter)

    deliver()

    assert "401" in reloaded(club).needs_human
    assert "wrong" not in reloaded(club).needs_human


def test_a_refusal_of_one_person_stops_nobody_else(
    service: ScimService, club: Connector, newsletter: Purpose
) -> None:
    service.can(bulk=0)
    service.fails("POST /Users", 403)
    customers = scene.crowd(newsletter, 2)

    deliver()

    assert len(service.users) == 1
    assert sorted(bool(one.link(club).needs_human) for one in customers) == [False, True]
    assert reloaded(club).needs_human == ""


def test_a_value_that_is_not_accepted_needs_a_human_and_is_not_repeated_to_them(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    service.fails("POST /Users", 400, {"scimType": "invalidValue", "detail": "anna@example.com is odd"})
    service.can(bulk=0)
    anna.gives(newsletter)

    deliver()

    assert "invalidValue" in anna.link(club).needs_human
    assert "anna@" not in anna.link(club).needs_human


def test_a_user_that_changed_meanwhile_is_read_again(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    service.can(patch=False, bulk=0)
    anna.gives(newsletter)
    deliver()
    service.fails("PUT", 412)

    anna.says(given_name="Ann")
    deliver()
    assert not settled(club)
    deliver(after=5)

    assert service.users[0]["name"] == {"givenName": "Ann"}


@pytest.mark.parametrize(
    "name", ['a"b@example.com', r"back\slash", '" or userName pr or userName eq "', "ä%&?#+"]
)
def test_no_name_escapes_from_a_filter(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose, name: str
) -> None:
    bystander = service.knows("bystander")
    key = service.knows(name)
    anna.moves_to(name)
    anna.gives(newsletter)

    deliver()

    found = {one["id"]: one.get("externalId") for one in service.users}
    assert found == {bystander: None, key: anna.our_id}


@pytest.mark.parametrize("base_url", ["http://localhost:1/v2", "http://127.0.0.1/v2", "file:///etc", "", "x"])
def test_an_address_inside_our_walls_is_not_spoken_to(
    service: ScimService,
    club: Connector,
    anna: Customer,
    newsletter: Purpose,
    settings: Settings,
    base_url: str,
) -> None:
    settings.OUTBOUND_ALLOWED = []
    club.settings = {"base_url": base_url or service.base_url}
    club.save()
    anna.gives(newsletter)

    deliver()

    assert "base_url" in reloaded(club).needs_human
    assert service.calls == []


def test_a_field_that_the_service_lacks_is_said_before_anything_leaves(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    club.mapping = {"email": 'emails[type eq "work"].value', "given_name": "urn:example:Club:nickName"}
    club.save()
    anna.gives(newsletter)

    deliver()

    assert "urn:example:Club:nickName" in reloaded(club).needs_human
    assert service.made("POST") == []


def test_the_check_says_how_the_service_is_spoken_to(service: ScimService, club: Connector) -> None:
    deadline = float("inf")

    assert "by PATCH, up to 1000 in a request" in KINDS["scim"].check(club, deadline)

    service.can(patch=False, bulk=0)
    assert "by PUT, one by one" in KINDS["scim"].check(club, deadline)


def test_what_the_service_holds_can_be_compared(
    service: ScimService, club: Connector, newsletter: Purpose
) -> None:
    anna, bert = scene.crowd(newsletter, 2)
    anna.says(given_name="Anna")
    deliver()
    kind = KINDS["scim"]
    assert isinstance(kind, CanBeCompared)
    service.by_hand("DELETE", f"/Users/{bert.link(club).remote_id}")
    for customer in (anna, bert):
        customer.says(family_name="Meier")
    pushes = list(read(claim(club, kind, most=9, now=moment())).pushes.values())

    there = dict(kind.held_there(club, pushes, float("inf")))

    assert there == {
        anna.link(club).pk: {'emails[type eq "work"].value': anna.email, "name.givenName": "Anna"},
        bert.link(club).pk: None,
    }
