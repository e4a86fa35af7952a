"""Lease, retry and backoff: what connectors, mail and back-channel logout share.

A row that has something to bring outside carries four columns (`Outgoing`). A worker claims due rows with a
token and a lease, commits, and only then talks; whoever settles must still hold the claim. A broker is not
involved: losing it loses a wake-up, never work.
"""

import datetime as dt
import random
from typing import Any, TypeVar

from django.db import connection, models, transaction

from ciam.lib.ids import uuid7

FIRST_DELAY = 1.0
LONGEST_DELAY = 900.0


class TryLater(Exception):
    """The other side can't now. `after` is in seconds, if it named a time."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class NeedsHuman(Exception):
    """Trying again won't help. The text is a sentence on which an operator can act."""


class Outgoing(models.Model):
    """The columns of a row that waits to be brought outside."""

    not_before = models.DateTimeField()
    claim = models.UUIDField(null=True, editable=False)
    tries = models.PositiveIntegerField(default=0)
    needs_human = models.TextField(blank=True)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Outgoing)


def moment() -> dt.datetime:
    """Now by the database's clock: the one that all machines share, so that none sees a lease end early."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: dt.datetime = cursor.fetchone()[0]
    return found


def claim_due(due: models.QuerySet[Row], *, most: int, lease: dt.timedelta, now: dt.datetime) -> list[Row]:
    """Take up to `most` rows of `due` that are free, for as long as `lease`, and commit.

    `due` says which rows have work; the time, the lock and the claim are added here. The lease must be longer
    than the talk that follows can last.
    """
    token = uuid7()
    with transaction.atomic():
        rows = list(
            due.filter(not_before__lte=now, needs_human="")
            .order_by("not_before")
            .select_for_update(skip_locked=True, of=("self",))[:most]
        )
        ids = [row.pk for row in rows]
        due.model._default_manager.filter(pk__in=ids).update(claim=token, not_before=now + lease)
    for row in rows:
        row.claim = token
        row.not_before = now + lease
    return rows


def settle(row: Outgoing, now: dt.datetime, **changes: Any) -> bool:
    """Write the outcome if the claim still stands; says whether it did."""
    fields = {"claim": None, "not_before": now, "tries": 0, "needs_human": "", **changes}
    manager: models.Manager[Outgoing] = type(row)._default_manager
    return manager.filter(pk=row.pk, claim=row.claim).update(**fields) == 1


def release(row: Outgoing, now: dt.datetime, **changes: Any) -> bool:
    """Give a claimed row back, due as before: nothing was found out about it."""
    return settle(row, now, tries=row.tries, **changes)


def postpone(row: Outgoing, now: dt.datetime, later: TryLater, **changes: Any) -> bool:
    """Try this row again after the named time, or after a longer and longer random one."""
    return settle(row, now, **{"not_before": next_try(row, now, later), "tries": row.tries + 1, **changes})


def next_try(row: Outgoing, now: dt.datetime, later: TryLater) -> dt.datetime:
    wait = later.after if later.after is not None else backoff(row.tries)
    return now + dt.timedelta(seconds=wait)


def give_to_human(row: Outgoing, now: dt.datetime, why: str, **changes: Any) -> bool:
    return settle(row, now, **{"tries": row.tries + 1, "needs_human": why, **changes})


def backoff(tries: int) -> float:
    """Seconds until the next try: exponential with jitter, base 1 s, at most 15 min."""
    return random.uniform(0.5, 1.0) * float(min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(tries, 20)))  # noqa: S311
