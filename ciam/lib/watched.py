"""A file that something else keeps current: read when it is first asked for, and anew when it has changed."""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

Content = TypeVar("Content")
Version = tuple[str, int, int, int]

logger = logging.getLogger(__name__)


class Watched(Generic[Content]):
    """What `read` makes of a file. None where there is none, or none that can be read: never an error.

    What stood there before is not closed: another thread may be reading it.
    """

    def __init__(self, read: Callable[[Path], Content]) -> None:
        self._read = read
        self._lock = Lock()
        self._version: Version | None = None
        self._content: Content | None = None

    def get(self, path: str) -> Content | None:
        version = _version(path) if path else None
        if version is None:
            return None
        with self._lock:
            if version != self._version:
                self._content = self._opened(Path(path))
                self._version = version
            return self._content

    def _opened(self, path: Path) -> Content | None:
        try:
            return self._read(path)
        except Exception:  # whatever is wrong with the file, the site goes on without it
            logger.exception("%s can't be read.", path)
            return None


def _version(path: str) -> Version | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return path, found.st_ino, found.st_size, found.st_mtime_ns
