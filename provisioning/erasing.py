"""Targets that take their time to erase somebody are asked day by day whether they are done."""

import datetime as dt
import time
import uuid
from functools import partial

from ciam.lib.outbox import NeedsHuman, TryLater, claim_due, give_to_human, settle
from provisioning import breaker
from provisioning.connectors import KINDS
from provisioning.connectors.base import Answer, Done, ErasesLater
from provisioning.delivery import FRESH, LEASE, Clock
from provisioning.models import Connector, Link, Outcome
from provisioning.talking import failure_of

EVERY = dt.timedelta(days=1)
# So many days in a row it could not be asked, or so long it has been at it: then somebody looks.
MOST_TRIES = 7
LONGEST = dt.timedelta(days=30)
BATCH = 100


def ask_targets(now: dt.datetime, clock: Clock = time.monotonic) -> int:
    """One round; returns how many erasures were confirmed. To be called outside a transaction."""
    confirmed = 0
    for connector in Connector.objects.open_at(now).order_by("pk"):
        kind = KINDS.get(connector.kind)
        if isinstance(kind, ErasesLater):
            confirmed += _ask(connector, kind, now, clock)
    return confirmed


def _ask(connector: Connector, kind: ErasesLater, now: dt.datetime, clock: Clock) -> int:
    confirmed = 0
    erasing = Link.objects.filter(connector=connector, outcome=Outcome.ERASING, is_behind=False)
    while links := claim_due(erasing, most=BATCH, lease=LEASE, now=now):
        tasks = {link.pk: link.erasure_task for link in links}
        answers: dict[uuid.UUID, Answer] = {}
        failure = failure_of(connector, partial(_take, kind, connector, tasks, answers, clock() + FRESH))
        for link in links:
            confirmed += _settle(link, answers.get(link.pk), failure, now)
        if isinstance(failure, NeedsHuman):
            breaker.stop(connector, str(failure))
        if failure:
            break
    return confirmed


def _take(
    kind: ErasesLater,
    connector: Connector,
    tasks: dict[uuid.UUID, str],
    answers: dict[uuid.UUID, Answer],
    deadline: float,
) -> None:
    for link_id, answer in kind.erased(connector, tasks, deadline):
        answers[link_id] = answer


def _settle(
    link: Link, answer: Answer | None, failure: TryLater | NeedsHuman | None, now: dt.datetime
) -> bool:
    """Says whether the erasure is confirmed."""
    match answer:
        case Done(outcome=Outcome.ERASED):
            return settle(
                link, now, outcome=Outcome.ERASED, sent_at=now, held=[], held_since=None, trouble=""
            )
        case NeedsHuman():
            give_to_human(link, now, str(answer), trouble=str(answer)[:300])
        case TryLater() if link.erasure_asked_at and link.erasure_asked_at <= now - LONGEST:
            why = f"Asked {LONGEST.days} days ago to erase, and not confirmed: ask the target."
            give_to_human(link, now, why, trouble=why)
        case TryLater():
            settle(link, now, not_before=now + EVERY, trouble=str(answer)[:300])
        case _:
            _not_asked(link, failure, now)
    return False


def _not_asked(link: Link, failure: TryLater | NeedsHuman | None, now: dt.datetime) -> None:
    trouble = str(failure or "The target said nothing of this erasure.")[:300]
    if link.tries + 1 >= MOST_TRIES:
        why = f"For {MOST_TRIES} days the target could not be asked whether it has erased: {trouble}"
        give_to_human(link, now, why, trouble=trouble)
    else:
        settle(link, now, not_before=now + EVERY, tries=link.tries + 1, trouble=trouble)
