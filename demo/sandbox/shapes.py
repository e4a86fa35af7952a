"""JSON values with types: read them at the border, and say in a plain sentence what is wrong with them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]


class ShapeError(ValueError):
    """The value is not what its reader needs; the message is a sentence for the caller."""


def parse(raw: bytes) -> Json:
    try:
        value: Json = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise ShapeError("The body is not JSON.") from exc
    return value


def an_object(value: Json, name: str = "The body") -> JsonObject:
    if not isinstance(value, dict):
        raise ShapeError(f"{name} must be a JSON object.")
    return value


def a_list(value: Json, name: str) -> list[Json]:
    if not isinstance(value, list):
        raise ShapeError(f"{name} must be a list.")
    return value


def a_text(value: Json, name: str) -> str:
    if not isinstance(value, str):
        raise ShapeError(f"{name} must be a text.")
    return value


def texts(value: Json, name: str) -> dict[str, str]:
    """An object whose values are all texts."""
    return {key: a_text(one, f"{name}.{key}") for key, one in an_object(value, name).items()}


def whole_number(value: Json, name: str, *, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ShapeError(f"{name} must be a whole number from {least} to {most}.")
    return value


def as_json(values: Mapping[str, str]) -> JsonObject:
    """A plain mapping of texts as a JSON object (mypy keeps the two apart)."""
    return dict(values)


def stamp() -> str:
    """Now, as ISO 8601 in UTC with milliseconds, the way the vendors write time."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
