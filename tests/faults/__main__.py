"""`python -m tests.faults [F01 F14 ...] [--quick] [--output]`: runs the faults and prints what held.

Ends with 1 where a bound was missed.
"""

import argparse
import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg2

from bench import machine
from ciam.supervisor.plan import CHECKOUT
from tests.faults.fault import Fault
from tests.faults.ground import Ground, ground, small_disk
from tests.faults.matrix import MATRIX
from tests.faults.running import Outcome, failed, run
from tests.faults.table import table


@dataclass(frozen=True)
class Wanted:
    faults: tuple[Fault, ...]
    quick: bool
    output: Path | None


def wanted(arguments: Sequence[str]) -> Wanted:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="F01", help="which; without any, all")
    parser.add_argument("--quick", action="store_true", help="each lasts eight seconds at most")
    results = CHECKOUT / "bench" / "results"
    parser.add_argument("--output", type=Path, nargs="?", const=results, help="keep the page, usually there")
    said = parser.parse_args(arguments)
    chosen = tuple(one for one in MATRIX if not said.faults or one.number.startswith(tuple(said.faults)))
    for number in said.faults:
        if not any(one.number.startswith(number) for one in chosen):
            parser.error(f"there is no fault {number}")
    return Wanted(chosen, said.quick, said.output)


def tell(text: str) -> None:
    print(f"{dt.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


class Grounds:
    """A ground for each fault: the same one, until one did not come in order again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0
        self._held = contextlib.ExitStack()
        self._usual: Ground | None = None

    @contextlib.contextmanager
    def of(self, fault: Fault) -> Iterator[Ground]:
        if fault.disk:
            with small_disk(self._folder, fault.disk) as place, ground(place) as here:
                yield here
            return
        if self._usual is None:
            self._number += 1
            place = self._folder / f"ground-{self._number}"
            place.mkdir()
            self._usual = self._held.enter_context(ground(place))
        yield self._usual

    def close(self) -> None:
        self._usual = None
        self._held.close()


def measure(said: Wanted, folder: Path) -> list[Outcome]:
    outcomes = []
    with contextlib.closing(Grounds(folder)) as grounds:
        for fault in said.faults:
            if fault.disk and os.geteuid():
                tell(f"{fault.number} is left out: it mounts a file system, for which it takes root")
                continue
            tell(f"{fault.number} {fault.name}")
            try:
                with grounds.of(fault) as here:
                    outcome = run(fault, here, quick=said.quick)
            except (
                AssertionError,
                OSError,
                httpx.HTTPError,
                psycopg2.Error,
                subprocess.SubprocessError,
            ) as error:
                outcome = failed(fault, f"could not be tried to its end ({type(error).__name__}: {error})")
            outcomes.append(outcome)
            tell("; ".join(outcome.misses) or f"holds, recovered after {outcome.recovery:.1f} s")
            if outcome.recovery is None:
                grounds.close()
    return outcomes


def main(arguments: Sequence[str]) -> int:
    said = wanted(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = dt.datetime.now()
    try:
        # `scratch_folder` would not do: whoever finds one older than ten minutes takes it for forgotten.
        with tempfile.TemporaryDirectory(prefix="ciam-faults-", ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o711)
            outcomes = measure(said, Path(folder))
    except KeyboardInterrupt:
        return 130
    facts = "\n".join(f"- {fact}" for fact in machine.facts("PostgreSQL with fsync"))
    page = f"# Faults, {began:%d %B %Y}\n\n{facts}\n\n{table(outcomes)}\n"
    print(page)
    if said.output:
        said.output.mkdir(parents=True, exist_ok=True)
        (said.output / f"{began:%Y-%m-%d}-faults.md").write_text(page, encoding="utf-8")
    return 1 if any(outcome.misses for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
