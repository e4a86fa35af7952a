"""SCIM filters as database queries (RFC 7644, section 3.4.2.2).

Only what an index answers is taken; all else is refused with a sentence, and never left out.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_
from typing import Any
from uuid import UUID

from django.db.models import Q
from scim2_models import InvalidFilterException, Resource, ScimFilter
from scim2_models.path import (
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from accounts.identifiers import BadIdentifier, normal_email
from accounts.models import Identifier, IdentifierKind, Realm
from provisioning.models import Website
from provisioning.scim.payload import can_be_kept
from provisioning.scim.schemas import USER
from provisioning.scim.service import UserFilter

LONGEST = 4_000
MOST_TERMS = 10
SUPPORTED = "Filters compare userName, emails, id or externalId by eq, and join such comparisons by and."

NOBODY = Q(pk__in=())


def _with_email(text: str, website: Website) -> Q:
    try:
        normal = normal_email(text)[1]
    except BadIdentifier:
        return NOBODY
    # The primary address alone: it is the one that is shown. Another would tell that the two belong together.
    found = Identifier.objects.filter(
        realm=Realm.CUSTOMER, kind=IdentifierKind.EMAIL, scope="", normal=normal, retired_at=None
    ).filter(is_primary=True)
    return Q(account__in=found.values("account"))


def _with_external_id(text: str, website: Website) -> Q:
    if not can_be_kept(text):
        return NOBODY
    found = Identifier.objects.filter(
        realm=Realm.CUSTOMER,
        kind=IdentifierKind.EXTERNAL_ID,
        scope=str(website.pk),
        normal=text,
        retired_at=None,
    )
    return Q(account__in=found.values("account"))


def _with_id(text: str, website: Website) -> Q:
    try:
        return Q(pk=UUID(text))
    except ValueError:
        return NOBODY


LOOKUPS: Mapping[str, Callable[[str, Website], Q]] = {
    f"{USER}:userName": _with_email,
    f"{USER}:emails.value": _with_email,
    f"{USER}:externalId": _with_external_id,
    f"{USER}:id": _with_id,
}


class _Compiler(FilterVisitor[Q]):
    def __init__(self, bound: ScimFilter[Resource[Any]], website: Website) -> None:
        self.bound = bound
        self.website = website

    def visit_comparison(self, node: Comparison) -> Q:
        binding = self.bound.resolve_comparison(node.attr_path)
        lookup = LOOKUPS.get(binding.urn) if binding else None
        if lookup is None or node.op != CompareOperator.eq or not isinstance(node.value, str):
            raise InvalidFilterException(detail=SUPPORTED)
        return lookup(node.value, self.website)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        if node.op != LogicalOperator.and_:
            raise InvalidFilterException(detail=SUPPORTED)
        if len(node.terms) > MOST_TERMS:
            raise InvalidFilterException(detail=f"A filter has at most {MOST_TERMS} comparisons.")
        return reduce(and_, [self.visit(term) for term in node.terms])

    def _refuse(self, node: FilterNode) -> Q:
        raise InvalidFilterException(detail=SUPPORTED)

    def visit_not(self, node: Not) -> Q:
        return self._refuse(node)

    def visit_present(self, node: Present) -> Q:
        return self._refuse(node)

    def visit_value_path(self, node: ValuePath) -> Q:
        return self._refuse(node)


def check_length(text: str) -> None:
    """Before it is parsed: the work grows with the length."""
    if len(text) > LONGEST:
        raise InvalidFilterException(detail=f"A filter has at most {LONGEST} characters.")


def compile_filter(text: str, website: Website) -> Q:
    """A query over memberships, for what this website may see. Raises InvalidFilter."""
    bound = UserFilter(text)
    return _Compiler(bound, website).visit(bound.ast)
