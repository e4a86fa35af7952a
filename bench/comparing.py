"""Two sides, measured in turn, so that whatever else the machine does befalls both."""

import http.client
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from bench.asking import Operation
from bench.crowd import Crowd
from bench.driving import Asks, Door, Failed, Round, Walk, full_speed
from bench.serving import Server

WARM_UP = 40
LEAST = 20  # requests in a round, unless that takes far too long
PATIENCE = 5  # rounds of time
T = TypeVar("T")


@dataclass(frozen=True)
class Bounds:
    """What was promised, None where nothing was. Times in milliseconds."""

    p95: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Side:
    server: Server
    crowd: Crowd


@dataclass(frozen=True)
class Latencies:
    """One operation where little is there and where much is: seconds by round, from one client."""

    name: str
    bounds: Bounds
    few: list[list[float]] = field(default_factory=list)
    many: list[list[float]] = field(default_factory=list)
    failed: str = ""

    @property
    def ratio(self) -> float:
        """Of the p95, much to little: the median over the rounds."""
        return median(p95(many) / p95(few) for few, many in zip(self.few, self.many, strict=True))

    @property
    def holds(self) -> bool:
        if self.failed:
            return False
        slow = self.bounds.p95 is not None and p95_ms(self.many) > self.bounds.p95
        steep = self.bounds.ratio is not None and self.ratio > self.bounds.ratio
        return not (slow or steep)


@dataclass(frozen=True)
class Race:
    """One operation at full speed, at ours and at the stock server, in alternate rounds."""

    name: str
    at_least: float | None
    ours: list[Round] = field(default_factory=list)
    stock: list[Round] = field(default_factory=list)
    failed: str = ""

    @property
    def ratio(self) -> float:
        """How many times as many requests per second ours answers: the median over the pairs of rounds."""
        return median(our.rate / their.rate for our, their in zip(self.ours, self.stock, strict=True))

    @property
    def cpu_ratio(self) -> float:
        """How many times as much stock spends on a request; others on the machine hardly change it."""
        return median(their.cpu / our.cpu for our, their in zip(self.ours, self.stock, strict=True))

    @property
    def holds(self) -> bool:
        return not self.failed and (self.at_least is None or self.ratio >= self.at_least)


def percentile(times: list[float], part: float) -> float:
    """The nearest rank."""
    return sorted(times)[min(len(times) - 1, int(part * len(times)))]


def p95(times: list[float]) -> float:
    return percentile(times, 0.95)


def p95_ms(rounds: list[list[float]]) -> float:
    """The median over the rounds."""
    return 1_000 * median(p95(times) for times in rounds)


def median_ms(rounds: list[list[float]]) -> float:
    return 1_000 * median(moment for times in rounds for moment in times)


def latencies(
    name: str,
    bounds: Bounds,
    few: tuple[Server, Asks],
    many: tuple[Server, Asks],
    rounds: int,
    seconds: float,
) -> Latencies:
    """A request here, a request there, in turns; each round lasts `seconds`."""
    doors = [Door(few[0]), Door(many[0])]

    def measure() -> Latencies:
        walks = (Walk(doors[0].send, few[1]), Walk(doors[1].send, many[1]))
        _in_turns(walks, WARM_UP, seconds)
        taken = [_in_turns(walks, None, seconds) for _round in range(rounds)]
        return Latencies(name, bounds, [one[0] for one in taken], [one[1] for one in taken])

    try:
        return measured(measure, lambda why: Latencies(name, bounds, failed=why))
    finally:
        for door in doors:
            door.close()


def _in_turns(walks: tuple[Walk, Walk], most: int | None, seconds: float) -> tuple[list[float], list[float]]:
    for walk in walks:
        walk.times = []
    began = time.monotonic()
    turn = 0
    while turn != most and time.monotonic() - began < seconds * (PATIENCE if turn < LEAST else 1):
        for walk in walks[:: 1 if turn % 2 else -1]:
            walk.step()
        turn += 1
    return walks[0].times, walks[1].times


def race(
    operation: Operation,
    at_least: float | None,
    sides: tuple[Side, Side],
    database: int,
    threads: int,
    rounds: int,
    seconds: float,
) -> Race:
    """Ours and stock in alternate rounds of `seconds`, on so many connections; so does who begins."""

    def measure() -> Race:
        taken: tuple[list[Round], list[Round]] = ([], [])
        for number in range(-1, rounds):
            for at in (0, 1) if number % 2 else (1, 0):
                walks = [
                    operation.asks(sides[at].crowd, random.Random(number * 99 + one))
                    for one in range(threads)
                ]
                # The round before the first one is for warming up.
                one = full_speed(sides[at].server, database, walks, seconds if number >= 0 else 1.0)
                if number >= 0:
                    taken[at].append(one)
        return Race(operation.name, at_least, taken[0], taken[1])

    return measured(measure, lambda why: Race(operation.name, at_least, failed=why))


def measured(measure: Callable[[], T], otherwise: Callable[[str], T]) -> T:
    """What fails is a line of the result, and no end of the others."""
    try:
        return measure()
    except (Failed, OSError, http.client.HTTPException, ValueError, KeyError) as error:
        return otherwise(f"{type(error).__name__}: {error}"[:300])
