"""Retention erases somebody: gone at the vendor for good, and no late worker brings them back."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Account, Status
from accounts.retention import keep_round
from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning import delivery
from provisioning.connectors import KINDS
from provisioning.models import Connector, Outcome
from provisioning.settling import settle_all
from tests.accounts.left_over import holding
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db


def forgotten() -> None:
    """Two years pass, and nobody hears of anybody."""
    now = timezone.now()
    assert keep_round(now + dt.timedelta(days=701)).warned
    assert keep_round(now + dt.timedelta(days=731)).erased


def test_the_vendor_deletes_her_for_good(hubspot: Target, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()
    contact_id = hubspot.contact(anna)["id"]

    forgotten()
    deliver()

    assert hubspot.contacts == []
    assert hubspot.erased == [contact_id]
    link = anna.link(hubspot.connector)
    assert (link.remote_id, link.held, link.outcome) == (contact_id, [], Outcome.ERASED)
    assert settled(hubspot.connector)
    assert holding(["anna"]) == []


def test_a_worker_that_read_before_and_sends_after_is_put_right(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    """It had her data when she was erased, and makes the contact afterwards."""
    anna.gives(newsletter)
    late = delivery.read(delivery.claim(hubspot.connector, KINDS["hubspot"], most=9, now=moment()))

    forgotten()
    settle_all(delivery.talk(delivery.announce(late), moment()), moment())
    assert [one["email"] for one in hubspot.contacts] == [anna.email]
    deliver()

    assert hubspot.contacts == []
    assert len(hubspot.erased) == 1
    assert settled(hubspot.connector)


def test_a_worker_that_froze_until_its_claim_was_lost_is_put_right(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    anna.says(given_name="Ann")
    batch = delivery.claim(hubspot.connector, KINDS["hubspot"], most=9, now=moment())
    late = delivery.announce(delivery.read(batch))
    forgotten()
    deliver(after=60)
    assert hubspot.contacts == []

    settle_all(delivery.talk(late, moment()), moment())
    deliver()

    assert hubspot.contacts == []
    assert settled(hubspot.connector)


def test_every_target_that_knew_them_erases_and_nobody_else_goes(
    crm: Connector, memory: Memory, newsletter: Purpose
) -> None:
    people = scene.crowd(newsletter, 30)
    deliver()
    stay, go = people[:10], people[10:]
    Account.objects.filter(pk__in=[one.account.pk for one in stay]).update(
        contact_at=timezone.now() + dt.timedelta(days=400)
    )

    forgotten()
    deliver()

    assert set(memory.people) == {one.membership.pk for one in stay}
    assert {one.link(crm).outcome for one in go} == {Outcome.ERASED}
    assert Account.objects.filter(status=Status.ERASED).count() == 20
