"""Django's PostgreSQL, with a cheaper look at whether a connection that is kept is still good.

Django asks `SELECT 1` at the first query of each request. A server that has gone has closed the connection,
and that can be read; so whoever was asked a moment ago is only looked at.
"""

import select
from time import monotonic
from typing import Any

from django.db.backends.postgresql import base

ASK_EVERY = 1.0  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    health_check_enabled: bool
    health_check_done: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked_at = 0.0

    def close_if_health_check_failed(self) -> None:
        if self.connection is None or not self.health_check_enabled or self.health_check_done:
            return
        now = monotonic()
        if now < self._asked_at + ASK_EVERY and _is_quiet(self.connection):
            self.health_check_done = True
            return
        self._asked_at = now
        super().close_if_health_check_failed()


def _is_quiet(connection: Any) -> bool:
    """Whether there is nothing to read: the server says nothing unasked but that it ends."""
    if connection.closed:
        return False
    # Not `select.select`, which knows no file above 1,023.
    heard = select.poll()
    heard.register(connection, select.POLLIN)
    return not heard.poll(0)
