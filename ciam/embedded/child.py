"""A program of ours behind its guard (see `guard.py`)."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from ciam.embedded import guard
from ciam.embedded.identity import Identity

GUARD = Path(guard.__file__).resolve()


class Child:
    """Ends when told to, when this process ends by whatever means, and leaves nothing behind."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        output: int | IO[bytes] | None = None,
        identity: Identity | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        owner_death_signal: signal.Signals = signal.SIGKILL,
        grace: float = 5.0,
        holding: Sequence[int] = (),
    ) -> None:
        """`output` takes what the program prints, as for subprocess; None shares ours. `grace` in seconds.

        `holding`: open files, such as a lock, that the guard keeps open until everything has ended.
        """
        self.name = name
        self.grace = grace
        report, report_to = os.pipe()
        # -I: nothing of the guarded program's environment (PYTHONPATH, ...) may change the guard itself.
        self._guard = subprocess.Popen(  # noqa: S603  this interpreter, no shell
            [sys.executable, "-I", "-S", str(GUARD), name],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            env=dict(environment),
            pass_fds=[report_to, *holding],
            start_new_session=True,
        )
        os.close(report_to)
        order: guard.Order = {
            "argv": [str(word) for word in argv],
            "cwd": str(cwd),
            "owner": os.getpid(),
            "identity": (identity.user, identity.group, identity.capability) if identity else None,
            "stop_signal": stop_signal,
            "owner_death_signal": owner_death_signal,
            "grace": grace,
            "report_to": report_to,
        }
        self.pid = self._tell(order, report)

    def _tell(self, order: guard.Order, report: int) -> int:
        assert self._guard.stdin is not None
        with open(report, "rb") as lines:
            try:
                self._guard.stdin.write(json.dumps(order).encode() + b"\n")
                self._guard.stdin.flush()
            except BrokenPipeError:
                return 0
            return int(lines.readline() or 0)

    @property
    def output(self) -> IO[bytes]:
        """What the program prints, if it was started with `output=subprocess.PIPE`."""
        assert self._guard.stdout is not None
        return self._guard.stdout

    def poll(self) -> int | None:
        """The exit code (128 + n after signal n), None while it runs."""
        return self._guard.poll()

    def wait(self, seconds: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        return self._guard.wait(seconds)

    def ask_to_end(self) -> None:
        """Return at once; the guard sends the stop signal, and kills what is left after the grace."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()

    def stop(self) -> int:
        """End it and everything it started, and wait for that."""
        self.ask_to_end()
        try:
            return self._guard.wait(self.grace + 5)
        except subprocess.TimeoutExpired:
            # Its program dies with it; what that one leaves behind is up to our own owner's guard.
            self._guard.kill()
            return self._guard.wait()


def ending(code: int) -> str:
    """How a program ended, in words."""
    if code <= 128:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(code - 128).name}"
    except ValueError:
        return f"ended with exit code {code}"
