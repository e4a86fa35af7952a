"""Each event comes once, and those of one person in the order in which they happened."""

import pytest

from accounts.events import SYSTEM
from ciam.lib.outbox import NeedsHuman, TryLater, moment
from consent.models import Purpose
from provisioning import runs
from provisioning.connectors.base import Answer, Message
from provisioning.models import Connector, Delivery, DeliveryState, RunKind
from tests.provisioning.deliveries.journal import Journal, claimed
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


def test_events_of_one_moment_come_in_their_order(
    target: Connector, journal: Journal, newsletter: Purpose
) -> None:
    anna = scene.meet(newsletter.brand, "anna@example.com", given_name="Anna")
    anna.gives(newsletter)

    deliver()

    happened = Delivery.objects.filter(account_id=anna.account.pk).order_by("event_id")
    assert journal.types(anna.membership.pk) == [row.event_type for row in happened]
    assert set(journal.times.values()) == {1}
    assert {row.state for row in happened} == {DeliveryState.SENT}


def test_the_next_of_a_person_waits_until_the_one_before_is_settled(
    anna: Customer, bert: Customer, target: Connector, journal: Journal
) -> None:
    anna.says(given_name="Anne")
    anna.says(family_name="Meier")
    bert.says(given_name="Berti")
    heard = len(journal.of(anna.membership.pk))

    def later_for_anna(message: Message) -> Answer | None:
        return TryLater("Busy.", 30.0) if message.member_id == anna.membership.pk else None

    journal.before = later_for_anna
    deliver()
    assert len(journal.of(anna.membership.pk)) == heard
    assert journal.of(bert.membership.pk)[-1].fields == ("given_name",)

    journal.before = lambda message: None
    deliver(after=40)
    assert [message.fields for message in journal.of(anna.membership.pk)[heard:]] == [
        ("given_name",),
        ("family_name",),
    ]


def test_two_workers_at_once_do_not_overtake_each_other(
    anna: Customer, bert: Customer, target: Connector, journal: Journal
) -> None:
    anna.says(given_name="Anne")
    anna.says(family_name="Meier")
    bert.says(given_name="Berti")

    first, second = claimed(target, journal), claimed(target, journal)

    assert sorted(row.account_id for row in first.rows if row.account_id) == sorted(
        [anna.account.pk, bert.account.pk]
    )
    assert second.rows == ()


def test_an_event_with_a_human_holds_up_nobody_and_comes_late_when_it_is_sent_again(
    anna: Customer, target: Connector, journal: Journal
) -> None:
    def refuses_names(message: Message) -> Answer | None:
        return NeedsHuman("Not this one.") if "given_name" in message.fields else None

    journal.before = refuses_names
    anna.says(given_name="Anne")
    anna.says(family_name="Meier")
    for minute in range(5):
        deliver(after=60.0 * minute)
    stuck = Delivery.objects.exclude(needs_human="").get()
    assert (stuck.needs_human, stuck.tries) == ("Not this one.", 3)
    assert journal.of(anna.membership.pk)[-1].fields == ("family_name",)

    journal.before = lambda message: None
    redriven(target)
    deliver(after=400)
    assert journal.of(anna.membership.pk)[-1].delivery_id == stuck.pk
    assert journal.of(anna.membership.pk)[-1].at == stuck.at


def redriven(target: Connector) -> None:
    """An operator sends again what waits for a human."""
    runs.start(RunKind.REDRIVE, target, SYSTEM, moment())
    runs.work(moment())
