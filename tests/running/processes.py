"""Looking at real processes: who descends from whom, who is still alive."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Process:
    """One process, not to be confused with a later one that gets the same number."""

    pid: int
    started: str

    def alive(self) -> bool:
        fields = _fields(self.pid)
        return fields is not None and fields[19] == self.started and fields[0] != "Z"


def _fields(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def process(pid: int) -> Process:
    fields = _fields(pid)
    assert fields is not None, f"process {pid} is gone"
    return Process(pid, fields[19])


def family(pid: int) -> set[Process]:
    """The process and all its descendants."""
    everybody = {int(path.name): _fields(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    parents = {child: int(fields[1]) for child, fields in everybody.items() if fields}
    found, size = {pid}, 0
    while size < len(found):
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    alive = {member: _fields(member) for member in found}
    return {Process(member, fields[19]) for member, fields in alive.items() if fields}


def child_of(pid: int) -> int:
    """The process that it started first."""
    children = [member for member in family(pid) if (_fields(member.pid) or [])[1:2] == [str(pid)]]
    return min(children, key=lambda member: int(member.started)).pid


def eventually(look: Callable[[], object], what: str, within: float = PATIENCE_S) -> None:
    """Fail unless `look` finds something before the deadline."""
    deadline = time.monotonic() + within
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def nobody_is_left(processes: set[Process], within: float = PATIENCE_S) -> None:
    def all_gone() -> bool:
        return not any(member.alive() for member in processes)

    eventually(all_gone, "processes are left over", within)


def answer_of(
    argv: Sequence[str | Path], environment: Mapping[str, str] | None = None, cwd: Path = CHECKOUT
) -> tuple[int, str]:
    """Exit code and all that the command printed."""
    done = subprocess.run(
        argv,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
