"""One fault on its ground: load, mischief, and what is left of the truth."""

import subprocess
import time
from dataclasses import dataclass
from typing import Final

from bench.comparing import percentile
from tests.faults.fault import Fault
from tests.faults.ground import Ground
from tests.faults.invariants import AFTER_WITHDRAWAL_S, Differences, seconds_after_withdrawal
from tests.faults.load import Answer, Load

LONGEST_ANSWER_S: Final = 5.0
SERVED_AGAIN_S: Final = 10.0
WARMING_UP_S = 2.0
LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Outcome:
    fault: Fault
    lasted: float
    people: int
    answers: tuple[Answer, ...]
    recovery: float | None
    """Seconds; None where the vendors held something else than the truth to the end of our patience."""
    left: Differences
    after_withdrawal: tuple[float, ...]
    """Seconds between a withdrawal and each telling that still came, in order."""
    complaints: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def errors(self) -> int:
        return sum(answer.failed for answer in self.answers)

    @property
    def slowest(self) -> float:
        return max((answer.seconds for answer in self.answers), default=0.0)

    @property
    def p95(self) -> float:
        return percentile([answer.seconds for answer in self.answers] or [0.0], 0.95)

    @property
    def too_late(self) -> int:
        return sum(seconds > AFTER_WITHDRAWAL_S for seconds in self.after_withdrawal)

    @property
    def misses(self) -> list[str]:
        """What did not hold, in words."""
        found = list(self.complaints)
        if self.recovery is None or self.recovery > self.fault.bound:
            found.append(f"not recovered within {self.fault.bound:g} s")
        if self.left:
            found.append("the vendors don't hold the truth")
        if self.too_late:
            found.append("told of somebody after their withdrawal")
        if self.slowest > LONGEST_ANSWER_S:
            found.append(f"an answer took {self.slowest:.1f} s")
        if self.errors > self.fault.errors * len(self.answers):
            found.append(f"{self.errors} errors")
        return found


def failed(fault: Fault, why: str) -> Outcome:
    """Of a fault that could not be tried to its end."""
    return Outcome(fault, 0.0, 0, (), None, Differences(), (), (why,), ())


def run(fault: Fault, ground: Ground, *, quick: bool = False) -> Outcome:
    """Takes the fault's seconds, its recovery, and some ten seconds more."""
    ground.notes.clear()
    since, prefix = ground.last_request(), f"{fault.number.lower()}-{time.time_ns() % 10**9:x}"
    with Load(ground.site, prefix, fault.rate) as load:
        time.sleep(WARMING_UP_S)
        began = time.monotonic()
        try:
            fault.inject(ground, fault.lasts(quick))
        finally:
            ground.vendors_behave()
        ground.start_what_ended()
        ended = time.monotonic()
    served = load.one_more(within=SERVED_AGAIN_S)
    recovery, left = _recovered(fault, ground, load, prefix, ended)
    complaints = ["" if served else f"nobody was served within {SERVED_AGAIN_S:g} s", _broken_ledger(ground)]
    if fault.also:
        complaints.append(fault.also(ground, since))
    if fault.heal:
        fault.heal(ground)
    return Outcome(
        fault,
        lasted=ended - began,
        people=len(load.people),
        answers=tuple(load.answers),
        recovery=recovery,
        left=left,
        after_withdrawal=tuple(seconds_after_withdrawal(load.people, ground.told(since))),
        complaints=tuple(filter(None, complaints)),
        notes=tuple(ground.notes),
    )


def _recovered(
    fault: Fault, ground: Ground, load: Load, prefix: str, ended: float
) -> tuple[float | None, Differences]:
    """When the vendors hold the truth, and what they differ in in the end: also a straggler's last word."""
    while True:
        left, seconds = ground.differences(load.people, prefix), time.monotonic() - ended
        if not left:
            time.sleep(2)
            return seconds, ground.differences(load.people, prefix)
        if seconds > fault.bound + 10:
            return None, left
        time.sleep(LOOK_EVERY_S)


def _broken_ledger(ground: Ground) -> str:
    """I7"""
    try:
        ground.site.manage("verify_ledger")
    except (AssertionError, subprocess.TimeoutExpired):
        return "verify_ledger has found a fault"
    return ""
