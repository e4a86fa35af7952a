"""What a process remembers for a few seconds of what it read. The truth stays in the database: so long, at
most, it may be behind there."""

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

MOST = 10_000

_all: list["Kept[Hashable, object]"] = []


class Kept(Generic[Key, Value]):
    """By key. What isn't there is asked for each time: nobody waits for what has just been made."""

    def __init__(self, seconds: float, most: int | None = None) -> None:
        self.seconds = seconds
        self.most = most
        self._values: dict[Key, tuple[float, Value]] = {}
        _all.append(self)  # type: ignore[arg-type]

    def get(self, key: Key, read: Callable[[], Value | None]) -> Value | None:
        now = monotonic()
        kept = self._values.get(key)
        if kept is not None and now < kept[0] + self.seconds:
            return kept[1]
        value = read()
        if len(self._values) >= (self.most or MOST):
            self._values.clear()
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = (now, value)
        return value

    def forget(self) -> None:
        self._values.clear()


def forget_everything() -> None:
    """For tests: each has a database of its own."""
    for kept in _all:
        kept.forget()
