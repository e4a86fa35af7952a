"""SCIM filters of the whole grammar as conditions of a query (RFC 7644, section 3.4.2.2).

An attribute with many values matches where one of them does. `ne` is the negation of `eq`: it holds where no
value is equal, so also where there is none. `eq null` holds where there is none, `ne null` where there is
one. What isn't there or can't be compared so is refused with a sentence, and never left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from operator import and_, or_

from django.db.models import Q
from scim2_models import ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from provisioning.scim.columns import Complex, Several, Simple, Table
from provisioning.scim.comparisons import Part, refuse

Op = CompareOperator


class Reach(IntEnum):
    """How many resources a condition may lead to, as far as its form tells."""

    MANY = 0
    RANGE = 1
    """Those between two places of an index."""
    FEW = 2
    """Those of one key."""


@dataclass(frozen=True)
class Found:
    condition: Q
    reach: Reach


def compile_filter(text: str, table: Table) -> Found:
    """Raises InvalidFilter. What the text may cost to read is for `asking.check` to bound, before."""
    return _Compiler(table).visit(ScimFilter(text).ast)


class _Joining(FilterVisitor[Found]):
    """What a filter is made of, whatever it compares."""

    def visit_not(self, node: Not) -> Found:
        return Found(~self.visit(node.expr).condition, Reach.MANY)

    def visit_logical_expr(self, node: LogicalExpr) -> Found:
        terms = [self.visit(term) for term in node.terms]
        if node.op == LogicalOperator.and_:
            joined = reduce(and_, [term.condition for term in terms])
            return Found(joined, max(term.reach for term in terms))
        return Found(self._either(terms), min(term.reach for term in terms))

    def _either(self, terms: list[Found]) -> Q:
        return reduce(or_, [term.condition for term in terms])


class _Compiler(_Joining):
    def __init__(self, table: Table) -> None:
        self.table = table

    def _either(self, terms: list[Found]) -> Q:
        if min(term.reach for term in terms) == Reach.MANY:
            return super()._either(terms)
        # Each by its own index; as conditions side by side they would be tried on every row.
        first, *others = [self.table.resources.filter(term.condition).values("pk") for term in terms]
        return Q(pk__in=first.union(*others))

    def visit_comparison(self, node: Comparison) -> Found:
        value = self.table.value(node.attr_path)
        if value is None:
            raise _unknown(node.attr_path)
        part = compared(value.part, node)
        return _negated(node, _held(value, part.condition), part.reach)

    def visit_present(self, node: Present) -> Found:
        attribute = self.table.attribute(node.attr_path)
        return Found(self._present(attribute, node.attr_path), Reach.MANY)

    def _present(self, attribute: object, path: AttrPath) -> Q:
        match attribute:
            case Complex(parts=parts) if path.sub_attr is None:
                return reduce(or_, [_held(value, value.part.present()) for value in parts.values()])
            case Several(rows=rows) if path.sub_attr is None:
                return rows.any(Q())
        value = self.table.value(path)
        if value is None:
            raise _unknown(path)
        return _held(value, value.part.present())

    def visit_value_path(self, node: ValuePath) -> Found:
        attribute = self.table.attribute(node.attr_path)
        if not isinstance(attribute, Several):
            raise refuse(f"“{_short(node.attr_path)}” has no entries to choose from.")
        inside = _Entry(attribute.parts).visit(node.val_filter)
        return Found(attribute.rows.any(inside.condition), inside.reach)


class _Entry(_Joining):
    """Within brackets: all of it about one and the same entry."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self.parts = parts

    def _part(self, path: AttrPath) -> Part:
        part = self.parts.get(path.attr.lower())
        if part is None or path.sub_attr or path.uri:
            raise _unknown(path)
        return part

    def visit_comparison(self, node: Comparison) -> Found:
        found = compared(self._part(node.attr_path), node)
        return _negated(node, found.condition, found.reach)

    def visit_present(self, node: Present) -> Found:
        return Found(self._part(node.attr_path).present(), Reach.MANY)

    def visit_value_path(self, node: ValuePath) -> Found:
        raise refuse("Within brackets there are no others.")


def compared(part: Part, node: Comparison) -> Found:
    """The comparison without its negation: `ne` as `eq`, null as presence."""
    if node.value is None:
        if node.op not in (Op.eq, Op.ne):
            raise refuse("null is compared by eq and ne alone.")
        return Found(part.present(), Reach.MANY)
    op = Op.eq if node.op == Op.ne else node.op
    reach = {Op.eq: Reach.FEW, Op.sw: Reach.RANGE}.get(op, Reach.MANY) if part.is_key else Reach.MANY
    return Found(part.holds(op, node.value), reach)


def _negated(node: Comparison, condition: Q, reach: Reach) -> Found:
    if (node.op == Op.ne) != (node.value is None):
        return Found(~condition, Reach.MANY)
    return Found(condition, reach)


def _held(value: Simple, condition: Q) -> Q:
    return value.rows.any(condition) if value.rows else condition


def _unknown(path: AttrPath) -> Exception:
    return refuse(f"There is no attribute “{_short(path)}” that can be compared so.")


def _short(path: AttrPath) -> str:
    return str(path)[:100]
