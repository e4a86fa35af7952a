"""Where in a SCIM user a text goes (RFC 7644, section 3.10): `name.givenName`, `emails[type eq "work"].value`
or `urn:...:User:country`. Of filters only that one form is spoken, which every target understands.

Names of attributes are compared as RFC 7643, section 2.1, says: whatever their case.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ciam.lib.outbox import NeedsHuman

_NAME = r"[A-Za-z$][A-Za-z0-9_$-]*"
_PATH = re.compile(
    rf'(?:(?P<schema>urn:[^\[\]"\s]+):)?(?P<name>{_NAME})'
    rf'(?:\[(?P<by>{_NAME}) eq "(?P<only>[^"\\]*)"\])?(?:\.(?P<part>{_NAME}))?'
)
# The extension of RFC 7643, section 4.3, and others end in a version and the resource: urn:...:2.0:User.
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
OURS_TO_SET = frozenset({"id", "externalid", "username", "active", "schemas", "meta", "groups"})

Tree = dict[str, object]
"""A SCIM resource as JSON has it."""


@dataclass(frozen=True)
class Place:
    """`by` and `only` choose one entry of a multi-valued attribute, as in `[type eq "work"]`."""

    schema: str
    name: str
    by: str = ""
    only: str = ""
    part: str = ""

    def __str__(self) -> str:
        return f"{self.entry}.{self.part}" if self.part else self.entry

    @property
    def attribute(self) -> str:
        return f"{self.schema}:{self.name}" if self.schema else self.name

    @property
    def entry(self) -> str:
        return f"{self.attribute}[{self.by} eq {json.dumps(self.only)}]" if self.by else self.attribute

    def read(self, tree: Mapping[str, object]) -> str:
        """What stands there as a text, a list joined as everywhere; empty if there is nothing."""
        value = _get(_holder(tree, self.schema), self.name)
        if self.by:
            value = next((one for one in _entries(value) if self._is_chosen(one)), None)
        if self.part:
            value = _get(value, self.part)
        texts = [one for one in value if isinstance(one, str)] if isinstance(value, list) else [value]
        return ", ".join(one for one in texts if isinstance(one, str))

    def has_entry(self, tree: Mapping[str, object]) -> bool:
        """Whether there is an entry for the filter to choose."""
        return any(self._is_chosen(one) for one in _entries(_get(_holder(tree, self.schema), self.name)))

    def plant(self, tree: Tree, value: object) -> None:
        """Put a value there, leaving what stands beside it."""
        holder = _below(tree, self.schema) if self.schema else tree
        name = _spelled(holder, self.name)
        if self.by:
            entries = _entries(holder.get(name))
            chosen = next((one for one in entries if self._is_chosen(one)), None)
            if chosen is None:
                entries.append(self.new_entry(value))
            else:
                chosen[_spelled(chosen, self.part)] = value
            holder[name] = entries
        elif self.part:
            below = _below(holder, name)
            below[_spelled(below, self.part)] = value
        else:
            holder[name] = value

    def drop(self, tree: Tree) -> None:
        """Take away what stands there, with the whole entry that a filter chooses."""
        holder = _holder(tree, self.schema)
        name = _only(holder, self.name)
        if self.by:
            holder[name] = [one for one in _entries(holder.get(name)) if not self._is_chosen(one)]
        elif self.part and isinstance(below := holder.get(name), dict):
            below.pop(_only(below, self.part), None)
        elif not self.part:
            holder.pop(name, None)

    def new_entry(self, value: object) -> Tree:
        return {self.by: self.only, self.part: value}

    def _is_chosen(self, entry: Mapping[str, object]) -> bool:
        said = _get(entry, self.by)
        return isinstance(said, str) and said.lower() == self.only.lower()


def place_of(path: str) -> Place:
    """Raises NeedsHuman for what an operator can't map an attribute to."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise NeedsHuman(f"The mapping names “{path[:100]}”, which is no path of SCIM: correct it.")
    schema, name, by, only, part = (found[key] or "" for key in ("schema", "name", "by", "only", "part"))
    if bool(by) > bool(part) or (not schema and name.lower() in OURS_TO_SET):
        raise NeedsHuman(f"Nothing can be mapped to “{path[:100]}”: choose another path.")
    return Place("" if schema.lower() == CORE.lower() else schema, name, by, only, part)


def _spelled(tree: Mapping[str, object], name: str) -> str:
    """The name as the resource itself spells it."""
    return next((one for one in tree if one.lower() == name.lower()), name)


def _only(tree: Tree, name: str) -> str:
    """The same, and what the resource says under other spellings of it goes: there is one attribute."""
    spelled = _spelled(tree, name)
    for other in [one for one in tree if one.lower() == name.lower() and one != spelled]:
        del tree[other]
    return spelled


def _get(tree: object, name: str) -> object:
    return tree.get(_spelled(tree, name)) if isinstance(tree, dict) else None


def _holder(tree: Mapping[str, object], schema: str) -> Tree:
    """The object in which an attribute of this schema stands; an empty one if there is none."""
    found = _get(tree, schema) if schema else tree
    return found if isinstance(found, dict) else {}


def _below(tree: Tree, name: str) -> Tree:
    name = _spelled(tree, name)
    found = tree.get(name)
    below: Tree = found if isinstance(found, dict) else {}
    tree[name] = below
    return below


def _entries(value: object) -> list[Tree]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
