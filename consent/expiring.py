"""Consents whose time is over are written down as expired, so that pages, targets and the history tell it.

Nothing leaves for them from the very moment (`ledger.is_given`); the event of the record has targets forget
what they hold. What is due is one query with the time as a parameter, asked again under the lock of the
accounts: who has withdrawn or renewed meanwhile keeps that answer, and two workers write no more than one.
"""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.events import SYSTEM
from accounts.models import LEAVING, Account
from consent import ledger
from consent.ledger import Given, Shown
from consent.models import ConsentRecord, Decision, Method

# Then other work of the same worker gets its turn.
BUDGET = 30.0
BATCH = 200
MOST = 10_000


@dataclass(frozen=True)
class Round:
    """How many consents were written down as expired, and whether that was all there was to do."""

    expired: int
    is_complete: bool


def to_expire(now: dt.datetime) -> QuerySet[ConsentRecord]:
    """Agreements that still stand and whose time is over."""
    followers = ConsentRecord.objects.filter(
        account=OuterRef("account"), purpose=OuterRef("purpose"), parent_id=OuterRef("pk")
    )
    over = ConsentRecord.objects.filter(decision=Decision.GIVEN, expires_at__lte=now)
    return over.filter(~Exists(followers)).exclude(account__status__in=LEAVING)


def expire_round(
    now: dt.datetime, budget: float = BUDGET, clock: Callable[[], float] = time.monotonic
) -> Round:
    """Write down what has expired at `now`, for at most `budget` seconds. Outside a transaction: every batch
    commits on its own, and after a kill the next round finds what is left."""
    ends, expired = clock() + budget, 0
    due = list(to_expire(now).order_by("expires_at", "pk").values_list("pk", "account_id")[:MOST])
    for start in range(0, len(due), BATCH):
        if clock() > ends:
            return Round(expired, False)
        expired += _expire(due[start : start + BATCH], now)
    return Round(expired, len(due) < MOST)


def _expire(batch: Sequence[tuple[uuid.UUID, uuid.UUID]], now: dt.datetime) -> int:
    with transaction.atomic():
        Account.objects.locked(account for _record, account in batch)
        still = to_expire(now).filter(pk__in=[record for record, _account in batch])
        answers = [_expired(record) for record in still.select_related("version__purpose__brand")]
        return len(ledger.write(answers, now))


def _expired(record: ConsentRecord) -> Given:
    """It repeats when the person last answered: nobody was shown anything since."""
    return Given(
        account_id=record.account_id,
        shown=Shown(record.version, text_hash="", locale="", surface=""),
        decision=Decision.EXPIRED,
        method=Method.CLOCK,
        actor=SYSTEM,
        said_at=record.said_at,
    )
