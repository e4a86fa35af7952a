"""What a page may cost the database, however large the brand is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from scim2_models import TooManyException

MOST_COUNTED = 10_000
"""So many resources past a page's beginning are counted; of more, the total says one more than that."""
LONGEST_READ_MS = 2_000
CANCELLED = "57014"


def total(found: "QuerySet[Any]", offset: int, count: int, read: int) -> int:
    """Exact while at most MOST_COUNTED follow the offset. Else a lower bound, which always exceeds what was
    read so far: whoever pages on by it misses nobody."""
    if 0 < read < count or (offset == 0 and read < count):
        return offset + read
    if count and not read:
        offset = 0
    counted = found.order_by()[offset : offset + MOST_COUNTED + 1].count()
    return offset + counted


@contextmanager
def bounded(needed: bool) -> Iterator[None]:
    """A read that nobody can say the cost of ends after two seconds, as TooMany (RFC 7644, section 3.12)."""
    if not needed:
        yield
        return
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(LONGEST_READ_MS)])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != CANCELLED:
            raise
        raise TooManyException(detail="This takes too long to find: ask for less, or by a key.") from None
