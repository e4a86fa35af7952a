"""Stands between a program and its owner, so that the program never outlives the owner.

Started as a script (`python -I guard.py NAME`) with one `Order` as a line of JSON on standard input. That
pipe stays open as long as the owner wants the program: its end (the owner closed it, or was killed by
whatever means) ends the program, and every process that it left behind. These also end when the program
ends by itself.

The guard's exit code is the program's; 128 + n when signal n killed it; 127 when it could not be started.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_CAP_AMBIENT = 1, 28, 36, 47
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
ASKED_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Order(TypedDict):
    """What to run. `identity` is (user id, group id, capability to keep or -1), None to stay who we are."""

    argv: list[str]
    cwd: str
    owner: int
    identity: tuple[int, int, int] | None
    stop_signal: int
    owner_death_signal: int
    grace: float
    report_to: int


def libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, argument: int, second: int = 0) -> bool:
    """Linux only; elsewhere the pipe alone has to do."""
    values = (ctypes.c_ulong(value) for value in (option, argument, second, 0, 0))
    return sys.platform == "linux" and bool(libc().prctl(*values) == 0)


def adopt_orphans() -> None:
    """Processes whose parent dies below this one become its children (Linux), so that none gets away."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def children() -> Iterator[int]:
    """Ids of this process's children, zombies included. Nothing where there is no /proc."""
    me = str(os.getpid())
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == me:
            yield int(stat.parent.name)


def end_descendants() -> None:
    """Kill every process below this one. Each round kills one generation and adopts the next."""
    while pids := [pid for pid in children() if killed(pid)]:
        for pid in pids:
            os.waitpid(pid, 0)


def killed(child: int) -> bool:
    """False for what became another user's (sudo) and so isn't ours to end."""
    try:
        os.kill(child, signal.SIGKILL)
    except PermissionError:
        return False
    return True


def become(user: int, group: int, capability: int) -> None:
    """Give root away for good, keeping at most the one capability, which also survives exec."""
    if capability >= 0:
        # Capabilities outlive the change of user, and count in access(), by which initdb looks for postgres.
        prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if capability >= 0:
        bit = 1 << capability
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        kept = libc().capset(header, (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)) == 0
        if not kept or not prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability):
            raise OSError(ctypes.get_errno(), "cannot keep the capability")


def start(order: Order) -> "subprocess.Popen[bytes]":
    guard = os.getpid()

    def between_fork_and_exec() -> None:
        for number in (*ASKED_TO_END, signal.SIGQUIT, signal.SIGPIPE, signal.SIGUSR1):
            signal.signal(number, signal.SIG_DFL)
        if order["identity"] is not None:
            become(*order["identity"])
        # Changing the user clears this wish, so it comes last.
        prctl(PR_SET_PDEATHSIG, order["owner_death_signal"])
        if os.getppid() != guard:
            os._exit(1)

    return subprocess.Popen(  # noqa: S603  the owner's program, no shell
        order["argv"],
        cwd=order["cwd"],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=between_fork_and_exec,
    )


class Guard:
    def __init__(self, order: Order) -> None:
        self.order = order
        self.asked = False
        self.wakeups, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in ASKED_TO_END:
            signal.signal(number, self._ask)
        for number in (signal.SIGCHLD, signal.SIGUSR1):
            signal.signal(number, lambda *_: None)
        # Also told by signal, in case a forgotten copy of the pipe's other end stays open in another process.
        prctl(PR_SET_PDEATHSIG, signal.SIGUSR1)

    def _ask(self, *_: object) -> None:
        self.asked = True

    def run(self) -> int:
        program = start(self.order)
        os.write(self.order["report_to"], b"%d\n" % program.pid)
        os.close(self.order["report_to"])
        if not self._until_end(program, deadline=None):
            self._signal(program, self.order["stop_signal"])
            self._signal(program, signal.SIGCONT)  # a frozen program has to wake up to read the first one
            self._until_end(program, deadline=time.monotonic() + self.order["grace"])
        return self._sweep(program)

    def _until_end(self, program: "subprocess.Popen[bytes]", deadline: float | None) -> bool:
        """Wait for the program's end (True), or else for the wish to end it, or for the deadline (False)."""
        watched = [self.wakeups] if deadline else [self.wakeups, sys.stdin.fileno()]
        while program.poll() is None:
            left = None if deadline is None else deadline - time.monotonic()
            if (left is not None and left <= 0) or (deadline is None and self._unwanted()):
                return False
            readable, _, _ = select.select(watched, [], [], left)
            if self.wakeups in readable:
                os.read(self.wakeups, 4096)
            if sys.stdin.fileno() in readable and not os.read(sys.stdin.fileno(), 4096):
                self.asked = True
        return True

    def _unwanted(self) -> bool:
        return self.asked or os.getppid() != self.order["owner"]

    @staticmethod
    def _signal(program: "subprocess.Popen[bytes]", number: int) -> None:
        if program.poll() is None:
            os.kill(program.pid, number)

    @staticmethod
    def _sweep(program: "subprocess.Popen[bytes]") -> int:
        program.kill()
        code = program.wait()
        end_descendants()
        if sys.platform != "linux":  # no orphans are adopted there; the group is the best there is
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
        return code if code >= 0 else 128 - code


def read_order() -> Order:
    line = b""
    while not line.endswith(b"\n"):
        chunk = os.read(sys.stdin.fileno(), 65536)
        if not chunk:
            sys.exit(0)
        line += chunk
    order: Order = json.loads(line)
    return order


def main() -> int:
    order = read_order()
    adopt_orphans()
    try:
        return Guard(order).run()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"cannot start {order['argv'][0]}: {error}", file=sys.stderr)
        return 127


if __name__ == "__main__":
    sys.exit(main())
