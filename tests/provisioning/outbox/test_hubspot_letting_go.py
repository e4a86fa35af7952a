"""Withdrawal suppresses and can be undone; only erasure deletes, and only what was told."""

import pytest

from consent.models import Purpose
from provisioning.models import Outcome
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db


def test_a_withdrawal_unsubscribes_and_clears_and_deletes_nothing(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    contact_id = hubspot.contact(anna)["id"]

    anna.withdraws(newsletter)
    deliver()

    assert hubspot.contacts == [{"id": contact_id, "ciam_user_id": anna.our_id, "email": anna.email}]
    assert hubspot.status(anna.email) == "UNSUBSCRIBED"
    assert hubspot.erased == []
    assert not any(one["method"] == "DELETE" or "archive" in one["path"] for one in hubspot.requests)
    link = anna.link(hubspot.connector)
    assert (link.held, link.outcome) == (["email"], Outcome.SUPPRESSED)


def test_a_withdrawal_tells_no_address_that_hubspot_does_not_have(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()

    anna.withdraws(newsletter)
    anna.moves_to("secret@example.org")
    deliver()

    assert "secret@example.org" not in hubspot.said()
    assert hubspot.status("anna@example.com") == "UNSUBSCRIBED"


def test_consent_given_again_restores_what_was_cleared(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    before = hubspot.contact(anna)
    anna.withdraws(newsletter)
    deliver()

    anna.gives(newsletter)
    deliver()

    assert hubspot.contact(anna) == before
    assert hubspot.status(anna.email) == "SUBSCRIBED"


def test_a_suspended_or_ended_membership_suppresses_until_it_is_active_again(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()

    for leaves in (anna.is_suspended, anna.ends):
        leaves()
        deliver()

        assert hubspot.contact(anna).keys() == {"id", "ciam_user_id", "email"}
        assert hubspot.status(anna.email) == "UNSUBSCRIBED"

    anna.returns()
    deliver()

    assert hubspot.contact(anna)["firstname"] == "Anna"
    assert hubspot.status(anna.email) == "SUBSCRIBED"


def test_erasure_deletes_for_good_by_the_contacts_id(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    contact_id = hubspot.contact(anna)["id"]

    anna.is_erased()
    deliver()

    assert hubspot.contacts == []
    assert hubspot.erased == [contact_id]
    assert [one["body"] for one in hubspot.requests if "gdpr" in one["path"]] == [{"objectId": contact_id}]
    link = anna.link(hubspot.connector)
    assert (link.remote_id, link.held, link.outcome) == (contact_id, [], Outcome.ERASED)


def test_erasure_asks_nothing_of_a_target_that_never_knew_the_person(hubspot: Target, anna: Customer) -> None:
    deliver()

    anna.is_erased()
    deliver()

    assert hubspot.requests == []
    assert settled(hubspot.connector)


def test_erasure_may_be_repeated(hubspot: Target, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()
    anna.is_erased()
    deliver()

    anna.is_erased()
    deliver()

    assert settled(hubspot.connector)
    assert anna.link(hubspot.connector).outcome == Outcome.ERASED
