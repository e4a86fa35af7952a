"""What it was measured on, and what a program costs this machine."""

import contextlib
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
# In /proc/<pid>/stat, after the name: the parent; user and system time, also of children that have ended.
PARENT, TIMES = 1, slice(11, 15)


def cpu_seconds(pid: int) -> float:
    """What a program and all below it have spent so far."""
    processes = _processes()
    return sum(sum(map(int, processes[one][TIMES])) for one in _family(pid, processes)) / TICK


def _processes() -> dict[int, list[str]]:
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(file.parent.name)] = file.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
    return found


def _family(pid: int, processes: dict[int, list[str]]) -> set[int]:
    family = {pid} & processes.keys()
    while more := {one for one, stat in processes.items() if int(stat[PARENT]) in family} - family:
        family |= more
    return family


def resident_mb(pid: int) -> float:
    """The memory of a program and all below it; what they share counts once for each."""
    pages = 0
    for one in _family(pid, _processes()):
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def facts(postgres: str) -> list[str]:
    """For the head of a page of results. Nothing in it names this machine or who uses it."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    packages = ("Django", "django-scim2", "scim2-models", "granian")
    return [
        f"{os.cpu_count()} cores ({names[0] if names else platform.machine()}), {memory_mb() / 1024:.0f} GB",
        f"{platform.system()}, Python {platform.python_version()}, {postgres}",
        ", ".join(f"{package} {version(package)}" for package in packages),
        f"revision {_revision()}",
    ]


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _revision() -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, timeout=10, check=False
    )
    return said.stdout.strip() or "unknown"
