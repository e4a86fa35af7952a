"""What the engines keep in folders: locks, secrets, logs, and folders that last one run."""

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ciam.embedded.errors import CannotStart

ENGINES_LOCK = "engines.lock"
FORGOTTEN_AFTER_S = 600.0
ELSEWHERE = "run as the owner, use another clone, or set VAR_DIR to a folder of your own."


def make_folder(path: Path) -> None:
    """All may pass through it (the engines may run as another user), only the owner sees what is in it."""
    try:
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(0o711)
    except OSError as error:
        raise CannotStart(f"cannot make the folder {path}: {error.strerror}; {ELSEWHERE}") from error


@contextlib.contextmanager
def hold(lock: Path, otherwise: str, *, patience: float = 0.0) -> Iterator[int]:
    """Hold the lock file; refuse with the sentence `otherwise` when it isn't free after `patience` seconds.

    Gives the open file: whoever inherits it holds the lock too. The kernel frees it when the last one dies.
    """
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart(f"cannot write {lock}: {error.strerror}; {ELSEWHERE}") from error
    try:
        deadline = time.monotonic() + patience
        while not _taken(handle):
            if time.monotonic() >= deadline:
                raise CannotStart(otherwise)
            time.sleep(0.05)
        yield handle
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_private(path: Path, text: str) -> None:
    """Readable by us alone from the first byte on, and never half there."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def kept_secret(path: Path) -> str:
    """A random text that is made once and stays."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text()


def open_log(path: Path) -> IO[bytes]:
    """A new private log; the one of the run before stays beside it."""
    if path.exists():
        path.replace(path.with_suffix(".previous.log"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")


def last_words(log: Path) -> str:
    """The last line of a log, for an error message."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for one run, e.g. of the tests. Those that killed runs left behind go as well."""
    prefix = f"ciam-scratch-{os.geteuid()}-"
    for forgotten in Path(tempfile.gettempdir()).glob(prefix + "*"):
        _remove_if_forgotten(forgotten)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_if_forgotten(folder: Path) -> None:
    with contextlib.suppress(OSError, CannotStart):
        status = folder.lstat()
        if status.st_uid != os.geteuid() or time.time() - status.st_mtime < FORGOTTEN_AFTER_S:
            return
        with hold(folder / ENGINES_LOCK, "in use"):
            shutil.rmtree(folder, ignore_errors=True)
