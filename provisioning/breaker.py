"""A target that fails as a whole is left alone for a while, tried by one worker with few people, and then
trusted with more and more: the sick one costs the others nothing, and isn't run over when it is back."""

import datetime as dt
import random

from django.db.models import F, Value
from django.db.models.functions import Least

from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.models import Connector
from provisioning.models.connector import ConnectorQuerySet

LONGEST_PAUSE = 60.0
MOST_FAILURES = 16
LATELY = dt.timedelta(seconds=60)
# A row that every batch of every worker wrote to would be a bottleneck.
NOTED_EVERY = dt.timedelta(seconds=10)


def batch_size(connector: Connector, usual: int) -> int:
    """Half as many with each failure. That also finds the one person who makes every batch fail."""
    return max(1, usual >> connector.failures)


def did_well_lately(connector: Connector, now: dt.datetime) -> bool:
    return connector.succeeded_at is not None and connector.succeeded_at > now - LATELY


def may_try(connector: Connector, now: dt.datetime, lease: dt.timedelta) -> bool:
    """A healthy target serves any number of workers, a sick one a single one at a time."""
    if not connector.failures:
        return True
    return _this(connector).open_at(now).update(paused_until=now + lease) == 1


def resume(connector: Connector, now: dt.datetime) -> None:
    """Nothing was tried after all."""
    if connector.failures:
        _this(connector).update(paused_until=now)


def learn(connector: Connector, usual: int, failure: TryLater | NeedsHuman | None, now: dt.datetime) -> None:
    """What a batch for the target says of the target."""
    match failure:
        case NeedsHuman():
            stop(connector, str(failure))
        case TryLater():
            failed(connector, failure, now)
        case None:
            succeeded(connector, usual, now)


def succeeded(connector: Connector, usual: int, now: dt.datetime) -> None:
    if connector.failures:
        left = min(connector.failures, usual.bit_length()) - 1
        _this(connector).update(failures=left, paused_until=now, succeeded_at=now)
    elif connector.succeeded_at is None or connector.succeeded_at < now - NOTED_EVERY:
        _this(connector).update(succeeded_at=now)


def failed(connector: Connector, later: TryLater, now: dt.datetime) -> None:
    """A target that names a time isn't sick: it is busy until then."""
    if later.after is not None:
        _this(connector).update(paused_until=now + dt.timedelta(seconds=later.after))
        return
    wait = random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, 2.0**connector.failures)  # noqa: S311
    more = Least(F("failures") + 1, Value(MOST_FAILURES))
    _this(connector).update(failures=more, paused_until=now + dt.timedelta(seconds=wait))


def stop(connector: Connector, why: str) -> None:
    """Nothing goes there until an operator has acted."""
    _this(connector).update(needs_human=why)


def start(connector: Connector) -> None:
    """An operator has acted."""
    _this(connector).update(needs_human="", failures=0, paused_until=None)


def _this(connector: Connector) -> ConnectorQuerySet:
    return Connector.objects.filter(pk=connector.pk)
