"""Counters in PostgreSQL: they survive the loss of Redis and are shared by all processes and doors."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from ciam.lib.crypto import keyed_hash


@dataclass(frozen=True)
class Limit:
    """At most `most` uses in `seconds`, counted from the first use."""

    name: str
    most: int
    seconds: int


class TooMany(Exception):
    """The limit is reached; `after` seconds from now it is open again."""

    def __init__(self, limit: Limit, after: int) -> None:
        super().__init__(f"Too many attempts ({limit.name}).")
        self.limit = limit
        self.after = after


HIT = """
INSERT INTO ciam_lib_counter AS c (key, uses, ends_at) VALUES (%(key)s, 1, %(now)s + %(span)s::interval)
ON CONFLICT (key) DO UPDATE SET
  uses = CASE WHEN c.ends_at <= %(now)s THEN 1 ELSE c.uses + 1 END,
  ends_at = CASE WHEN c.ends_at <= %(now)s THEN %(now)s + %(span)s::interval ELSE c.ends_at END
RETURNING uses, ends_at
"""


def hit(limit: Limit, subject: str, now: dt.datetime) -> None:
    """Count one use by `subject`; raises TooMany past the limit.

    One statement that commits on its own: call it outside a transaction and before the work that it guards.
    """
    key = keyed_hash(f"counter {limit.name}", subject)
    with connection.cursor() as cursor:
        cursor.execute(HIT, {"key": key, "now": now, "span": f"{limit.seconds} seconds"})
        uses, ends_at = cursor.fetchone()
    if uses > limit.most:
        raise TooMany(limit, max(1, round((ends_at - now).total_seconds())))


def give_back(limit: Limit, subject: str) -> None:
    """Take one use back: it was no failed try after all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ciam_lib_counter SET uses = uses - 1 WHERE key = %s AND uses > 0",
            [keyed_hash(f"counter {limit.name}", subject)],
        )


def is_busy(subjects: Iterable[tuple[Limit, str]], now: dt.datetime) -> bool:
    """Whether one of these has had as many uses as its limit says. Counts nothing."""
    most = {keyed_hash(f"counter {limit.name}", subject): limit.most for limit, subject in subjects}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, uses FROM ciam_lib_counter WHERE key = ANY(%s) AND ends_at > %s", [list(most), now]
        )
        return any(uses >= most[key] for key, uses in cursor.fetchall())


def once(name: str, subject: str, until: dt.datetime) -> bool:
    """Whether this is the first time. Of many at once one is, and nobody else before `until`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ciam_lib_counter (key, uses, ends_at) VALUES (%s, 1, %s) ON CONFLICT DO NOTHING",
            [keyed_hash(f"once {name}", subject), until],
        )
        return bool(cursor.rowcount == 1)


def forget(limit: Limit, subject: str) -> None:
    """Start again from nothing, after a success."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ciam_lib_counter WHERE key = %s", [keyed_hash(f"counter {limit.name}", subject)]
        )


def drop_ended(now: dt.datetime, most: int = 10_000) -> int:
    """Remove counters whose time is over, in a bounded batch."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ciam_lib_counter WHERE ctid IN "
            "(SELECT ctid FROM ciam_lib_counter WHERE ends_at < %s LIMIT %s)",
            [now, most],
        )
        return int(cursor.rowcount)
