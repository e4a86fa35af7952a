"""A server that an earlier run left behind, and its leftovers."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from ciam.embedded.errors import CannotStart

FAST_S, KILL_S = 5.0, 5.0


def end_orphan(data: Path) -> None:
    """End the PostgreSQL that still serves `data`. The caller holds the lock, so nobody needs it any more."""
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text().split("\n")[0])
    except (OSError, ValueError):
        pid = 0
    if pid > 0 and _serves(pid, data):
        for number, seconds in ((signal.SIGINT, FAST_S), (signal.SIGKILL, KILL_S)):
            if _ended(pid, data, number, seconds):
                break
        else:
            raise CannotStart(f"an earlier PostgreSQL (process {pid}) still holds {data} and does not end.")
    # Left by a killed server. Its number may be some other program's by now, which would block our start.
    file.unlink(missing_ok=True)


def _ended(pid: int, data: Path, number: signal.Signals, seconds: float) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        os.kill(pid, signal.SIGCONT)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _serves(pid, data):
            return True
        time.sleep(0.05)
    return False


def _serves(pid: int, data: Path) -> bool:
    """Whether that process is a PostgreSQL on exactly this folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except FileNotFoundError:
        words = [] if Path("/proc/self").exists() else _asked_of_ps(pid)
    return "postgres" in words[0] and any(str(data) in word for word in words) if words else False


def _asked_of_ps(pid: int) -> list[str]:
    answer = subprocess.run(  # noqa: S603
        ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return [answer.stdout] if answer.stdout else []
