"""Scripted faults: what a test or a curious visitor asks a vendor to do wrong next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from demo.sandbox.shapes import (
    Json,
    JsonObject,
    ShapeError,
    a_text,
    an_object,
    as_json,
    texts,
    whole_number,
)

Kind = Literal["status", "timeout_before", "timeout_after", "garbage", "row_errors"]
FIELDS = ("vendor", "kind", "times", "status", "body", "headers", "seconds", "path_contains", "rows")
LONGEST_WAIT = 600.0
USUAL_WAIT = 30.0


@dataclass(frozen=True)
class Fault:
    """`times` counts down; the other fields are as they were posted, None where they were not."""

    vendor: str
    kind: str
    times: int = 1
    status: int | None = None
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = USUAL_WAIT
    path_contains: str | None = None
    rows: Mapping[str, str] | None = None
    id: int = 0

    def meets(self, path: str, rows: list[dict[str, str]]) -> bool:
        if self.path_contains is not None and self.path_contains not in path:
            return False
        return self.kind != "row_errors" or any(self.hits(row) for row in rows)

    def hits(self, row: Mapping[str, str]) -> bool:
        return self.rows is None or row.get(self.rows["property"]) == self.rows["equals"]

    def refuse_row(self, row: Mapping[str, str]) -> JsonObject | None:
        """The error for a row that this fault picks, perhaps empty; None lets the row pass."""
        if not self.hits(row):
            return None
        return self.body if isinstance(self.body, dict) else {}

    def as_json(self) -> JsonObject:
        return {
            "id": self.id,
            "vendor": self.vendor,
            "kind": self.kind,
            "times": self.times,
            "status": self.status,
            "body": self.body,
            "headers": as_json(self.headers),
            "seconds": self.seconds,
            "path_contains": self.path_contains,
            "rows": None if self.rows is None else as_json(self.rows),
        }


def read_fault(posted: Json) -> Fault:
    """A fault from the body of `POST /faults`; raises ShapeError with a sentence."""
    given = an_object(posted)
    unknown = sorted(set(given) - set(FIELDS))
    if unknown:
        raise ShapeError(f"A fault has no field {unknown[0]}. Its fields are {', '.join(FIELDS)}.")
    fault = Fault(
        vendor=a_text(given.get("vendor"), "vendor"),
        kind=_kind(given.get("kind")),
        times=whole_number(given.get("times", 1), "times", least=1, most=1_000_000),
        status=_status(given.get("status")),
        body=given.get("body"),
        headers=_headers(given.get("headers")),
        seconds=_seconds(given.get("seconds", USUAL_WAIT)),
        path_contains=_optional_text(given.get("path_contains"), "path_contains"),
        rows=_rows(given.get("rows")),
    )
    if fault.kind == "status" and fault.status is None:
        raise ShapeError("A fault of kind status needs the field status.")
    return fault


def _kind(value: Json) -> str:
    if value not in get_args(Kind):
        raise ShapeError(f"kind must be one of {', '.join(get_args(Kind))}.")
    return str(value)


def _status(value: Json) -> int | None:
    return None if value is None else whole_number(value, "status", least=200, most=599)


def _headers(value: Json) -> dict[str, str]:
    headers = {} if value is None else texts(value, "headers")
    for name, one in headers.items():
        if not name or any(sign in name + one for sign in "\r\n\0"):
            raise ShapeError("headers must have names and no line breaks.")
    return headers


def _seconds(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_WAIT:
        raise ShapeError(f"seconds must be a number from 0 to {LONGEST_WAIT:.0f}.")
    return float(value)


def _optional_text(value: Json, name: str) -> str | None:
    return None if value is None else a_text(value, name)


def _rows(value: Json) -> dict[str, str] | None:
    if value is None:
        return None
    rows = texts(value, "rows")
    if set(rows) != {"property", "equals"}:
        raise ShapeError('rows must be an object like {"property": "email", "equals": "ann@example.com"}.')
    return rows


class FaultBook:
    """The faults that wait to happen, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._last = 0

    def add(self, fault: Fault) -> Fault:
        self._last += 1
        stored = replace(fault, id=self._last)
        self._waiting.append(stored)
        return stored

    def take(self, vendor: str, path: str, rows: list[dict[str, str]]) -> Fault | None:
        """The oldest fault that meets this request, used once."""
        for place, fault in enumerate(self._waiting):
            if fault.vendor == vendor and fault.meets(path, rows):
                left = replace(fault, times=fault.times - 1)
                self._waiting[place : place + 1] = [left] if left.times else []
                return fault
        return None

    def waiting(self, vendor: str | None = None) -> list[Fault]:
        return [fault for fault in self._waiting if vendor in (None, fault.vendor)]

    def forget(self, vendor: str | None = None) -> None:
        self._waiting = [fault for fault in self._waiting if vendor not in (None, fault.vendor)]
