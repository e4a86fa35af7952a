"""Keys made in Python: UUIDv7 (RFC 9562), whose order is the order in which they were made."""

import datetime as dt
import uuid

import uuid_utils.compat


def uuid7() -> uuid.UUID:
    return uuid_utils.compat.uuid7()


def made_at(key: uuid.UUID) -> dt.datetime:
    """The millisecond in which a UUIDv7 was made."""
    return dt.datetime.fromtimestamp((key.int >> 80) / 1000, tz=dt.UTC)


def floor_at(moment: dt.datetime) -> uuid.UUID:
    """The least UUID that a key made at `moment` can have: the bound of a partition or of a query."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
