"""Where the attributes of a resource stand in the database, and how a filter's path leads there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from scim2_models.path import AttrPath

from provisioning.scim.comparisons import Part

BY_ACCOUNT = {"account": OuterRef("account_id")}
BY_MEMBERSHIP = {"membership": OuterRef("pk")}


@dataclass(frozen=True)
class Rows:
    """What a resource has of something in a table of its own."""

    found: "QuerySet[Any]"
    join: Mapping[str, OuterRef]
    order: tuple[str, ...] = ("pk",)
    """As the resource lists them, the primary one first."""

    def any(self, condition: Q) -> Q:
        """Whether one of them meets a condition. PostgreSQL makes a join of it, either way round."""
        return Q(Exists(self.found.filter(**self.join).filter(condition)))

    def first(self) -> "QuerySet[Any]":
        return self.found.filter(**self.join).order_by(*self.order)


@dataclass(frozen=True)
class Ordered:
    """How an index has all resources in the order of an attribute, of which none is without a value."""

    by: Combinable
    only: Q | None = None
    """What joins the one row of each that has it."""


@dataclass(frozen=True)
class Simple:
    """An attribute with a value: a column of the resource, or of its one row elsewhere."""

    part: Part
    rows: Rows | None = None
    ordered: Ordered | None = None


@dataclass(frozen=True)
class Several:
    """A complex attribute with many entries, by the names of their parts in lower case."""

    rows: Rows
    parts: Mapping[str, Part]


@dataclass(frozen=True)
class Complex:
    """A complex attribute with one value."""

    parts: Mapping[str, Simple]


Attribute = Simple | Several | Complex


@dataclass(frozen=True)
class Table:
    """The resources of one kind that a caller may see, and where each of their attributes stands.

    Attributes are named in lower case, those of an extension behind its URN and a colon.
    """

    schema: str
    resources: "QuerySet[Any]"
    attributes: Mapping[str, Attribute]

    def attribute(self, path: AttrPath) -> Attribute | None:
        """None where there is none, or none that can be compared."""
        own = path.uri is None or path.uri.lower() == self.schema.lower()
        return self.attributes.get(path.attr.lower() if own else f"{path.uri}:{path.attr}".lower())

    def value(self, path: AttrPath) -> Simple | None:
        """What a comparison or an order by this path reads; the `value` of an entry where none is named."""
        attribute, name = self.attribute(path), (path.sub_attr or "").lower()
        match attribute:
            case Several(rows=rows, parts=parts) if (part := parts.get(name or "value")) is not None:
                return Simple(part, rows)
            case Complex(parts=parts):
                return parts.get(name)
            case Simple() if not name:
                return attribute
        return None
