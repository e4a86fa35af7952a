"""Reads JSON that somebody else wrote, one typed value at a time."""

from collections.abc import Mapping


class ShapeError(Exception):
    """Something is missing or of another kind; the message names it."""


def part(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = values.get(name)
    if not isinstance(found, dict):
        raise ShapeError(f"'{name}' is no object")
    return found


def text(values: Mapping[str, object], name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str) or not found:
        raise ShapeError(f"'{name}' is no text")
    return found


def texts(values: Mapping[str, object], name: str) -> tuple[str, ...]:
    found = values.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ShapeError(f"'{name}' is no list of texts")
    return tuple(found)


def number(values: Mapping[str, object], name: str) -> int:
    found = values.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        raise ShapeError(f"'{name}' is no whole number")
    return found


def parts(values: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = values.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ShapeError(f"'{name}' is no list of objects")
    return found


def optional(values: Mapping[str, object], name: str) -> str:
    """The text, or an empty one where there is none."""
    return text(values, name) if values.get(name) else ""
