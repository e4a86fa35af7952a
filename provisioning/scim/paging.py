"""Cursors: where a page ended, for the one who asked, to go on from (RFC 9865).

A cursor names the last resource of a page by the value it is sorted by, not by its number, so that what comes
and goes between two pages moves nobody. The value may be personal and cursors stand in addresses, so that a
cursor is encrypted, not merely signed. It serves the website that got it, for the same filter and order, and
for an hour.
"""

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from scim2_models import ExpiredCursorException, InvalidCursorException, SCIMException

from ciam.lib.crypto import Unreadable, decrypt, encrypt
from provisioning.scim.asking import Search
from provisioning.scim.service import CURSOR_SECONDS, DEFAULT_PAGE, LARGEST_PAGE
from provisioning.scim.sorting import Key, Place
from provisioning.websites import Caller


class InvalidCount(SCIMException):
    """RFC 9865, section 2.1."""

    status = 400
    scim_type = "invalidCount"
    _default_detail = f"With a cursor, count is between 1 and {LARGEST_PAGE}."


@dataclass(frozen=True)
class Asker:
    """Whose a cursor is, and for which question."""

    digest: str

    @classmethod
    def of(cls, caller: Caller, search: Search, path: str) -> "Asker":
        asked = [str(caller.website.pk), path, search.filter, search.sort_by, search.sort_order]
        said = json.dumps([None if each is None else str(each) for each in asked])
        return cls(hashlib.sha256(said.encode()).hexdigest()[:32])


def count_of(search: Search) -> int:
    """How many resources a page has at most. Raises InvalidCount."""
    if search.cursor is not None and search.count is not None and search.count < 1:
        raise InvalidCount
    return DEFAULT_PAGE if search.count is None else min(search.count, LARGEST_PAGE)


def cursor_after(place: Place, asker: Asker, now: dt.datetime) -> str:
    ends = int(now.timestamp()) + CURSOR_SECONDS
    said = {"of": asker.digest, "ends": ends, "key": _plain(place.key), "pk": str(place.pk)}
    # Padding isn't among the characters that a cursor may have (RFC 9865, section 2).
    return encrypt(json.dumps(said)).decode().rstrip("=")


def place_of(cursor: str, asker: Asker, now: dt.datetime) -> Place | None:
    """After whom the page begins; None for the first. Raises InvalidCursor and ExpiredCursor."""
    if not cursor:
        return None
    said = _opened(cursor)
    if said.get("of") != asker.digest:
        raise InvalidCursorException(detail="This cursor is of another query.")
    if said["ends"] <= now.timestamp():
        raise ExpiredCursorException(
            detail=f"A cursor is valid for {CURSOR_SECONDS} seconds: begin again with an empty one."
        )
    return Place(_key(said["key"]), uuid.UUID(said["pk"]))


def _opened(cursor: str) -> dict[str, Any]:
    try:
        said = json.loads(decrypt((cursor + "=" * (-len(cursor) % 4)).encode()))
    except (Unreadable, ValueError):
        said = None
    if not isinstance(said, dict):
        raise InvalidCursorException(detail="This is no cursor of ours.")
    return said


def _plain(key: Key) -> object:
    match key:
        case dt.datetime():
            return {"at": key.isoformat()}
        case uuid.UUID():
            return {"id": str(key)}
    return key


def _key(said: Any) -> Key:
    match said:
        case {"at": str(text)}:
            return dt.datetime.fromisoformat(text)
        case {"id": str(text)}:
            return uuid.UUID(text)
    key: Key = said
    return key
