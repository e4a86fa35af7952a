"""Numbers of visits, and what targets found out, are kept only while somebody's consent lets them be.

A listener of `accounts.events`: in the transaction of a change it forgets the values that nothing allows any
more. The events of that make links wait, so that the targets forget them too.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import events
from accounts.attributes import ATTRIBUTES
from accounts.events import Actor, Change, EventType
from accounts.models import Event, ProfileValue, Source
from ciam.lib.kept import Kept
from consent import ledger
from consent.models import Purpose
from provisioning.models import Connector, Website

TRACKING = frozenset(name for name, attribute in ATTRIBUTES.items() if attribute.tracking)
FORGETTING = Actor("system", "tracking")

Told = frozenset[tuple[uuid.UUID, str]]
"""(brand id, field): what an event has that tells of an answer on which such values depend."""

known_answers: Kept[str, Told] = Kept(seconds=3)
"""So long another process may not heed a purpose that has just begun to allow tracking."""


@dataclass(frozen=True)
class Voice:
    """Who said a value: a website of a brand; or a target of a brand, for a purpose."""

    brand_id: uuid.UUID
    purpose_id: uuid.UUID | None = None


def on_events(told: Sequence[Event]) -> None:
    """Any number of events at once. No query for those that can't concern this, one where nobody of whom they
    tell has such a value."""
    concerned = {event.account_id for event in told if event.account_id and _concerns(event)}
    if concerned:
        forget(concerned, timezone.now())


def _concerns(event: Event) -> bool:
    if event.type == EventType.CONSENT_CHANGED and event.brand_id:
        answers = known_answers.get("all", _answers) or frozenset()
        return any((event.brand_id, field) in answers for field in event.fields)
    is_ours = (event.actor_kind, event.actor_id) == (FORGETTING.kind, FORGETTING.id)
    return not is_ours and not TRACKING.isdisjoint(event.fields)


def _answers() -> Told:
    of_a_target = Exists(Connector.objects.filter(purpose=OuterRef("pk")))
    rows = Purpose.objects.filter(Q(allows_tracking=True) | of_a_target)
    return frozenset((brand, f"consent.{key}") for brand, key in rows.values_list("brand_id", "key"))


def forget(account_ids: Iterable[uuid.UUID], now: dt.datetime) -> None:
    """Delete what nothing allows any more, and tell it as events. The caller has locked the accounts."""
    tracking = Q(source=Source.WEBSITE, attribute__in=TRACKING) | Q(source=Source.TARGET)
    rows = list(ProfileValue.objects.filter(tracking, account__in=list(account_ids)))
    if not rows:
        return
    voices = _voices(rows)
    may = allowances({row.account_id for row in rows}, voices.values(), now)
    gone = [row for row in rows if not may.keep(row.account_id, row.attribute, voices.get(row.said_by))]
    if not gone:
        return
    ProfileValue.objects.filter(pk__in=[row.pk for row in gone]).delete()
    names: dict[tuple[uuid.UUID, uuid.UUID | None], set[str]] = defaultdict(set)
    for row in gone:
        voice = voices.get(row.said_by)
        names[row.account_id, voice.brand_id if voice else None].add(row.attribute)
    events.record(
        Change(EventType.PROFILE_CHANGED, account_id, FORGETTING, brand_id, tuple(fields))
        for (account_id, brand_id), fields in names.items()
    )


def _voices(rows: Iterable[ProfileValue]) -> dict[str, Voice]:
    """By `said_by`. A website or target that is no more has no voice: nothing allows what it said."""
    ids = {row.said_by for row in rows}
    websites = Website.objects.filter(pk__in=_uuids(ids)).values_list("pk", "brand_id")
    targets = Connector.objects.filter(pk__in=_uuids(ids)).values_list("pk", "brand_id", "purpose_id")
    return {str(key): Voice(*whose) for key, *whose in [*websites, *targets]}


def _uuids(texts: Iterable[str]) -> list[uuid.UUID]:
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


@dataclass(frozen=True)
class Allowances:
    """What some people's answers let be kept. `tracking`: purposes by brand."""

    stands: Mapping[ledger.Line, ledger.Standing]
    tracking: Mapping[uuid.UUID, frozenset[uuid.UUID]]

    def keep(self, account_id: uuid.UUID, attribute: str, voice: Voice | None) -> bool:
        if voice is None:
            return False
        if voice.purpose_id and not self._allowed(account_id, voice.purpose_id):
            return False
        purposes = self.tracking.get(voice.brand_id, frozenset())
        return attribute not in TRACKING or any(self._allowed(account_id, one) for one in purposes)

    def _allowed(self, account_id: uuid.UUID, purpose_id: uuid.UUID) -> bool:
        standing = self.stands.get((account_id, purpose_id))
        return standing is not None and standing.allows


def allowances(account_ids: Iterable[uuid.UUID], voices: Iterable[Voice], now: dt.datetime) -> Allowances:
    """As the ledger has it at this moment. Two queries, three where a purpose needs no agreement."""
    brands = {voice.brand_id for voice in voices}
    own = {voice.purpose_id for voice in voices if voice.purpose_id}
    purposes = list(Purpose.objects.filter(Q(brand__in=brands, allows_tracking=True) | Q(pk__in=own)))
    tracking: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for purpose in purposes:
        if purpose.allows_tracking:
            tracking[purpose.brand_id].add(purpose.pk)
    return Allowances(
        ledger.standings(account_ids, purposes, now),
        {brand: frozenset(keys) for brand, keys in tracking.items()},
    )
