"""The matrix as a grid that an operator edits: what may be ticked, and what a change of it sets going."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import events
from accounts.attributes import ATTRIBUTES
from accounts.events import Actor, Change, EventType
from consent import ledger
from consent.models import Purpose, PurposeVersion
from provisioning import runs
from provisioning.connectors import kind_of
from provisioning.labels import label
from provisioning.mapping import EMAIL, mapping_of
from provisioning.models import Connector, Release, RunKind

Cells = frozenset[tuple[uuid.UUID, str]]
"""(purpose id, attribute) of each ticked cell."""


class Outdated(Exception):
    """Somebody else has saved the matrix since it was shown."""


@dataclass(frozen=True)
class Cell:
    """`why_not` is why it can't be ticked. One that is ticked already can be unticked in any case."""

    name: str
    is_ticked: bool
    note: str = ""

    @property
    def is_locked(self) -> bool:
        return bool(self.note) and not self.is_ticked


@dataclass(frozen=True)
class Row:
    attribute: str
    label: str | Promise
    field: str
    """Where it goes at the target; empty: nowhere, so that it can't leave."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """Attributes down, the brand's purposes across."""

    purposes: tuple[Purpose, ...]
    rows: tuple[Row, ...]
    mark: str
    """Of what is ticked: whoever saves says on what they looked."""


def grid(connector: Connector) -> Grid:
    """Four queries. Raises NeedsHuman where the connector's kind is unknown."""
    ticked = cells_of(connector)
    purposes = tuple(Purpose.objects.filter(brand=connector.brand_id).order_by("key"))
    latest = {version.purpose_id: version for version in ledger.latest_versions(connector.brand)}
    mapping = mapping_of(connector, kind_of(connector).default_mapping)
    rows = tuple(
        Row(
            name,
            label(name),
            mapping.get(name, ""),
            tuple(
                Cell(
                    cell_name(purpose.pk, name),
                    (purpose.pk, name) in ticked,
                    _note(name, latest.get(purpose.pk)),
                )
                for purpose in purposes
            ),
        )
        for name in (EMAIL, *ATTRIBUTES)
    )
    return Grid(purposes, rows, mark_of(ticked))


def cell_name(purpose_id: uuid.UUID, attribute: str) -> str:
    return f"{purpose_id}.{attribute}"


def _note(attribute: str, latest: PurposeVersion | None) -> str:
    """Why nobody agrees to this today; empty if they do."""
    if latest is None:
        return _("This purpose has no wording yet.")
    if attribute not in latest.releases:
        return _("The latest wording (version %(number)d) does not tell of it.") % {"number": latest.number}
    return ""


def cells_of(connector: Connector) -> Cells:
    return frozenset(Release.objects.filter(connector=connector).values_list("purpose_id", "attribute"))


def mark_of(cells: Cells) -> str:
    said = "|".join(sorted(cell_name(*cell) for cell in cells))
    return hashlib.sha256(said.encode()).hexdigest()


def save(connector: Connector, names: Collection[str], mark: str, actor: Actor, now: dt.datetime) -> int:
    """Let exactly these cells stand, of those that may; returns how many that changes. `mark` is of the grid
    on which the operator looked. Raises Outdated.

    What the target holds follows by a resync, if it is switched on; else when it is.
    """
    with transaction.atomic():
        Connector.objects.select_for_update(no_key=True).defer("secret").get(pk=connector.pk)
        shown = grid(connector)
        if shown.mark != mark:
            raise Outdated
        before = cells_of(connector)
        after = _chosen(shown, names)
        _write(connector, before, after)
        changed = before ^ after
        if changed:
            record(connector, {f"matrix.{attribute}" for _purpose, attribute in changed}, actor, now)
            if connector.is_active and connector.keeps_state:
                runs.start(RunKind.RESYNC, connector, actor, now, afresh=True)
    return len(changed)


def _chosen(shown: Grid, names: Collection[str]) -> Cells:
    return frozenset(
        (purpose.pk, row.attribute)
        for row in shown.rows
        for purpose, cell in zip(shown.purposes, row.cells, strict=True)
        if cell.name in names and not cell.is_locked
    )


def _write(connector: Connector, before: Cells, after: Cells) -> None:
    gone = {f"{purpose}.{attribute}" for purpose, attribute in before - after}
    rows = Release.objects.filter(connector=connector)
    rows.filter(pk__in=[row.pk for row in rows if cell_name(row.purpose_id, row.attribute) in gone]).delete()
    Release.objects.bulk_create(
        Release(connector=connector, purpose_id=purpose, attribute=attribute)
        for purpose, attribute in sorted(after - before)
    )


def record(connector: Connector, fields: Collection[str], actor: Actor, now: dt.datetime) -> None:
    """An event of the target's settings: names only."""
    named = (f"connector.{connector.pk}", *sorted(fields))
    events.record([Change(EventType.CONNECTOR_CHANGED, None, actor, connector.brand_id, named)], now)
