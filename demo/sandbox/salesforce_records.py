"""The org's records, and the rules that no schema can say: unique external ids, required fields, duplicates,
references, and the Recycle Bin, where what is deleted stays for fifteen days."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from demo.sandbox.salesforce_errors import RowError
from demo.sandbox.salesforce_objects import SObject
from demo.sandbox.shapes import Json, JsonObject, stamp


@dataclass
class Record:
    id: str
    of: SObject
    values: dict[str, Json]
    created: str
    changed: str
    is_deleted: bool = False

    def value(self, name: str) -> Json:
        system: dict[str, Json] = {
            "Id": self.id,
            "CreatedDate": self.created,
            "LastModifiedDate": self.changed,
        }
        if name in system:
            return system[name]
        return self.values.get(name, False if self.of.field(name).type == "boolean" else None)

    def text(self, name: str) -> str:
        value = self.value(name)
        return value if isinstance(value, str) else ""

    def as_json(self, names: Iterable[str], version: str) -> JsonObject:
        url = f"/services/data/v{version}/sobjects/{self.of.name}/{self.id}"
        about: JsonObject = {"type": self.of.name, "url": url}
        return {"attributes": about, **{name: self.value(name) for name in names}}

    def as_state(self) -> JsonObject:
        return {"type": self.of.name, "Id": self.id, "is_deleted": self.is_deleted, **self.values}


@dataclass
class Records:
    """`blocks_duplicates`: the duplicate rule stops a doubled person whatever the caller says; else it is an
    alert, which `allowSave=true` passes over."""

    blocks_duplicates: bool = False
    by_id: dict[str, Record] = field(default_factory=dict)
    _by_external_id: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _known: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    """Ids of live records by what the duplicate rule looks at."""
    _last: int = 0

    def all_of(self, sobject: SObject) -> list[Record]:
        return [one for one in self.by_id.values() if one.of == sobject and not one.is_deleted]

    def live(self, record_id: str) -> Record:
        """By 15 or 18 characters; raises RowError."""
        found = self.by_id.get(record_id) or self.by_id.get(f"{record_id}AAA")
        if found is None:
            raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if found.is_deleted:
            raise RowError("ENTITY_IS_DELETED", "entity is deleted")
        return found

    def find(self, sobject: SObject, external: str, value: str) -> Record | None:
        found = self._by_external_id.get((sobject.name, external, value))
        return self.by_id[found] if found else None

    def upsert(
        self, sobject: SObject, external: str, values: Mapping[str, Json], *, allow_save: bool
    ) -> tuple[Record, bool]:
        """The record as it is now, and whether it is new."""
        named = values.get(external)
        if not isinstance(named, str) or not named:
            raise RowError("MISSING_ARGUMENT", f"{external} not specified")
        found = self.find(sobject, external, named)
        if found is None:
            return self.insert(sobject, values, allow_save=allow_save), True
        return self.update(found, values, allow_save=allow_save), False

    def insert(self, sobject: SObject, values: Mapping[str, Json], *, allow_save: bool) -> Record:
        kept = _kept(values)
        self._check(sobject, values, kept, "", allow_save=allow_save)
        self._last += 1
        now = stamp()
        record = Record(f"{sobject.prefix}000000{self._last:06}AAA", sobject, kept, now, now)
        self.by_id[record.id] = record
        self._note(record)
        return record

    def update(self, record: Record, values: Mapping[str, Json], *, allow_save: bool) -> Record:
        kept = _kept({**record.values, **values})
        self._check(record.of, values, kept, record.id, allow_save=allow_save)
        self._forget(record)
        record.values, record.changed = kept, stamp()
        self._note(record)
        return record

    def delete(self, record_id: str) -> None:
        record = self.live(record_id)
        self._forget(record)
        record.is_deleted, record.changed = True, stamp()

    def _check(
        self,
        sobject: SObject,
        said: Mapping[str, Json],
        kept: Mapping[str, Json],
        own_id: str,
        *,
        allow_save: bool,
    ) -> None:
        for name, value in said.items():
            sobject.field(name).check(value)
            if sobject.field(name).type == "reference" and isinstance(value, str):
                self.live(value)
        lacking = [name for name in sobject.required() if name not in kept]
        if lacking:
            message = f"Required fields are missing: [{', '.join(lacking)}]"
            raise RowError("REQUIRED_FIELD_MISSING", message, tuple(lacking))
        for name in said:
            owner = self.find(sobject, name, str(kept.get(name))) if sobject.field(name).external else None
            if owner is not None and owner.id != own_id:
                message = f"duplicate value found: {name} duplicates value on record with id: {owner.id}"
                raise RowError("DUPLICATE_VALUE", message, (name,))
        changes = not own_id or any(name in sobject.alike for name in said)
        if changes and (self.blocks_duplicates or not allow_save):
            self._refuse_alike(sobject, kept, own_id)

    def _refuse_alike(self, sobject: SObject, kept: Mapping[str, Json], own_id: str) -> None:
        before = self._signs(sobject, self.by_id[own_id].values) if own_id else []
        for sign in self._signs(sobject, kept):
            if sign not in before and self._known.get(sign, set()) - {own_id}:
                raise RowError("DUPLICATES_DETECTED", "Use one of these records?")

    def _signs(self, sobject: SObject, kept: Mapping[str, Json]) -> list[tuple[str, ...]]:
        """What makes two records one person: the address, or the whole name."""
        if not sobject.alike:
            return []
        address, first, last = [str(kept.get(name, "")).lower() for name in sobject.alike]
        signs: list[tuple[str, ...]] = [(sobject.name, address)] if address else []
        return [*signs, (sobject.name, first, last)] if first else signs

    def _note(self, record: Record) -> None:
        self._on_keys(record, lambda key: self._by_external_id.__setitem__(key, record.id))
        for sign in self._signs(record.of, record.values):
            self._known.setdefault(sign, set()).add(record.id)

    def _forget(self, record: Record) -> None:
        self._on_keys(record, lambda key: self._by_external_id.pop(key, None))
        for sign in self._signs(record.of, record.values):
            self._known[sign].discard(record.id)

    def _on_keys(self, record: Record, act: Callable[[tuple[str, str, str]], object]) -> None:
        for name, value in record.values.items():
            if record.of.field(name).external:
                act((record.of.name, name, str(value)))


def allows_save(headers: Mapping[str, str]) -> bool:
    said = {name.lower(): value for name, value in headers.items()}.get("sforce-duplicate-rule-header", "")
    return bool(re.search(r"\ballowSave\s*=\s*true\b", said, re.IGNORECASE))


def _kept(values: Mapping[str, Json]) -> dict[str, Json]:
    """An empty text is none, as in Salesforce."""
    return {name: value for name, value in values.items() if value not in (None, "")}
