"""Waking a worker. A hint, never the carrier of work: whoever is not woken finds the row on the next sweep.

A Redis that is gone or frozen must not slow a page: 0.2 s at most, no retry, and after a failure no further
try for a while.
"""

import logging
import threading
import time

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

PATIENCE = 0.2
PAUSE_AFTER_FAILURE = 10.0
TOGETHER = 0.1

_quiet_until = 0.0
_lock = threading.Lock()
_sent_at: dict[str, float] = {}
_waiting: set[str] = set()


def wake(task: str) -> None:
    """After this transaction's commit, hint that `task` has something to do."""
    transaction.on_commit(lambda: _send(task))


def hint(task: str) -> None:
    """As `wake`, where no transaction is."""
    _publish(task)


def _send(task: str) -> None:
    """At once, or with others that come in the same moment: a worker sweeps until nothing is left."""
    now = time.monotonic()
    with _lock:
        if task in _waiting:
            return
        wait = _sent_at.get(task, 0.0) + TOGETHER - now
        if wait > 0:
            _waiting.add(task)
        else:
            _sent_at[task] = now
    if wait > 0:
        timer = threading.Timer(wait, _send_late, [task])
        timer.daemon = True
        timer.start()
    else:
        _publish(task)


def _send_late(task: str) -> None:
    with _lock:
        _waiting.discard(task)
        _sent_at[task] = time.monotonic()
    _publish(task)


def _publish(task: str) -> None:
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        # Asking first is what makes it cheap: kombu would try each of several commands to its own end.
        _probe().ping()
        current_app.send_task(task, retry=False, expires=30)
    except (redis.RedisError, OperationalError, OSError) as error:
        _quiet_until = time.monotonic() + PAUSE_AFTER_FAILURE
        log.warning("no worker was woken (%s); the sweep will find it", type(error).__name__)


def _probe() -> redis.Redis:
    global _client
    if _client is None:
        _client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
    return _client


_client: redis.Redis | None = None
