"""Workers freeze and die between any two phases: nothing is lost, and what comes twice has the same id."""

import datetime as dt

import pytest

from ciam.lib.outbox import TryLater, moment
from ciam.lib.partitions import make_coming_months
from ciam.tasks import keep_house
from consent.models import Purpose
from provisioning import deliveries
from provisioning.connectors.base import Message
from provisioning.deliveries_settled import settle_all
from provisioning.models import Connector, Delivery, DeliveryState
from tests.lib.test_partitions import partitions
from tests.provisioning.deliveries.journal import Journal, claimed, talked
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


def test_what_was_claimed_too_long_ago_is_not_sent_and_is_free_again(
    anna: Customer, target: Connector, journal: Journal
) -> None:
    anna.says(given_name="Anne")
    heard = len(journal.heard)
    batch = deliveries.read(claimed(target, journal))

    late = deliveries.announce(batch, moment(), clock=lambda: batch.deadline + 1)
    settle_all(deliveries.talk(late), moment())

    assert len(journal.heard) == heard
    assert deliver() == 1
    assert len(journal.heard) == heard + 1


def test_what_another_has_taken_over_is_not_talked_about(
    anna: Customer, target: Connector, journal: Journal
) -> None:
    anna.says(given_name="Anne")
    batch = deliveries.read(claimed(target, journal))
    deliver(after=60)
    times = dict(journal.times)

    thawed = deliveries.talk(deliveries.announce(batch, moment()))

    assert journal.times == times
    assert settle_all(thawed, moment()) == 0


def test_a_worker_that_dies_before_it_settles_makes_the_same_event_come_again(
    anna: Customer, target: Connector, journal: Journal
) -> None:
    anna.says(given_name="Anne")
    talked(target, journal)

    deliver(after=60)

    assert journal.times[journal.heard[-1].delivery_id] == 2
    assert [message.delivery_id for message in journal.heard] == list(journal.times)
    assert not deliveries.waiting().exists()


def test_a_loser_of_its_claim_changes_nothing(anna: Customer, target: Connector, journal: Journal) -> None:
    anna.says(given_name="Anne")
    batch = talked(target, journal)
    deliver(after=60)
    before = list(Delivery.objects.order_by("pk").values())

    assert settle_all(batch, moment()) == 0

    assert list(Delivery.objects.order_by("pk").values()) == before


def test_an_answer_that_was_lost_makes_the_event_come_again(
    anna: Customer, target: Connector, journal: Journal
) -> None:
    def lost(message: Message) -> None:
        raise TryLater("No answer.")

    anna.says(given_name="Anne")
    journal.after = lost
    deliver()
    journal.after = lambda message: None
    deliver(after=60)

    assert journal.times[journal.heard[-1].delivery_id] == 2
    assert Delivery.objects.filter(state=DeliveryState.SENT).count() == len(journal.heard)


def test_the_same_event_is_written_down_once(anna: Customer, target: Connector) -> None:
    row = Delivery.objects.earliest("event_id")

    assert Delivery.key(row.event_id, target.pk) == row.pk
    assert Delivery.key(row.event_id, anna.account.pk) != row.pk


def test_a_target_that_takes_only_some_events_hears_of_no_others(
    newsletter: Purpose, journal: Journal
) -> None:
    scene.connector(newsletter, Journal.kind, keeps_state=False, event_types=["profile.changed"])
    anna = scene.meet(newsletter.brand, "anna@example.com")
    anna.gives(newsletter)
    anna.says(given_name="Anne")

    deliver()

    assert [message.type for message in journal.heard] == ["profile.changed"]


def test_deliveries_have_their_months_and_leave_with_them(anna: Customer) -> None:
    now = moment()
    old = f"provisioning_delivery_{now - dt.timedelta(days=150):%Y_%m}"
    make_coming_months(Delivery, now - dt.timedelta(days=150))
    assert old in partitions("provisioning_delivery")

    keep_house()

    kept = partitions("provisioning_delivery")
    assert old not in kept
    assert f"provisioning_delivery_{now:%Y_%m}" in kept
    assert Delivery.objects.filter(account_id=anna.account.pk).exists()
