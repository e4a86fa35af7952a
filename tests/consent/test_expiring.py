"""Agreements hold for as long as their purpose says; then they are written down as expired."""

import datetime as dt
import os
import random

import pytest
from django.db import connection
from django.utils import timezone

from accounts.events import SYSTEM, EventType
from accounts.models import Account, Event, Kind, Status
from consent import expiring, ledger
from consent.expiring import Round, expire_round
from consent.ledger import Given, Shown
from consent.models import ConsentRecord, Decision, Method
from consent.tasks import expire
from tests.consent.saying import DAY, NOW, SECOND, agrees, holds_for, says, somebody, withdraws
from tests.people import Kaffeehaus
from tests.provisioning.outbox import scene

pytestmark = pytest.mark.django_db

MANY = 10_000 if os.environ.get("CIAM_LONG") else 500


@pytest.fixture(autouse=True)
def _holds_for_a_year(shop: Kaffeehaus) -> None:
    holds_for(shop.newsletter, days=365)


def test_it_stops_at_the_moment_itself_and_is_then_written_down(shop: Kaffeehaus) -> None:
    ada = somebody()
    given = agrees(ada, shop.newsletter)
    over = NOW + 365 * DAY
    assert ledger.is_given(given, over - SECOND)
    assert not ledger.is_given(given, over)

    assert expire_round(over - SECOND) == Round(0, True)
    assert expire_round(over) == Round(1, True)
    assert expire_round(over + DAY) == Round(0, True)

    record = ConsentRecord.objects.get(decision=Decision.EXPIRED)
    assert (record.parent_id, record.version_id, record.method) == (given.pk, given.version_id, Method.CLOCK)
    assert (record.actor_kind, record.text_hash) == ("system", "")
    assert (record.said_at, record.expires_at, record.at) == (NOW, over, over)
    event = Event.objects.filter(type=EventType.CONSENT_CHANGED).latest("id")
    assert (event.account_id, event.actor_kind, event.fields) == (ada.pk, "system", ["consent.newsletter"])


def test_who_has_withdrawn_or_renewed_keeps_that_answer(shop: Kaffeehaus) -> None:
    ada, bob = somebody(), somebody()
    for one in (ada, bob):
        agrees(one, shop.newsletter)
    withdraws(ada, shop.newsletter, NOW + DAY)
    agrees(bob, shop.newsletter, NOW + 300 * DAY)

    assert expire_round(NOW + 400 * DAY) == Round(0, True)
    assert expire_round(NOW + 665 * DAY) == Round(1, True)


def test_an_expired_one_is_asked_again_and_a_yes_counts_anew(shop: Kaffeehaus) -> None:
    ada = somebody()
    says(ada, shop.terms, Decision.GIVEN)
    agrees(ada, shop.newsletter)
    over = NOW + 365 * DAY
    assert ledger.due(ada.pk, shop.brand) == []

    expire_round(over)
    assert ledger.due(ada.pk, shop.brand) == [shop.newsletter]

    renewed = agrees(ada, shop.newsletter, over + DAY)
    assert ledger.is_given(renewed, over + 300 * DAY)
    assert ledger.due(ada.pk, shop.brand) == []


def test_to_report_an_expired_yes_again_revives_nothing_and_a_later_one_counts(shop: Kaffeehaus) -> None:
    ada = somebody()
    over = NOW + 365 * DAY
    says(ada, shop.newsletter, Decision.GIVEN, NOW, Method.SCIM)
    expire_round(over)
    holds_for(shop.newsletter, days=None)

    assert says(ada, shop.newsletter, Decision.GIVEN, over + DAY, Method.SCIM, said_at=NOW) == []
    said_in_time = over - DAY
    assert says(ada, shop.newsletter, Decision.GIVEN, over + DAY, Method.SCIM, said_at=said_in_time)


def test_a_round_that_was_cut_short_says_so_and_the_next_one_finishes(
    shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "BATCH", 2)
    for _person in range(5):
        agrees(somebody(), shop.newsletter)
    ticks = iter([0.0, 0.0, 5.0, 11.0])

    cut = expire_round(NOW + 365 * DAY, budget=10.0, clock=lambda: next(ticks))

    assert cut == Round(4, False)
    assert expire_round(NOW + 365 * DAY) == Round(1, True)


def test_exactly_the_due_ones_of_many_expire(shop: Kaffeehaus) -> None:
    """0 over, 0 under; in two rounds, as the first has a bound."""
    chance = random.Random(MANY)
    people = Account.objects.bulk_create(Account(kind=Kind.FULL) for _person in range(MANY))
    ages = [dt.timedelta(seconds=chance.randint(360 * 86_400, 370 * 86_400)) for _person in people]
    shown = Shown(shop.newsletter, "", "en", "")
    ledger.write(
        [
            Given(one.pk, shown, Decision.GIVEN, Method.IMPORT, SYSTEM, NOW - age)
            for one, age in zip(people, ages, strict=True)
        ],
        NOW - 371 * DAY,
    )
    Account.objects.filter(pk=people[0].pk).update(status=Status.ERASED)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE consent_consentrecord")  # as the database itself does after so many new rows
    due = {one.pk for one, age in zip(people, ages, strict=True) if age >= 365 * DAY} - {people[0].pk}

    first, second = expire_round(NOW, budget=600.0), expire_round(NOW, budget=600.0)

    expired = ConsentRecord.objects.filter(decision=Decision.EXPIRED).values_list("account_id", flat=True)
    assert (first.expired, second.expired) == (len(due), 0)
    assert set(expired) == due


def test_the_workers_task_does_it_and_targets_are_told(shop: Kaffeehaus) -> None:
    purpose = scene.purpose(scene.brand(), "tips")
    purpose.valid_days = 30
    purpose.save()
    target = scene.connector(purpose, "webhook")
    ada = scene.meet(purpose.brand, "ada@example.com")
    version = purpose.versions.get()
    agrees(ada.account, version, timezone.now() - 31 * DAY)
    before = ada.link(target).wanted

    expire()

    assert ConsentRecord.objects.filter(decision=Decision.EXPIRED).count() == 1
    assert ada.link(target).wanted != before
