"""What targets have found out of somebody becomes a profile value that says so: the weakest of all, for
segments and personalisation, never for knowing who somebody is.

Asked slice by slice, as slowly as the target's limits want it; only of whom it may know, and kept as long.
"""

import datetime as dt
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from django.db import transaction
from django.db.models import Q

from accounts import events, profiles
from accounts.attributes import ATTRIBUTES
from accounts.events import Actor, Change, EventType
from accounts.models import LEAVING, Account, ProfileValue, Source
from accounts.profiles import Said, rows_of
from accounts.values import BadValue, Value
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning import breaker
from provisioning.connectors import kind_of
from provisioning.connectors.base import HoldNothing, Push, ReadsBack
from provisioning.delivery import FRESH, LEASE
from provisioning.models import Connector, Link, Outcome, Run
from provisioning.progress import advance, finish
from provisioning.tracking import Allowances, Voice, allowances

READER = Actor("system", "read_back")
PAUSE = 60.0

Values = Mapping[str, Value]


@runtime_checkable
class Paced(Protocol):
    """A kind whose targets take only so many queries an hour."""

    read_back_pause: ClassVar[dt.timedelta]
    """At least so long between two."""


@dataclass(frozen=True)
class Difference:
    """What a target says anew of somebody, and what it says no more."""

    said: Values
    gone: frozenset[str]

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.said, *self.gone)


def read_back_slice(run: Run, now: dt.datetime) -> None:
    """Ask for the next people, and keep what is new. Raises TryLater where the target can't be asked now."""
    connector, kind = run.connector, kind_of(run.connector)
    if not isinstance(kind, ReadsBack):
        raise NeedsHuman("This kind of target finds nothing out.")
    is_open = Connector.objects.open_at(now).filter(pk=connector.pk).exists()
    if not is_open or not breaker.may_try(connector, now, LEASE):
        raise TryLater("Waits until the target can be reached again.", PAUSE)
    links = _next_links(run, kind.read_back_size)
    pushes = _to_ask(connector, kind, links, now)
    answers = _ask(connector, kind, pushes, now)
    pause = kind.read_back_pause if pushes and isinstance(kind, Paced) else dt.timedelta()
    with transaction.atomic():
        if not links:
            finish(run, now)
            return
        asked = {push.link_id for push in pushes}
        raw = {
            link.account_id: answers.get(link.pk, {})
            for link in links
            if link.pk in answers or link.pk not in asked
        }
        changed = keep(connector, raw, now)
        advance(run, now + pause, links[-1].account_id, seen=len(links), changed=changed)


def _next_links(run: Run, most: int) -> Sequence[Link]:
    links = Link.objects.filter(connector=run.connector, outcome=Outcome.HOLDS, is_behind=False)
    if run.cursor is not None:
        links = links.filter(account_id__gt=run.cursor)
    return list(links.order_by("account_id")[:most])


def _to_ask(connector: Connector, kind: ReadsBack, links: Sequence[Link], now: dt.datetime) -> list[Push]:
    """Only those whose answers let us keep something of it."""
    may = allowances([link.account_id for link in links], [_voice(connector)], now)
    names = kind.read_back_fields.values()
    return [
        Push(link.pk, link.member_id, link.remote_id, HoldNothing("Only asked for."), frozenset(link.held))
        for link in links
        if any(may.keep(link.account_id, name, _voice(connector)) for name in names)
    ]


def _ask(
    connector: Connector, kind: ReadsBack, pushes: Sequence[Push], now: dt.datetime
) -> Mapping[uuid.UUID, Mapping[str, object]]:
    """By link id; those of whom it says nothing are left out."""
    if not pushes:
        breaker.resume(connector, now)
        return {}
    try:
        answers = dict(kind.read_back(connector, pushes, time.monotonic() + FRESH))
    except (TryLater, NeedsHuman) as failure:
        breaker.learn(connector, kind.read_back_size, failure, now)
        raise TryLater(str(failure), failure.after if isinstance(failure, TryLater) else PAUSE) from failure
    breaker.learn(connector, kind.read_back_size, None, now)
    return answers


def keep(connector: Connector, raw: Mapping[uuid.UUID, Mapping[str, object]], now: dt.datetime) -> int:
    """What the target says of these accounts, and nothing else any more; returns for how many that is new.

    In the caller's transaction. What it says is decided twice: to lock nobody for nothing, and then, with the
    consent of this moment, for good.
    """
    likely = _differences(connector, raw, now)
    accounts = {one.pk: one for one in Account.objects.locked(likely) if one.status not in LEAVING}
    found = _differences(connector, {key: raw[key] for key in accounts}, now)
    said = Said(Source.TARGET, str(connector.pk), now)
    profiles.keep([row for key, one in found.items() for row in rows_of(accounts[key], one.said, said)])
    _take_back(connector, found)
    events.record(
        [
            Change(EventType.PROFILE_CHANGED, key, READER, connector.brand_id, one.fields)
            for key, one in found.items()
        ],
        now,
    )
    return len(found)


def _differences(
    connector: Connector, raw: Mapping[uuid.UUID, Mapping[str, object]], now: dt.datetime
) -> dict[uuid.UUID, Difference]:
    """By account id; nobody of whom the target says what it said."""
    may = allowances(raw, [_voice(connector)], now)
    held = _held(connector, raw)
    found = {}
    for key, values in raw.items():
        cleaned = _cleaned(values, may, key, connector)
        said = {name: value for name, value in cleaned.items() if held[key].get(name) != value}
        gone = held[key].keys() - cleaned.keys()
        if said or gone:
            found[key] = Difference(said, frozenset(gone))
    return found


def _cleaned(
    raw: Mapping[str, object], may: Allowances, account_id: uuid.UUID, connector: Connector
) -> dict[str, Value]:
    """As they are kept. What makes no sense is as good as not said: nobody there could correct it."""
    cleaned = {}
    for name, value in raw.items():
        attribute = ATTRIBUTES.get(name)
        if attribute is None or Source.TARGET not in attribute.said_by:
            continue
        if not may.keep(account_id, name, _voice(connector)):
            continue
        try:
            cleaned[name] = attribute.clean(value)
        except BadValue:
            continue
    return cleaned


def _held(connector: Connector, account_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, Value]]:
    rows = ProfileValue.objects.filter(
        account__in=list(account_ids), source=Source.TARGET, said_by=str(connector.pk)
    )
    held: dict[uuid.UUID, dict[str, Value]] = defaultdict(dict)
    for account_id, attribute, value in rows.values_list("account_id", "attribute", "value"):
        held[account_id][attribute] = value
    return held


def _take_back(connector: Connector, found: Mapping[uuid.UUID, Difference]) -> None:
    """One statement for each set of attributes."""
    whose: dict[frozenset[str], list[uuid.UUID]] = defaultdict(list)
    for key, one in found.items():
        if one.gone:
            whose[one.gone].append(key)
    lost = Q(pk__in=[])
    for names, accounts in whose.items():
        lost |= Q(account__in=accounts, attribute__in=names)
    if whose:
        ours = ProfileValue.objects.filter(source=Source.TARGET, said_by=str(connector.pk))
        ours.filter(lost).delete()


def _voice(connector: Connector) -> Voice:
    return Voice(connector.brand_id, connector.purpose_id)
