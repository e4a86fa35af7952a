"""Decided at the moment of sending: consent, the matrix, and whether the target ever heard of the person."""

from collections.abc import Callable

import pytest

from accounts import privacy
from accounts.events import SYSTEM, EventType
from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning import deliveries, desired
from provisioning.matrix import Matrix
from provisioning.models import Connector, Delivery, DeliveryState, Link, Outcome
from tests.provisioning.deliveries.journal import Journal, talked
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


def dropped() -> dict[str, str]:
    """Why, by event type."""
    rows = Delivery.objects.filter(state=DeliveryState.DROPPED)
    return {row.event_type: row.trouble for row in rows}


def test_a_message_names_the_person_and_what_changed_and_only_values_that_may_leave(
    anna: Customer, target: Connector, journal: Journal
) -> None:
    anna.says(given_name="Anne", family_name="Meier", interests=["tea"])

    deliver()

    message = journal.heard[-1]
    assert message.type == EventType.PROFILE_CHANGED
    assert message.member_id == anna.membership.pk
    assert message.subject == anna.account.subject()
    assert message.fields == ("family_name", "given_name", "interests")
    assert message.values == {"given_name": "Anne", "interests": ["tea"]}
    assert anna.link(target).held == ["given_name", "interests"]


def test_a_target_of_a_sector_knows_people_by_other_subjects(
    anna: Customer, target: Connector, journal: Journal
) -> None:
    Connector.objects.update(settings={"sector": "partner.example"})
    anna.says(given_name="Anne")

    deliver()

    assert journal.heard[-1].subject == anna.account.subject("partner.example") != anna.account.subject()


def test_a_withdrawal_between_the_event_and_its_sending_drops_it(
    anna: Customer, target: Connector, journal: Journal, newsletter: Purpose
) -> None:
    anna.says(given_name="Anne")
    anna.withdraws(newsletter)

    deliver()

    assert dropped() == {EventType.PROFILE_CHANGED: "The consent to “newsletter” is withdrawn."}
    assert journal.heard[-1].type == EventType.CONSENT_CHANGED
    assert journal.heard[-1].values == {}


@pytest.mark.usefixtures("target")
def test_of_somebody_who_never_agreed_a_target_hears_nothing_whatever_happens(
    journal: Journal, newsletter: Purpose
) -> None:
    carl = scene.meet(newsletter.brand, "carl@example.com", given_name="Carl")
    carl.says(given_name="Karl")
    carl.withdraws(newsletter)
    carl.is_suspended()
    carl.returns()
    carl.ends()
    privacy.erase([carl.account.pk], SYSTEM, moment())

    deliver()

    assert journal.heard == []
    assert not deliveries.waiting().exists()
    assert not Link.objects.exists()


Doing = Callable[[Customer], None]


def _restrict(customer: Customer) -> None:
    customer.is_restricted(True)


def _erase(customer: Customer) -> None:
    assert privacy.erase([customer.account.pk], SYSTEM, moment()) == 1


ENDS: list[tuple[Doing, str]] = [
    (Customer.ends, EventType.MEMBERSHIP_ENDED),
    (Customer.is_suspended, EventType.MEMBERSHIP_SUSPENDED),
    (_restrict, EventType.ACCOUNT_RESTRICTED),
    (_erase, EventType.ACCOUNT_ERASED),
]


@pytest.mark.parametrize(("does", "told"), ENDS)
def test_who_knows_a_person_hears_of_the_end_and_of_nothing_before_it(
    anna: Customer, target: Connector, journal: Journal, does: Doing, told: str
) -> None:
    heard = len(journal.heard)
    anna.says(given_name="Anne")
    does(anna)

    deliver()

    assert [(message.type, message.values) for message in journal.heard[heard:]] == [(told, {})]
    assert EventType.PROFILE_CHANGED in dropped()
    assert not deliveries.waiting().exists()


@pytest.mark.parametrize(("does", "told"), ENDS)
def test_who_never_heard_of_a_person_does_not_hear_of_the_end(
    target: Connector, journal: Journal, newsletter: Purpose, does: Doing, told: str
) -> None:
    carl = scene.meet(newsletter.brand, "carl@example.com")
    carl.gives(newsletter)
    does(carl)

    deliver()

    assert journal.heard == []
    assert told in dropped()


def test_the_end_is_told_long_after_the_deliveries_before_are_gone(
    anna: Customer, target: Connector, journal: Journal
) -> None:
    Delivery.objects.all().delete()
    _erase(anna)

    deliver()

    assert journal.heard[-1].type == EventType.ACCOUNT_ERASED
    link = anna.link(target)
    assert (link.outcome, link.erasure_asked_at is not None) == (Outcome.ERASING, True)


def test_what_may_have_left_counts_as_told(target: Connector, journal: Journal, newsletter: Purpose) -> None:
    """A worker dies between sending and settling; then the person is erased."""
    carl = scene.meet(newsletter.brand, "carl@example.com")
    carl.gives(newsletter)
    talked(target, journal)
    _erase(carl)

    deliver(after=60)

    assert journal.heard[-1].type == EventType.ACCOUNT_ERASED


def test_another_purposes_change_is_no_farewell(
    anna: Customer, target: Connector, journal: Journal, newsletter: Purpose
) -> None:
    statistics = scene.purpose(newsletter.brand, "statistics")
    anna.withdraws(newsletter)
    deliver()
    heard = len(journal.heard)

    anna.gives(statistics)
    deliver()

    assert len(journal.heard) == heard


def test_nothing_waits_for_a_target_that_only_takes_events_in_links(
    anna: Customer, target: Connector, journal: Journal
) -> None:
    anna.says(given_name="Anne")

    assert deliver() == 1
    assert deliver() == 0


def test_somebody_whose_data_is_not_understood_holds_up_nobody(
    anna: Customer, bert: Customer, target: Connector, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def picky(connector: Connector, matrix: Matrix, snapshot: object, stands: object) -> object:
        if getattr(snapshot, "account_id", None) == anna.account.pk:
            raise ValueError("canary")
        return desired.desired(connector, matrix, snapshot, stands)  # type: ignore[arg-type]

    monkeypatch.setattr(deliveries, "desired", picky)
    anna.says(given_name="Anne")
    bert.says(given_name="Berti")
    for minute in range(4):
        deliver(after=60.0 * minute)

    stuck = Delivery.objects.exclude(needs_human="").get()
    assert stuck.account_id == anna.account.pk
    assert stuck.needs_human == "What may be known here could not be decided (ValueError)."
    assert journal.of(bert.membership.pk)[-1].values["given_name"] == "Berti"
