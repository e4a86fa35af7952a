"""A withdrawal deactivates and clears, or deletes, as the operator chose; erasure deletes."""

import pytest

from consent.models import Purpose
from provisioning.models import Connector, Outcome
from tests.provisioning.outbox.scene import Customer, deliver, settled
from tests.provisioning.outbox.scim_service import ScimService

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(service: ScimService, club: Connector, anna: Customer, newsletter: Purpose) -> str:
    """Anna is there; her id."""
    anna.gives(newsletter)
    deliver()
    return str(service.users[0]["id"])


@pytest.mark.parametrize("patch", [True, False])
def test_a_withdrawal_deactivates_and_clears_and_can_be_undone(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose, patch: bool
) -> None:
    service.can(patch=patch)
    anna.gives(newsletter)
    deliver()
    before = service.users[0]

    anna.withdraws(newsletter)
    deliver()

    [user] = service.users
    assert (user["id"], user["active"]) == (before["id"], False)
    assert (user["userName"], user["externalId"]) == (anna.our_id, anna.our_id)
    assert "Anna" not in repr(user)
    assert "anna@" not in repr(user)
    link = anna.link(club)
    assert (link.held, link.outcome) == ([], Outcome.SUPPRESSED)

    anna.gives(newsletter)
    deliver()

    assert {**service.users[0], "meta": ""} == {**before, "meta": ""}


def test_where_the_operator_chose_so_a_withdrawal_deletes(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose, known: str
) -> None:
    club.settings = {**club.settings, "withdrawal": "delete"}
    club.save()

    anna.withdraws(newsletter)
    deliver()

    assert service.users == []
    link = anna.link(club)
    assert (link.remote_id, link.held, link.outcome) == ("", [], Outcome.NOTHING)


def test_a_withdrawal_of_whom_the_service_lost_leaves_nothing(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose, known: str
) -> None:
    service.by_hand("DELETE", f"/Users/{known}")

    anna.withdraws(newsletter)
    deliver()

    assert anna.link(club).outcome == Outcome.NOTHING


def test_erasure_deletes_and_may_be_repeated(
    service: ScimService, club: Connector, anna: Customer, known: str
) -> None:
    for _again in range(2):
        anna.is_erased()
        deliver()

        assert service.users == []
        link = anna.link(club)
        assert (link.remote_id, link.held, link.outcome) == (known, [], Outcome.ERASED)


def test_erasure_deletes_also_whom_it_made_without_our_hearing_of_it(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    service.can(bulk=0)
    service.loses_answers("POST /Users")
    anna.gives(newsletter)
    deliver()
    assert anna.link(club).remote_id == ""

    anna.is_erased()
    deliver(after=5)

    assert service.users == []
    assert settled(club)


def test_erasure_asks_nothing_of_a_service_that_never_knew_the_person(
    service: ScimService, club: Connector, anna: Customer
) -> None:
    deliver()

    anna.is_erased()
    deliver()

    assert service.calls == []
    assert settled(club)


def test_a_service_that_lets_nobody_be_deleted_needs_a_human(
    service: ScimService, club: Connector, anna: Customer, known: str
) -> None:
    service.fails("DELETE", 405)
    anna.is_erased()
    deliver()

    assert "does not let users be changed so" in anna.link(club).needs_human
