"""What waits for a human is tried again: links and events."""

import uuid

import pytest

from accounts.events import SYSTEM
from ciam.lib.outbox import NeedsHuman, moment
from consent.models import Purpose
from provisioning import runs
from provisioning.connectors.base import Push
from provisioning.models import Connector, Delivery, DeliveryState, Link, Run, RunKind, RunState
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver, settled
from tests.provisioning.runs.working import all_slices

pytestmark = pytest.mark.django_db


def refuses(_push: Push) -> NeedsHuman:
    return NeedsHuman("The name is too long.")


def delivery(connector: Connector, account_id: uuid.UUID, **fields: object) -> Delivery:
    event_id = uuid.uuid4()
    named: dict[str, object] = {"needs_human": "Refused.", "tries": 3, **fields}
    return Delivery.objects.create(
        id=Delivery.key(event_id, connector.pk),
        connector=connector,
        event_id=event_id,
        event_type="profile.changed",
        account_id=account_id,
        at=moment(),
        not_before=moment(),
        **named,
    )


def test_links_in_trouble_are_tried_again_and_no_others(
    crm: Connector, people: list[Customer], memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.resyncing.SLICE", 5)
    deliver()
    memory.before = refuses
    for customer in people[:12]:
        customer.says(given_name="A name")
    deliver()
    stuck = Link.objects.exclude(needs_human="").count()
    memory.before = lambda _push: None
    run = runs.start(RunKind.REDRIVE, crm, SYSTEM, moment())

    all_slices()
    behind = Link.objects.behind().count()
    deliver()

    run.refresh_from_db()
    assert (stuck, behind) == (12, 12)
    assert (run.state, run.expected, run.seen, run.changed) == (RunState.DONE, 12, 12, 12)
    assert settled(crm)


def test_who_is_refused_again_is_not_tried_for_ever(
    crm: Connector, anna: Customer, newsletter: Purpose, memory: Memory
) -> None:
    memory.before = refuses
    anna.gives(newsletter)
    deliver()
    runs.start(RunKind.REDRIVE, crm, SYSTEM, moment())

    all_slices()
    deliver()
    all_slices()

    assert Run.objects.get().state == RunState.DONE
    assert anna.link(crm).needs_human == "The name is too long."


def test_events_in_trouble_are_tried_again_and_no_others(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    account = anna.account.pk
    stuck = delivery(crm, account)
    dropped = delivery(crm, account, state=DeliveryState.DROPPED)
    waiting = delivery(crm, account, needs_human="", tries=2)
    run = runs.start(RunKind.REDRIVE, crm, SYSTEM, moment())

    all_slices()

    for row in (stuck, dropped, waiting, run):
        row.refresh_from_db()
    assert (stuck.needs_human, stuck.tries) == ("", 0)
    assert (dropped.needs_human, waiting.tries) == ("Refused.", 2)
    assert (run.expected, run.seen, run.changed) == (1, 1, 1)
