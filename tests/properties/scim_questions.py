"""SCIM filters as trees of their own: drawn, written as text, and answered over the JSON of a member.

Written from RFC 7644, section 3.4.2.2 alone: nothing here knows how the server does it.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from accounts.attributes import CUSTOMER_EXTENSION
from tests.properties.scim_members import LETTERS, PHONES, addresses, moments, texts
from tests.provisioning.scim.door import USER

Json = Any
EXT = CUSTOMER_EXTENSION
MOMENT_LIKE = re.compile(r"\d{4}-\d\d-\d\dT")
Fold = Callable[[Any], Any]
ORDER = ("gt", "ge", "lt", "le")
PARTS = ("co", "sw", "ew")


def caseless(said: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", said).casefold())


def ascii_caseless(said: str) -> str:
    return re.sub("[A-Z]", lambda found: found[0].lower(), said)


def exact(said: str) -> str:
    return said


def moment(said: str) -> datetime:
    return datetime.fromisoformat(said).astimezone(UTC)


@dataclass(frozen=True)
class Kind:
    """How values of an attribute compare, and what may be said of them."""

    fold: Fold
    operators: tuple[str, ...]
    said: st.SearchStrategy[Any]


def _text(fold: Fold, said: st.SearchStrategy[str]) -> Kind:
    anything = st.one_of(said, said, st.text(LETTERS, max_size=2), st.just("\u0000\ud800"))
    pieces = st.builds(lambda text, first, last: text[first:last], said, st.integers(0, 3), st.integers(1, 4))
    mixed = st.one_of(anything, pieces, said.map(str.swapcase))
    return Kind(fold, ("eq", "ne", *ORDER, *PARTS), mixed)


def _one_of(*said: str) -> st.SearchStrategy[str]:
    return st.sampled_from(said)


FLAG = Kind(exact, ("eq", "ne"), st.booleans())
NUMBER = Kind(exact, ("eq", "ne", *ORDER), st.integers(-1, 3))
MOMENT = Kind(moment, ("eq", "ne", *ORDER), moments.map(lambda at: at.isoformat()))
LABEL = _text(ascii_caseless, _one_of("work", "Home", "Ä%", "ä%"))
MAIL = _text(str.lower, addresses)
# Equal by the number that is meant, which only whole numbers here have; else as it is written.
PHONE = Kind(exact, ("eq", "ne"), st.sampled_from([*PHONES, "+491701234567", "+491701234568", "none"]))
PHONE_WRITTEN = Kind(ascii_caseless, (*ORDER, *PARTS), st.sampled_from(["+49", "0170", " ", "(", "%", "7"]))
PLACE = _text(exact, _one_of("http://localhost:8000/scim/v2/Users/", "%"))
ID = _text(exact, _one_of("0", "a", "-4", "11111111-1111-4111-8111-111111111111", "7777"))

CONTACT = {"type": LABEL, "primary": FLAG}
ENTRIES: dict[str, dict[str, Kind]] = {
    "emails": {"value": MAIL, **CONTACT},
    "phoneNumbers": {"value": PHONE, **CONTACT},
    "groups": {"value": ID, "display": _text(caseless, _one_of("Regulars", "50% off_\\")), "$ref": PLACE},
    f"{EXT}:answers": {
        "purpose": _text(ascii_caseless, _one_of("newsletter", "terms")),
        "decision": _text(ascii_caseless, _one_of("given", "withdrawn", "Unproven")),
        "version": NUMBER,
        "textHash": _text(ascii_caseless, _one_of("ab" * 32, "AB")),
        "locale": _text(ascii_caseless, _one_of("en", "pt-br")),
        "at": MOMENT,
        "surface": _text(ascii_caseless, _one_of("https://shop.example/form", "100%_\\")),
    },
}
SINGLE: dict[str, Kind] = {
    "id": ID,
    "schemas": _text(exact, _one_of(USER, EXT, "urn")),
    "userName": _text(caseless, st.one_of(texts, addresses)),
    "externalId": _text(exact, texts),
    "active": FLAG,
    "name.givenName": _text(caseless, texts),
    "name.familyName": _text(caseless, texts),
    "locale": _text(caseless, _one_of("en", "DE-at")),
    "meta.created": MOMENT,
    "meta.lastModified": MOMENT,
    "meta.resourceType": _text(exact, _one_of("User", "user")),
    "meta.location": PLACE,
    f"{EXT}:kind": _text(caseless, _one_of("lite", "Full")),
    f"{EXT}:country": _text(caseless, _one_of("DE", "at")),
    f"{EXT}:interests": _text(caseless, texts),
    f"{EXT}:visitorId": _text(caseless, texts),
    f"{EXT}:source": _text(caseless, texts),
}
BELOW = {f"{name}.{part}": kind for name, parts in ENTRIES.items() for part, kind in parts.items()}
VALUES = SINGLE | BELOW | {name: parts["value"] for name, parts in ENTRIES.items() if "value" in parts}
PRESENCE = [*VALUES, *ENTRIES, "name", "meta"]


@dataclass(frozen=True)
class Compare:
    path: str
    kind: Kind
    op: str
    said: Any

    def text(self) -> str:
        return f"{self.path} {self.op} {json.dumps(self.said)}"

    def answer(self, json: Json) -> bool:
        found = read(json, self.path)
        if self.said is None:
            return bool(found) == (self.op == "ne")
        if self.op == "ne":
            return not any(holds("eq", value, self.said, self.kind) for value in found)
        return any(holds(self.op, value, self.said, self.kind) for value in found)


@dataclass(frozen=True)
class Present:
    path: str

    def text(self) -> str:
        return f"{self.path} pr"

    def answer(self, json: Json) -> bool:
        return bool(read(json, self.path))


@dataclass(frozen=True)
class Not:
    inner: Any

    def text(self) -> str:
        return f"not ({self.inner.text()})"

    def answer(self, json: Json) -> bool:
        return not self.inner.answer(json)


@dataclass(frozen=True)
class Both:
    first: Any
    second: Any
    is_or: bool
    grouped: bool

    def text(self) -> str:
        # Or binds weaker than and, so that within and it needs its brackets.
        word = "or" if self.is_or else "AND"
        first, second = (
            f"({each.text()})" if self.grouped or isinstance(each, Both) else each.text()
            for each in (self.first, self.second)
        )
        return f"{first} {word} {second}"

    def answer(self, json: Json) -> bool:
        answers = [self.first.answer(json), self.second.answer(json)]
        return any(answers) if self.is_or else all(answers)


@dataclass(frozen=True)
class Chosen:
    """One entry that meets all of it."""

    path: str
    inner: Any

    def text(self) -> str:
        return f"{self.path}[{self.inner.text()}]"

    def answer(self, json: Json) -> bool:
        return any(self.inner.answer(entry) for entry in read(json, self.path, whole=True))


def read(tree: Json, path: str, *, whole: bool = False) -> list[Json]:
    """The values of an attribute, whatever the case of its name; none where there is none."""
    plain = re.sub(f"^{re.escape(USER)}:", "", path, flags=re.IGNORECASE)
    schema, _colon, rest = plain.rpartition(":")
    nodes = [tree]
    for step in [*([schema] if schema else []), *rest.split(".")]:
        nodes = [value for node in nodes for value in _below(node, step)]
    if not whole:
        # An entry stands for its value.
        nodes = [node.get("value", node) if isinstance(node, dict) else node for node in nodes]
    return nodes


def _below(node: Json, step: str) -> Iterable[Json]:
    for name, value in node.items():
        if name.lower() == step.lower() and value not in ("", [], {}):
            yield from value if isinstance(value, list) else [value]


def number_meant(said: str) -> str:
    digits = re.sub(r"[^+\d]", "", said)
    return re.sub("^0", "+49", digits)


def holds(op: str, value: Any, said: Any, kind: Kind) -> bool:
    if kind is PHONE:
        return number_meant(value) == number_meant(said)
    if isinstance(said, str) and ("\0" in said or re.search("[\ud800-\udfff]", said)):
        return False
    held, asked = kind.fold(value), kind.fold(said)
    match op:
        case "eq":
            return bool(held == asked)
        case "co":
            return asked in held
        case "sw":
            return bool(held.startswith(asked))
        case "ew":
            return bool(held.endswith(asked))
    return bool({"gt": held > asked, "ge": held >= asked, "lt": held < asked, "le": held <= asked}[op])


def _written(path: str) -> st.SearchStrategy[str]:
    spellings = [path, path.swapcase(), path.upper()]
    if path.startswith("urn:"):
        return st.sampled_from(spellings)
    return st.sampled_from([*spellings, f"{USER}:{path}"])


@st.composite
def comparisons(draw: st.DrawFn, crowd: list[Json], paths: dict[str, Kind], *, entry: str = "") -> Compare:
    """Of one of these paths, with a value that somebody has in it as often as with another."""
    path = draw(st.sampled_from(sorted(paths)))
    kind = paths[path]
    if kind is PHONE and draw(st.booleans()):
        kind = PHONE_WRITTEN
    op = draw(st.sampled_from(kind.operators))
    whole = f"{entry}.{path}" if entry else path
    held = [value for member in crowd for value in read(member, whole)]
    known = st.sampled_from(held).flatmap(_said_otherwise) if held else st.nothing()
    said = draw(st.one_of(kind.said, known, known))
    if op in ("eq", "ne") and not draw(st.integers(0, 7)):
        said = None
    return Compare(path if entry else draw(_written(path)), kind, op, said)


def _said_otherwise(held: Any) -> st.SearchStrategy[Any]:
    """The same in another case, or a part of it."""
    if not isinstance(held, str) or MOMENT_LIKE.match(held):
        return st.just(held)
    spellings = [held, held, held.upper(), held.lower(), held.casefold(), held.swapcase()]
    parts = [held[:1], held[:2], held[-2:], held[1:-1]] if len(held) < 40 else []
    return st.sampled_from([*spellings, *parts])


def _trees(leaves: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Any]:
    def grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(st.builds(Not, inner), st.builds(Both, inner, inner, st.booleans(), st.booleans()))

    return st.recursive(leaves, grow, max_leaves=most)


@st.composite
def choices(draw: st.DrawFn, crowd: list[Json]) -> Chosen:
    path = draw(st.sampled_from(sorted(ENTRIES)))
    parts = ENTRIES[path]
    leaves = st.one_of(comparisons(crowd, parts, entry=path), st.sampled_from(sorted(parts)).map(Present))
    return Chosen(draw(_written(path)), draw(_trees(leaves, 3)))


def questions(crowd: list[Json]) -> st.SearchStrategy[Any]:
    """About members of whom this is the JSON."""
    simple = comparisons(crowd, VALUES)
    present = st.sampled_from(PRESENCE).flatmap(_written).map(Present)
    return _trees(st.one_of(simple, simple, present, choices(crowd)), 6)
