"""What somebody else's SCIM service knows follows what the ledger allows."""

from typing import Any

import pytest

from consent.models import Purpose
from provisioning.models import Connector, Outcome
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer, deliver, settled
from tests.provisioning.outbox.scim_service import ScimService

pytestmark = pytest.mark.django_db


def only(service: ScimService) -> dict[str, Any]:
    """The one user there, without what the service adds by itself."""
    [user] = service.users
    return {name: value for name, value in user.items() if name not in {"schemas", "meta", "id"}}


def test_nothing_leaves_without_consent(service: ScimService, club: Connector, anna: Customer) -> None:
    deliver()

    assert service.calls == []
    assert anna.link(club).outcome == Outcome.NOTHING


def test_with_consent_the_released_and_mapped_attributes_arrive(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)

    assert deliver() == 1

    assert only(service) == {
        "externalId": anna.our_id,
        "userName": "anna@example.com",
        "active": True,
        "name": {"givenName": "Anna"},
        "emails": [{"type": "work", "value": "anna@example.com"}],
    }
    link = anna.link(club)
    assert (link.remote_id, link.outcome) == (service.users[0]["id"], Outcome.HOLDS)
    assert link.held == ["email", "given_name"]
    assert "canary" not in service.said()
    assert "tea" not in service.said(), "interests are not mapped"


def test_a_change_is_a_patch_and_makes_no_second_user(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()

    anna.says(given_name="Ann", family_name="Meier")
    deliver()

    assert only(service)["name"] == {"givenName": "Ann", "familyName": "Meier"}
    assert [one.path for one in service.made("PATCH")] == [f"/Users/{service.users[0]['id']}"]


def test_a_value_that_is_gone_here_is_cleared_there_and_what_others_wrote_stays(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.says(family_name="Meier")
    anna.gives(newsletter)
    deliver()
    home = {"op": "add", "path": "emails", "value": [{"type": "home", "value": "a@home.example"}]}
    title = {"op": "add", "path": "title", "value": "Baker"}
    key = service.users[0]["id"]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [home, title]}
    service.by_hand("PATCH", f"/Users/{key}", body)

    anna.clears("given_name")
    anna.moves_to("anna.meier@example.org")
    deliver()

    user = only(service)
    assert user["name"] == {"familyName": "Meier"}
    assert user["title"] == "Baker"
    assert {one["type"]: one["value"] for one in user["emails"]} == {
        "work": "anna.meier@example.org",
        "home": "a@home.example",
    }
    assert user["userName"] == "anna.meier@example.org"


def test_a_service_that_knows_no_patch_is_put_the_whole_user_under_its_version(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    service.can(patch=False, bulk=0)
    anna.says(family_name="Meier")
    anna.gives(newsletter)
    deliver()
    key = service.users[0]["id"]
    seen = {**service.users[0], "title": "Baker"}
    service.by_hand("PUT", f"/Users/{key}", seen)

    anna.clears("given_name")
    deliver()

    assert service.made("PATCH") == []
    assert service.made("PUT")[-1].if_match.startswith('W/"')
    assert only(service)["title"] == "Baker"
    assert only(service)["name"] == {"familyName": "Meier"}


def test_an_address_that_may_not_leave_is_no_user_name_either(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    newsletter.versions.update(releases=["given_name"])
    anna.gives(newsletter)

    deliver()

    assert only(service)["userName"] == anna.our_id
    assert anna.email not in service.said()


def test_who_was_there_before_without_an_external_id_is_adopted(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    key = service.knows(anna.email, title="Baker", emails=[{"type": "home", "value": "a@home.example"}])
    anna.gives(newsletter)

    deliver()

    user = only(service)
    assert service.users[0]["id"] == key
    assert (user["externalId"], user["title"], user["name"]) == (anna.our_id, "Baker", {"givenName": "Anna"})
    assert [one["value"] for one in user["emails"]] == ["a@home.example", anna.email]
    assert service.made("PATCH")[-1].if_match.startswith('W/"'), "what was read must still be so"


def test_who_belongs_to_another_system_needs_a_human(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    key = service.knows(anna.email, externalId="somebody-elses")
    anna.gives(newsletter)

    deliver()

    link = anna.link(club)
    assert key in link.needs_human
    assert anna.email not in link.needs_human
    assert only(service)["externalId"] == "somebody-elses"


def test_a_user_with_our_id_is_found_again_whatever_else_they_are_called(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    service.knows("an old name", externalId=anna.our_id)
    anna.gives(newsletter)

    deliver()

    assert only(service)["userName"] == anna.email


def test_two_users_of_one_person_need_a_human(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    keys = sorted(service.knows(name, externalId=anna.our_id) for name in ("one", "two"))
    anna.gives(newsletter)

    deliver()

    assert f"keep one of {keys[0]} and {keys[1]}" in anna.link(club).needs_human


def test_two_customers_who_swap_an_address_wait_for_each_other(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    bert = scene.meet(newsletter.brand, "bert@example.com")
    for customer in (anna, bert):
        customer.gives(newsletter)
    deliver()

    anna.moves_to("new@example.com")
    bert.moves_to("anna@example.com")
    for patience in (5, 10, 15):
        deliver(after=patience)

    names = {one["externalId"]: one["userName"] for one in service.users}
    assert names == {anna.our_id: "new@example.com", bert.our_id: "anna@example.com"}
    assert settled(club)


def test_a_user_deleted_there_is_made_anew(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    service.by_hand("DELETE", f"/Users/{service.users[0]['id']}")

    anna.says(given_name="Ann")
    for patience in (5, 10):
        deliver(after=patience)

    assert only(service)["name"] == {"givenName": "Ann"}
    assert anna.link(club).remote_id == service.users[0]["id"]


@pytest.mark.parametrize("able", [{}, {"bulk": 7}, {"size": 3_000}, {"bulk": 0}, {"many": 5}])
def test_many_people_go_in_as_few_requests_as_the_service_takes(
    service: ScimService, club: Connector, newsletter: Purpose, able: dict[str, Any]
) -> None:
    service.can(**able)
    customers = scene.crowd(newsletter, 30)

    assert deliver() == 30

    assert {one["externalId"] for one in service.users} == {one.our_id for one in customers}
    together = service.made("POST", "/Bulk")
    assert all(len(one.body["Operations"]) <= able.get("bulk", 50) for one in together)
    assert len(service.made("POST", "/Users")) == (30 if able.get("bulk") == 0 else 0)
    if not able:
        assert len(service.calls) == 5, "what it can (2), who is there (2), and one request for all"


def test_in_a_bulk_request_each_person_has_an_answer_of_their_own(
    service: ScimService, club: Connector, newsletter: Purpose
) -> None:
    customers = scene.crowd(newsletter, 3)
    service.knows(customers[0].email, externalId="somebody-elses")
    service.knows(customers[1].email)

    assert deliver() == 2

    ids = {one["userName"]: one["externalId"] for one in service.users}
    assert [ids[one.email] for one in customers] == [
        "somebody-elses",
        customers[1].our_id,
        customers[2].our_id,
    ]
    assert customers[0].link(club).needs_human


def test_bulk_requests_can_be_switched_off(
    service: ScimService, club: Connector, newsletter: Purpose
) -> None:
    club.settings = {**club.settings, "bulk": "no"}
    club.save()
    scene.crowd(newsletter, 2)

    deliver()

    assert (len(service.made("POST", "/Bulk")), len(service.users)) == (0, 2)
