"""Segments: named parts of a brand's customers, kept by its websites.

Members are written set by set and never loaded: a segment may have hundreds of thousands.
"""

import datetime as dt
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Brand, Membership, MembershipStatus, Segment, SegmentMember

LONGEST_NAME = 200
LONGEST_EXTERNAL_ID = 320

Keys = frozenset[uuid.UUID]
NOBODY: Keys = frozenset()

# Only whoever the brand has now can come in. Counted, so that one unknown id refuses all of them.
ADMIT = """
WITH asked AS (
  SELECT id FROM accounts_membership
  WHERE id = ANY(%(members)s::uuid[]) AND brand_id = %(brand)s AND status <> %(ended)s
), admitted AS (
  INSERT INTO accounts_segmentmember (segment_id, membership_id) SELECT %(segment)s, id FROM asked
  ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM asked), (SELECT count(*) FROM admitted)
"""

# Segments are locked before their members' rows are, as everywhere, and in the order of their keys.
LEAVE = """
WITH held AS (
  SELECT id FROM accounts_segment
  WHERE id IN (SELECT segment_id FROM accounts_segmentmember WHERE membership_id = ANY(%(members)s::uuid[]))
  ORDER BY id FOR UPDATE
), gone AS (
  DELETE FROM accounts_segmentmember
  WHERE membership_id = ANY(%(members)s::uuid[]) AND segment_id IN (SELECT id FROM held)
  RETURNING segment_id
)
UPDATE accounts_segment SET version = version + 1, changed_at = GREATEST(changed_at, %(at)s)
WHERE id IN (SELECT segment_id FROM gone)
"""

SIZES = """
SELECT segment.id, (
  SELECT count(*) FROM (
    SELECT FROM accounts_segmentmember WHERE segment_id = segment.id LIMIT %(most)s
  ) AS member
) FROM unnest(%(segments)s::uuid[]) AS segment (id)
"""


class UnknownMembers(Exception):
    """Some of them aren't customers of the brand; which ones isn't told."""


class ExternalIdTaken(Exception):
    """The website gave this id to another segment."""


class BadSegment(Exception):
    """A name or an id that can't be kept; the sentence says why."""


@dataclass(frozen=True)
class Moves:
    """Who comes and who goes: any number of steps, as the two sets that they come to."""

    admit: Keys = NOBODY
    dismiss: Keys = NOBODY
    only: bool = False
    """Whether all others go."""

    def admitting(self, members: Iterable[uuid.UUID]) -> "Moves":
        came = frozenset(members)
        return replace(self, admit=self.admit | came, dismiss=self.dismiss - came)

    def dismissing(self, members: Iterable[uuid.UUID]) -> "Moves":
        left = frozenset(members)
        return replace(self, admit=self.admit - left, dismiss=self.dismiss | left)

    def __bool__(self) -> bool:
        return bool(self.admit or self.dismiss or self.only)


NO_MOVES = Moves()


def only(members: Iterable[uuid.UUID]) -> Moves:
    return Moves(admit=frozenset(members), only=True)


@dataclass(frozen=True)
class ExternalId:
    """The id by which a website knows a segment; an empty text: none."""

    website: uuid.UUID
    text: str


def folded(text: str) -> str:
    """The form in which names are compared."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def create(
    brand: Brand, name: str, external_id: ExternalId, moves: Moves, actor: Actor, now: dt.datetime
) -> Segment:
    """Raises BadSegment, ExternalIdTaken and UnknownMembers."""
    _check(name, external_id)
    with transaction.atomic():
        segment = Segment(
            brand=brand,
            name=name,
            folded=folded(name),
            external_ids=_with({}, external_id),
            created_at=now,
            changed_at=now,
        )
        if external_id.text:
            _claim(segment, external_id)
        segment.save(force_insert=True)
        _move(segment, moves)
        _record(segment, ["name", "external_id", "members"], actor, now)
    return segment


def hold(brand: Brand, key: uuid.UUID) -> Segment | None:
    """Locked until the transaction ends: whoever changes a segment holds it first."""
    return Segment.objects.filter(brand=brand, pk=key).select_for_update().first()


def change(
    segment: Segment, name: str, external_id: ExternalId, moves: Moves, actor: Actor, now: dt.datetime
) -> bool:
    """Bring a held segment to this. Says whether anything changed; only then its version rises.

    Raises BadSegment, ExternalIdTaken and UnknownMembers.
    """
    _check(name, external_id)
    changed = []
    if name != segment.name:
        segment.name, segment.folded = name, folded(name)
        changed.append("name")
    if external_id.text != segment.external_ids.get(str(external_id.website), ""):
        if external_id.text:
            _claim(segment, external_id)
        segment.external_ids = _with(segment.external_ids, external_id)
        changed.append("external_id")
    if _move(segment, moves):
        changed.append("members")
    if not changed:
        return False
    segment.version += 1
    segment.changed_at = now
    segment.save(update_fields=["name", "folded", "external_ids", "version", "changed_at"])
    _record(segment, changed, actor, now)
    return True


def end(segment: Segment, actor: Actor, now: dt.datetime) -> None:
    """A held segment and who is in it; they themselves stay what they are."""
    _record(segment, ["name", "members"], actor, now)
    SegmentMember.objects.filter(segment=segment).delete()
    segment.delete()


def leave_all(memberships: Iterable[uuid.UUID], now: dt.datetime) -> None:
    """For memberships that end: who comes back later isn't in the segments of former days."""
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, {"members": list(memberships), "at": now})


def sizes(segments: Sequence[uuid.UUID], most: int) -> dict[uuid.UUID, int]:
    """How many each has, counted up to `most`: what is greater isn't read."""
    with connection.cursor() as cursor:
        cursor.execute(SIZES, {"segments": list(segments), "most": most})
        return dict(cursor.fetchall())


def members(segments: Iterable[uuid.UUID], visible: QuerySet[Membership]) -> QuerySet[SegmentMember]:
    """Those of these members who are visible, segment by segment, in the order in which they came."""
    found = SegmentMember.objects.filter(segment__in=list(segments), membership__in=visible)
    return found.order_by("segment", "pk")


def _check(name: str, external_id: ExternalId) -> None:
    if not name.strip() or max(len(name), len(folded(name))) > LONGEST_NAME:
        raise BadSegment(f"a name has 1 to {LONGEST_NAME} characters")
    if len(external_id.text) > LONGEST_EXTERNAL_ID:
        raise BadSegment(f"an id has at most {LONGEST_EXTERNAL_ID} characters")


def _with(external_ids: dict[str, str], external_id: ExternalId) -> dict[str, str]:
    others = {key: text for key, text in external_ids.items() if key != str(external_id.website)}
    return others | ({str(external_id.website): external_id.text} if external_id.text else {})


def _claim(segment: Segment, external_id: ExternalId) -> None:
    # One at a time asks for the same id: no key over a part of a JSON value could refuse the second.
    with connection.cursor() as cursor:
        key = f"segment {external_id.website} {external_id.text}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [key])
    named = {str(external_id.website): external_id.text}
    others = Segment.objects.filter(brand=segment.brand_id, external_ids__contains=named)
    if others.exclude(pk=segment.pk).exists():
        raise ExternalIdTaken


def _move(segment: Segment, moves: Moves) -> int:
    """How many came or went."""
    moved = 0
    if moves.only or moves.dismiss:
        there = SegmentMember.objects.filter(segment=segment)
        gone = (
            there.exclude(membership__in=moves.admit)
            if moves.only
            else there.filter(membership__in=moves.dismiss)
        )
        moved += gone.delete()[0]
    if moves.admit:
        moved += _admit(segment, moves.admit)
    return moved


def _admit(segment: Segment, came: Keys) -> int:
    values: dict[str, Any] = {
        "segment": segment.pk,
        "brand": segment.brand_id,
        "members": list(came),
        "ended": MembershipStatus.ENDED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(ADMIT, values)
        known, admitted = cursor.fetchone()
    if known < len(came):
        raise UnknownMembers
    return int(admitted)


def _record(segment: Segment, fields: Iterable[str], actor: Actor, now: dt.datetime) -> None:
    changed = Change(EventType.SEGMENT_CHANGED, None, actor, segment.brand_id, tuple(fields))
    events.record([changed], now)
