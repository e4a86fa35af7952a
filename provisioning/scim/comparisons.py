"""A stored value against what a filter says: one class for each kind of value (RFC 7644, section 3.4.2.2).

Each knows how it is compared, when it is there, and by what it is sorted. Text has its own file.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import BooleanField, Case, CharField, F, Func, Q, Value, When
from django.db.models.expressions import Combinable
from scim2_models import InvalidFilterException
from scim2_models.path import CompareOperator as Op

from provisioning.scim.payload import can_be_kept

NOBODY = Q(pk__in=())
EVERYBODY = ~NOBODY
SIGNS = {Op.eq: "=", Op.gt: ">", Op.ge: ">=", Op.lt: "<", Op.le: "<="}
IN_ORDER: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.eq: lambda held, said: bool(held == said),
    Op.gt: lambda held, said: bool(held > said),
    Op.ge: lambda held, said: bool(held >= said),
    Op.lt: lambda held, said: bool(held < said),
    Op.le: lambda held, said: bool(held <= said),
    Op.co: lambda held, said: said in held,
    Op.sw: lambda held, said: bool(held.startswith(said)),
    Op.ew: lambda held, said: bool(held.endswith(said)),
}
# RFC 7643, section 2.3.5: xsd:dateTime.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


class Part(Protocol):
    """One value of a row. `Op.ne` and null are the caller's to answer from `holds` and `present`."""

    @property
    def is_key(self) -> bool:
        """Whether an index leads from it to few rows."""

    def holds(self, op: Op, said: object) -> Q:
        """Raises InvalidFilter for a value or an operator that isn't of this kind."""

    def present(self) -> Q: ...

    def key(self) -> Combinable:
        """What it is sorted by; NULL where it isn't there."""


class Compared(Func):
    """`left sign right` in SQL: one form for columns and for what is made of them."""

    template = "(%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, left: Combinable, sign: str, right: object, **extra: Any) -> None:
        super().__init__(left, Value(right), arg_joiner=f" {sign} ", **extra)


def refuse(why: str) -> InvalidFilterException:
    return InvalidFilterException(detail=why)


def text_of(said: object) -> str:
    if not isinstance(said, str):
        raise refuse("This attribute is text: compare it with a text in quotes.")
    return said


@dataclass(frozen=True)
class Moment:
    column: str
    is_key: bool = False

    def holds(self, op: Op, said: object) -> Q:
        if op not in SIGNS:
            raise refuse(f"A time isn't compared by “{op.value}”.")
        return Q(Compared(F(self.column), SIGNS[op], moment(said)))

    def present(self) -> Q:
        return EVERYBODY

    def key(self) -> Combinable:
        return F(self.column)


def moment(said: object) -> dt.datetime:
    """In UTC where it doesn't say."""
    try:
        if not isinstance(said, str) or not MOMENT.fullmatch(said):
            raise ValueError
        at = dt.datetime.fromisoformat(said.upper())
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise refuse('This attribute is a time, such as "2026-01-31T12:00:00Z".') from None


@dataclass(frozen=True)
class Number:
    column: str
    is_key: bool = False

    def holds(self, op: Op, said: object) -> Q:
        if op not in SIGNS:
            raise refuse(f"A number isn't compared by “{op.value}”.")
        if isinstance(said, bool) or not isinstance(said, int) or abs(said) >= 2**62:
            raise refuse("This attribute is a whole number.")
        return Q(Compared(F(self.column), SIGNS[op], said))

    def present(self) -> Q:
        return EVERYBODY

    def key(self) -> Combinable:
        return F(self.column)


@dataclass(frozen=True)
class Flag:
    """True where a condition holds, false everywhere else."""

    true: Q
    is_key: bool = False

    def holds(self, op: Op, said: object) -> Q:
        if op != Op.eq or not isinstance(said, bool):
            raise refuse("This attribute is true or false: compare it by eq or ne with one of these.")
        return self.true if said else ~self.true

    def present(self) -> Q:
        return EVERYBODY

    def key(self) -> Combinable:
        return Case(When(self.true, then=Value(True)), default=Value(False))


@dataclass(frozen=True)
class Choice:
    """One of a few texts, each where its condition holds; or several at once, where these overlap."""

    options: Mapping[str, Q]
    fold: Callable[[str], str] = str.casefold
    is_key: bool = False

    def holds(self, op: Op, said: object) -> Q:
        text = text_of(said)
        found = NOBODY
        for option, condition in self.options.items():
            if can_be_kept(text) and IN_ORDER[op](self.fold(option), self.fold(text)):
                found |= condition
        return found

    def present(self) -> Q:
        return EVERYBODY

    def key(self) -> Combinable:
        *others, last = self.options
        cases = [When(self.options[name], then=Value(name)) for name in others]
        return Case(*cases, default=Value(last), output_field=CharField())
