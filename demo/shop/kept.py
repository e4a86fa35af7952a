"""Things kept in memory under a name that nobody guesses."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Entry(Generic[T]):
    thing: T
    until: float


class Kept(Generic[T]):
    """Each thing for some seconds, and no more than `most`: the oldest makes room."""

    def __init__(self, seconds: float, most: int, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._entries: dict[str, _Entry[T]] = {}

    def put(self, thing: T) -> str:
        """Its name: 256 random bits."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._entries) >= self._most:
                del self._entries[next(iter(self._entries))]
            self._entries[name] = _Entry(thing, self._clock() + self._seconds)
        return name

    def get(self, name: str) -> T | None:
        with self._lock:
            entry = self._entries.get(name)
            return entry.thing if entry and self._clock() < entry.until else None

    def take(self, name: str, wanted: Callable[[T], bool] = lambda _thing: True) -> T | None:
        """The thing, if it is wanted, and only once."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None or not wanted(entry.thing):
                return None
            del self._entries[name]
            return entry.thing if self._clock() < entry.until else None
