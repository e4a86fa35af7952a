"""What a target would know of somebody now, and why each field is there or not. Changes and sends nothing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.attributes import ATTRIBUTES
from accounts.models import Account
from accounts.snapshot import snapshots
from accounts.values import Value, as_text
from consent import ledger
from provisioning.connectors import kind_of
from provisioning.connectors.base import Hold, Reason, Wanted
from provisioning.desired import desired, known, reasons
from provisioning.labels import label
from provisioning.mapping import EMAIL, mapping_of
from provisioning.matrix import matrix_of, purposes_of
from provisioning.models import Connector, Link


@dataclass(frozen=True)
class Row:
    """One attribute: `text` is what would stand in `field` there."""

    attribute: str
    label: str | Promise
    leaves: bool
    text: str
    field: str
    why: str
    is_held: bool
    """Whether the target has it now, as far as we know."""


@dataclass(frozen=True)
class Preview:
    wanted: Wanted
    rows: tuple[Row, ...]
    link: Link | None


def preview(connector: Connector, account: Account, now: dt.datetime) -> Preview:
    """As `desired` decides when it is sent. Raises NeedsHuman where the connector's kind is unknown."""
    matrix = matrix_of(connector)
    purposes = purposes_of(connector, matrix)
    snapshot = snapshots([account.pk]).get(account.pk)
    lines = ledger.standings([account.pk], purposes, now)
    stands = {purpose.pk: lines[account.pk, purpose.pk] for purpose in purposes}
    wanted = desired(connector, matrix, snapshot, stands)
    values = known(snapshot, connector.brand_id) if snapshot else {}
    if isinstance(wanted, Hold):
        why = {one.attribute: one for one in wanted.why}
    else:
        why = {one.attribute: one for one in reasons(connector, matrix, values, stands)}
    link = Link.objects.filter(connector=connector, account_id=account.pk).first()
    held = set(link.held) if link else set()
    mapping = mapping_of(connector, kind_of(connector).default_mapping)
    rows = tuple(_row(why[name], wanted, values, mapping, held) for name in (EMAIL, *ATTRIBUTES))
    return Preview(wanted, rows, link)


def _row(
    reason: Reason, wanted: Wanted, values: Mapping[str, Value], mapping: Mapping[str, str], held: set[str]
) -> Row:
    name = reason.attribute
    holds = isinstance(wanted, Hold)
    leaves = holds and reason.leaves
    # Where nothing may be held, what else would speak for an attribute doesn't count.
    why = reason.sentence if isinstance(wanted, Hold) or not reason.leaves else wanted.why
    text = as_text(values[name]) if leaves else ""
    return Row(name, label(name), leaves, text, mapping.get(name, ""), why, name in held)
