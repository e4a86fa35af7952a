"""Which changes make which links wait."""

import datetime as dt

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account, Brand, Event, Kind, Membership
from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning import listening
from provisioning.delivery import claim
from provisioning.models import Connector, Link
from provisioning.outbox import oldest_behind, send_again
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import SITE, Customer, deliver

pytestmark = pytest.mark.django_db


def test_every_active_target_of_a_persons_brands_is_concerned(
    crm: Connector, newsletter: Purpose, shop: Brand
) -> None:
    second = scene.connector(newsletter, Memory.kind, name="Second")
    scene.connector(newsletter, Memory.kind, name="Switched off", is_active=False)
    scene.connector(scene.purpose(scene.brand("bakery")), Memory.kind, name="Another brand's")

    anna = scene.meet(shop, "anna@example.com")

    links = Link.objects.filter(account_id=anna.account.pk)
    assert {link.connector for link in links} == {crm, second}
    assert {link.member_id for link in links} == {anna.membership.pk}


def test_a_target_that_knows_the_person_is_concerned_even_when_switched_off(
    crm: Connector, anna: Customer
) -> None:
    before = anna.link(crm).wanted
    Connector.objects.update(is_active=False)

    anna.says(given_name="Ann")

    assert anna.link(crm).wanted != before


def test_changes_coalesce_and_a_change_that_nobody_may_know_wakes_nobody(
    crm: Connector, anna: Customer
) -> None:
    deliver()
    tokens = [anna.link(crm).wanted]

    for kind in (EventType.SIGNED_IN, EventType.SIGNED_OUT, EventType.AUTHENTICATOR_ADDED):
        with transaction.atomic():
            events.record([Change(kind, anna.account.pk, SITE)])
        tokens.append(anna.link(crm).wanted)

    assert len(set(tokens)) == 1
    assert oldest_behind(moment()) is None


def test_a_change_while_a_worker_has_the_link_leaves_it_the_lease(crm: Connector, anna: Customer) -> None:
    batch = claim(crm, Memory(), most=9, now=moment())

    anna.says(given_name="Ann")

    link = anna.link(crm)
    assert link.not_before == batch.links[0].not_before
    assert link.claim == batch.links[0].claim
    assert deliver() == 0


def test_a_change_ends_the_wait_and_the_call_for_a_human(crm: Connector, anna: Customer) -> None:
    Link.objects.update(needs_human="It is broken.", tries=7, not_before=moment() + dt.timedelta(days=1))

    anna.says(given_name="Ann")

    assert anna.link(crm).needs_human == ""
    assert deliver() == 1


def test_a_thousand_people_take_as_many_statements_as_one(
    crm: Connector, shop: Brand, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    accounts = Account.objects.bulk_create(Account(kind=Kind.LITE) for _number in range(1_000))
    Membership.objects.bulk_create(Membership(account=one, brand=shop, how="import") for one in accounts)
    with transaction.atomic():
        changes = [Change(EventType.MEMBERSHIP_BEGAN, one.pk, Actor("system"), shop.pk) for one in accounts]
        written = Event.objects.bulk_create(
            Event(type=one.type, account_id=one.account_id, at=moment()) for one in changes
        )

        with django_assert_num_queries(1):
            listening.on_events(written)

    assert Link.objects.filter(connector=crm).count() == 1_000


def test_operators_have_no_links(crm: Connector) -> None:
    operator = Account.objects.create(realm="operator", kind=Kind.FULL)

    with transaction.atomic():
        Account.objects.locked([operator.pk])
        events.record([Change(EventType.PROFILE_CHANGED, operator.pk, SITE)])

    assert not Link.objects.exists()


def test_asking_again_is_an_event_of_the_one_who_asked(crm: Connector, anna: Customer) -> None:
    deliver()

    assert send_again(Link.objects.all(), Actor("operator", "7")) == 1

    assert anna.link(crm).is_behind
    event = Event.objects.latest("id")
    assert (event.type, event.actor_kind, event.actor_id) == (EventType.DELIVERY_ASKED_AGAIN, "operator", "7")
    assert event.brand_id == crm.brand_id


def test_the_oldest_waits_since_its_first_change(crm: Connector, anna: Customer, shop: Brand) -> None:
    now = moment()
    hour = dt.timedelta(hours=1)
    Link.objects.update(behind_since=now - hour)
    anna.says(given_name="Ann")
    scene.meet(shop, "bert@example.com")
    assert (oldest_behind(now) or 0) == pytest.approx(3_600)

    anna.link(crm)
    Link.objects.filter(account_id=anna.account.pk).update(needs_human="Somebody look.")
    assert (oldest_behind(now + hour) or 0) == pytest.approx(3_600, abs=60)

    deliver()
    assert oldest_behind(now) is None
