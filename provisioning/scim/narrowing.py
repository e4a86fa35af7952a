"""A query over several kinds of resources, for one of them (RFC 7644, section 3.4.2.1)."""

from typing import Any

from scim2_models import Resource, ScimFilter
from scim2_models.path import (
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from provisioning.scim.asking import Search

Narrowed = FilterNode | bool
"""What is left of a filter, or what it always is."""


def about(search: Search, kind: type[ScimFilter[Resource[Any]]]) -> Search | None:
    """With what the kind's resources have alone; None where it finds none of them."""
    left: dict[str, object] = {}
    bound = kind("id pr")
    assert bound.model is not None
    if search.filter is not None:
        narrowed = _Narrowing(bound).visit(search.filter.ast)
        if narrowed is False:
            return None
        left["filter"] = None if narrowed is True else str(narrowed)
    if search.sort_by is not None and search.sort_by.resolve(bound.model) is None:
        left["sort_by"] = None
    return search.model_copy(update=left)


class _Narrowing(FilterVisitor[Narrowed]):
    """What isn't an attribute of the kind is false of it."""

    def __init__(self, bound: ScimFilter[Resource[Any]]) -> None:
        self.bound = bound

    def visit_comparison(self, node: Comparison) -> Narrowed:
        return node if self.bound.resolve_comparison(node.attr_path, strict=False) else False

    def visit_present(self, node: Present) -> Narrowed:
        return node if self.bound.resolve(node.attr_path, strict=False) else False

    def visit_value_path(self, node: ValuePath) -> Narrowed:
        return node if self.bound.resolve(node.attr_path, strict=False) else False

    def visit_not(self, node: Not) -> Narrowed:
        inner = self.visit(node.expr)
        return not inner if isinstance(inner, bool) else Not(inner)

    def visit_logical_expr(self, node: LogicalExpr) -> Narrowed:
        # What decides a conjunction is false, and a disjunction true; the other of the two changes nothing.
        decides = node.op == LogicalOperator.or_
        terms = [self.visit(term) for term in node.terms]
        if any(term is decides for term in terms):
            return decides
        left = tuple(term for term in terms if not isinstance(term, bool))
        if not left:
            return not decides
        return left[0] if len(left) == 1 else LogicalExpr(node.op, left)
