"""In which order resources come, and how to go on after one (RFC 7644, section 3.4.2.3).

Of many values the primary one counts, or else the first. Who has none comes last, or first when descending.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable, OrderBy
from scim2_models import InvalidPathException
from scim2_models.path import AttrPath, Path

from provisioning.scim.columns import Simple, Table
from provisioning.scim.comparisons import Compared

Key = str | bool | int | dt.datetime | uuid.UUID | None


@dataclass(frozen=True)
class Place:
    """Of one resource in an order: what it is sorted by, and its id where others have the same."""

    key: Key
    pk: uuid.UUID


@dataclass(frozen=True)
class Order:
    by: Combinable
    descending: bool = False
    is_indexed: bool = False
    """Whether an index has this order, so that a page reads no more than itself; nobody lacks a value."""
    only: Q | None = None
    """What joins the rows that have the value, where there is exactly one for each resource."""

    def sorted(self, resources: "QuerySet[Any]") -> "QuerySet[Any]":
        """With `sort_key`, for `place`."""
        joined = resources.filter(self.only) if self.only is not None else resources
        key = OrderBy(F("sort_key"), descending=self.descending)
        keyed: QuerySet[Any] = joined.annotate(sort_key=self.by)
        return keyed.order_by(key, "-pk" if self.descending else "pk")

    def after(self, resources: "QuerySet[Any]", place: Place) -> "QuerySet[Any]":
        """Those that come after a place, of sorted ones."""
        sign = "<" if self.descending else ">"
        later = Q(Compared(F("pk"), sign, place.pk))
        if place.key is None:
            same = Q(sort_key=None) & later
            return resources.filter(same | Q(sort_key__isnull=False) if self.descending else same)
        beyond = Q(Compared(F("sort_key"), sign, place.key))
        equal = Q(Compared(F("sort_key"), "=", place.key)) & later
        if self.is_indexed:
            # Said once more as a range, which is what an index reads.
            return resources.filter(Compared(F("sort_key"), f"{sign}=", place.key)).filter(beyond | equal)
        rest = beyond | equal
        return resources.filter(rest if self.descending else rest | Q(sort_key=None))


def place(row: Any) -> Place:
    """Of a row of a sorted query."""
    return Place(row.sort_key, row.pk)


def order_of(path: "Path[Any] | None", table: Table, *, descending: bool = False) -> Order:
    """Raises InvalidPath. Without a path, the order in which they came."""
    if path is None:
        return Order(F("since"), is_indexed=True)
    value = table.value(path.ast) if isinstance(path.ast, AttrPath) else None
    if value is None:
        raise InvalidPathException(detail=f"Nothing is sorted by “{str(path)[:100]}”.")
    if value.ordered:
        return Order(value.ordered.by, descending, is_indexed=True, only=value.ordered.only)
    return Order(_key(value), descending)


def _key(value: Simple) -> Combinable:
    key = value.part.key()
    return Subquery(value.rows.first().values(key=key)[:1]) if value.rows else key
