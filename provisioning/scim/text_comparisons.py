"""Text against what a filter says, in the order of its code points on every installation, and whatever its
case unless `fold` keeps it. What can't be stored equals nothing."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Collate, Lower, NullIf
from scim2_models.path import CompareOperator as Op

from accounts.identifiers import BadIdentifier, normal_phone
from provisioning.scim.comparisons import EVERYBODY, NOBODY, SIGNS, Compared, text_of
from provisioning.scim.payload import can_be_kept

LOWEST_ID = "00000000-0000-0000-0000-000000000000"
HIGHEST_ID = LOWEST_ID.replace("0", "f")
HEX = frozenset("0123456789abcdef")


def bytewise(column: str) -> Combinable:
    """A column of text without regard to the case of ASCII, in the order of its code points."""
    return Lower(Collate(F(column), "C"))


def lower(text: str) -> str:
    """As `bytewise` folds."""
    return "".join(char.lower() if char.isascii() else char for char in text)


def like(op: Op, text: str) -> str:
    """The pattern of LIKE in which every character of the text is only itself."""
    plain = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {Op.co: f"%{plain}%", Op.sw: f"{plain}%", Op.ew: f"%{plain}"}[op]


def against(op: Op, text: str) -> tuple[str, str]:
    """The sign and what stands right of it."""
    return (SIGNS[op], text) if op in SIGNS else ("LIKE", like(op, text))


@dataclass(frozen=True)
class Text:
    """Text in a column that is folded as `fold` folds."""

    column: Combinable
    fold: Callable[[str], str]
    normal: Callable[[str], str] | None = None
    """The one form of what is meant, for `eq`; `fold` where there is none."""
    is_optional: bool = False
    """Whether the column is empty where there is nothing."""
    is_key: bool = False

    def holds(self, op: Op, said: object) -> Q:
        text = text_of(said)
        if not can_be_kept(text):
            return NOBODY
        form = self.normal if self.normal and op == Op.eq else self.fold
        matches = Q(Compared(self.column, *against(op, form(text))))
        return matches & self.present() if self.is_optional else matches

    def present(self) -> Q:
        return ~Q(Compared(self.column, "=", "")) if self.is_optional else EVERYBODY

    def key(self) -> Combinable:
        return NullIf(self.column, Value("")) if self.is_optional else self.column


@dataclass(frozen=True)
class Phone:
    """Equal by the number that is meant; by all else compared as it is written."""

    country: str
    is_key: bool = True

    def holds(self, op: Op, said: object) -> Q:
        text = text_of(said)
        try:
            number = normal_phone(text, self.country) if op == Op.eq and can_be_kept(text) else ""
        except BadIdentifier:
            number = ""
        return Q(Compared(F("normal"), "=", number)) if number else self._written().holds(op, text)

    def present(self) -> Q:
        return EVERYBODY

    def key(self) -> Combinable:
        return self._written().key()

    def _written(self) -> Text:
        return Text(bytewise("value"), lower)


@dataclass(frozen=True)
class Id:
    """A UUID, as text in its one form."""

    column: str
    is_key: bool = True

    def holds(self, op: Op, said: object) -> Q:
        text = text_of(said)
        if op == Op.eq:
            return self._is(text)
        if op == Op.sw and _begins_id(text):
            return self._between(text + LOWEST_ID[len(text) :], text + HIGHEST_ID[len(text) :])
        return Text(Collate(Cast(self.column, TextField()), "C"), str).holds(op, text)

    def _is(self, text: str) -> Q:
        try:
            found = uuid.UUID(text)
        except ValueError:
            return NOBODY
        return Q(**{self.column: found}) if str(found) == text else NOBODY

    def _between(self, first: str, last: str) -> Q:
        return Q(**{f"{self.column}__gte": uuid.UUID(first), f"{self.column}__lte": uuid.UUID(last)})

    def present(self) -> Q:
        return EVERYBODY

    def key(self) -> Combinable:
        return F(self.column)


def _begins_id(text: str) -> bool:
    places = zip(text, LOWEST_ID, strict=False)
    return len(text) <= len(LOWEST_ID) and all(
        char in HEX if place == "0" else char == place for char, place in places
    )


class AnyWord(Compared):
    """Whether one of a list's texts compares so."""

    template = "EXISTS (SELECT 1 FROM unnest(%(expressions)s)"

    def __init__(self, column: str, sign: str, right: str) -> None:
        super().__init__(F(column), f') AS word(said) WHERE word.said COLLATE "C" {sign}', right)


@dataclass(frozen=True)
class Words:
    """A list of texts: it compares as any of them does."""

    column: str
    fold: Callable[[str], str]
    is_key: bool = False

    def holds(self, op: Op, said: object) -> Q:
        text = text_of(said)
        if not can_be_kept(text):
            return NOBODY
        if op == Op.eq:
            # The index has no empty lists, and is read only where the condition says so.
            return Q(**{f"{self.column}__contains": [self.fold(text)]}) & ~Q(**{self.column: []})
        return Q(AnyWord(self.column, *against(op, self.fold(text))))

    def present(self) -> Q:
        return ~Q(**{self.column: []})

    def key(self) -> Combinable:
        return Collate(F(f"{self.column}__0"), "C")
