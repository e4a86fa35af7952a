"""The last phase of a batch of events: what came of each is written down, if its claim still stands."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from accounts.events import EventType
from ciam.lib.outbox import NeedsHuman, TryLater, backoff, give_to_human, postpone, release, settle
from provisioning.breaker import LONGEST_PAUSE, did_well_lately
from provisioning.connectors.base import Done
from provisioning.deliveries import Batch, Dropped
from provisioning.models import Connector, Delivery, DeliveryState, Link, Outcome
from provisioning.settling import LONGEST_TROUBLE, MOST_TRIES, MOST_TRIES_ALONE

# A refusal may be the receiver's passing mistake; an event that it can't bear must not hold up its person.
MOST_REFUSALS = 3


def settle_all(batch: Batch, now: dt.datetime) -> int:
    """Returns how many events are with the target. One transaction."""
    unanswered = batch.messages.keys() - batch.answers.keys()
    alone = isinstance(batch.failure, TryLater) and batch.failure.after is None and len(unanswered) == 1
    sent = []
    with transaction.atomic():
        for row in batch.rows:
            answer = batch.answers.get(row.pk)
            if alone and row.pk in unanswered:
                _settle_failed_alone(row, batch, now)
            elif _settle(row, batch, now) and isinstance(answer, Done):
                sent.append(row)
        _note_erasures(batch.connector, sent, now)
    return len(sent)


def _settle(row: Delivery, batch: Batch, now: dt.datetime) -> bool:
    """Says whether the claim stood."""
    answer = batch.answers.get(row.pk)
    match answer:
        case Done():
            return settle(row, now, state=DeliveryState.SENT, settled_at=now, trouble="")
        case Dropped(why):
            trouble = why[:LONGEST_TROUBLE]
            return settle(row, now, state=DeliveryState.DROPPED, settled_at=now, trouble=trouble)
        case NeedsHuman() if row.tries + 1 >= MOST_REFUSALS:
            return give_to_human(row, now, str(answer), trouble=_short(answer))
        case TryLater() if row.tries >= MOST_TRIES:
            return give_to_human(row, now, f"Tried for days: {answer}", trouble=_short(answer))
        case TryLater():
            return postpone(row, now, answer, trouble=_short(answer))
        case None:
            return release(row, now, trouble=str(batch.failure or "")[:LONGEST_TROUBLE])
        case _:
            return postpone(row, now, TryLater(str(answer)), trouble=_short(answer))


def _settle_failed_alone(row: Delivery, batch: Batch, now: dt.datetime) -> None:
    """Where the target fails again and again for this one event and does well for others, the event is what
    is the matter (see `provisioning.settling`)."""
    tries = min(row.tries + 1, MOST_TRIES_ALONE)
    trouble = str(batch.failure)[:LONGEST_TROUBLE]
    is_well = any(isinstance(one, Done) for one in batch.answers.values())
    if tries == MOST_TRIES_ALONE and (is_well or did_well_lately(batch.connector, now)):
        why = f"The target fails whenever this event is sent: {batch.failure}"
        give_to_human(row, now, why, trouble=trouble)
        return
    wait = dt.timedelta(seconds=min(LONGEST_PAUSE, backoff(row.tries)))
    settle(row, now, tries=tries, not_before=now + wait, trouble=trouble)


def _note_erasures(connector: Connector, sent: Sequence[Delivery], now: dt.datetime) -> None:
    """A target that only takes events has been asked by the event itself, and never says more than that it
    has heard it."""
    if connector.keeps_state:
        return
    # In the order in which every writer locks links.
    for account_id in sorted(row.account_id for row in sent if _erases(row) and row.account_id):
        link = Link.objects.filter(connector=connector, account_id=account_id)
        link.update(outcome=Outcome.ERASING, erasure_asked_at=now, sent_at=now)


def _erases(row: Delivery) -> bool:
    return row.event_type == EventType.ACCOUNT_ERASED


def _short(answer: Exception) -> str:
    return str(answer)[:LONGEST_TROUBLE]
