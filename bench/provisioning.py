"""How targets are kept in step: the lag of a change, the lag beside a sick target, and a long queue.

See `bench/README.md`.
"""

import argparse
import contextlib
import datetime as dt
import json
import random
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import machine, report
from bench.asking import change, expect
from bench.comparing import percentile
from bench.crowd import member
from bench.driving import Door
from bench.serving import Ground, Server, ground, our_server, prepare
from ciam.embedded import CannotStart, Child
from ciam.supervisor.plan import CHECKOUT, celery

DATABASE = "ours_provisioning"
DRAIN_S = 1_800.0
LONGEST_LAG = {"p50": 1.0, "p99": 10.0}
SICK_RATIO = 1.2
BEHIND = "SELECT count(*) FROM provisioning_link WHERE is_behind AND needs_human = ''"
LAGS = """
SELECT connector.kind, extract(epoch FROM link.sent_at - change.at)::float
FROM accounts_event AS change
JOIN provisioning_link AS link USING (account_id)
JOIN provisioning_connector AS connector ON connector.id = link.connector_id
WHERE change.type = 'profile.changed' AND change.at >= '{since}' AND NOT link.is_behind
"""
TARGETS = "SELECT count(*) FROM provisioning_connector WHERE is_active AND keeps_state"
# The database was made for another port.
MOVE = """
UPDATE provisioning_connector
SET settings = regexp_replace(settings::text, 'http://localhost:[0-9]+', '{sandbox}', 'g')::jsonb
"""
MARK = "UPDATE provisioning_link SET wanted = gen_random_uuid(), not_before = now(), behind_since = now()"


@dataclass(frozen=True)
class Wanted:
    people: int
    rate: float
    seconds: float
    workers: tuple[int, ...]
    output: Path


def wanted(arguments: Sequence[str]) -> Wanted:
    parser = argparse.ArgumentParser(prog="python -m bench.provisioning", description=__doc__)
    parser.add_argument("--people", type=int, default=34_000, help="each with a link to every target")
    parser.add_argument("--rate", type=float, default=20, help="changes a second")
    parser.add_argument("--seconds", type=float, default=30, help="of changes")
    parser.add_argument("--workers", default="1,2,4", help="processes that catch up, in turn")
    parser.add_argument("--output", type=Path, default=CHECKOUT / "bench" / "results")
    said = parser.parse_args(arguments)
    workers = tuple(int(number) for number in said.workers.split(","))
    if said.people < 2 * said.rate * said.seconds:
        parser.error("every change is of somebody else: more people, or fewer changes")
    return Wanted(said.people, said.rate, said.seconds, workers, said.output)


def tell(text: str) -> None:
    print(f"{dt.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


@dataclass
class Place:
    """Our server, the vendors, and workers that come and go."""

    here: Ground
    server: Server
    sandbox: str
    held: contextlib.ExitStack
    people: Iterator[int]
    """Whose turn it is to change."""

    def starts(self, name: str, argv: Sequence[str]) -> Child:
        with (self.here.folder / "log" / f"{name}.log").open("ab") as log:
            child = Child(name, argv, cwd=CHECKOUT, environment=self.server.environment, output=log)
        self.held.callback(child.stop)
        return child

    def worker(self, processes: int) -> Child:
        argv = celery("worker", f"--concurrency={processes}", "--prefetch-multiplier=1")
        return self.starts("worker", argv)

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Vendor -> operation -> how often it was asked for."""
        with urllib.request.urlopen(f"{self.sandbox}/counts", timeout=30) as answer:
            found: Mapping[str, Mapping[str, int]] = json.load(answer)
        return found

    def fails(self, vendor: str) -> None:
        fault = {"vendor": vendor, "kind": "status", "status": 503, "times": 1_000_000}
        self.post("/faults", fault)

    def heals(self) -> None:
        asked = urllib.request.Request(f"{self.sandbox}/faults", method="DELETE")
        urllib.request.urlopen(asked, timeout=30).close()

    def post(self, path: str, body: object) -> None:
        asked = urllib.request.Request(
            f"{self.sandbox}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        urllib.request.urlopen(asked, timeout=30).close()

    def behind(self) -> int:
        return int(self.here.execute(BEHIND, DATABASE)[0][0])

    def drains(self) -> float:
        """Seconds until nothing waits any more."""
        began = time.monotonic()
        while self.behind():
            if time.monotonic() - began > DRAIN_S:
                raise CannotStart(f"{self.behind():,} links still wait after {DRAIN_S:.0f} s.")
            time.sleep(0.2)
        return time.monotonic() - began


Lags = Mapping[str, Sequence[float]]
"""Seconds from a change to its arrival, by kind of target."""


def lags(place: Place, said: Wanted, sick: str = "") -> Lags:
    """Changes at an even pace, each of somebody else; then the time of each at each target."""
    since = dt.datetime.now(dt.UTC).isoformat()
    door, number = Door(place.server), int(said.rate * said.seconds)
    began = time.monotonic()
    for turn in range(number):
        time.sleep(max(0.0, began + turn / said.rate - time.monotonic()))
        expect(door.send(change(member(next(place.people)), random.Random(turn))), 200)
    door.close()
    deadline = time.monotonic() + 120
    targets = int(place.here.execute(TARGETS, DATABASE)[0][0])
    expected = number * (targets - bool(sick))
    while len(found := place.here.execute(LAGS.format(since=since), DATABASE)) < expected:
        if time.monotonic() > deadline:
            raise CannotStart(f"{len(found)} of {expected} changes have arrived.")
        time.sleep(0.2)
    by_kind: dict[str, list[float]] = {}
    for kind, seconds in found:
        by_kind.setdefault(kind, []).append(seconds)
    by_kind.pop(sick, None)
    return by_kind


@dataclass(frozen=True)
class CaughtUp:
    workers: int
    links: int
    seconds: float
    calls: Mapping[str, int]
    """By vendor."""
    memory: tuple[float, float]
    """Of the worker and all below it, in MB: soon after it began, and at the end."""

    @property
    def rate(self) -> float:
        return self.links / self.seconds


def caught_up(place: Place, processes: int) -> CaughtUp:
    place.here.execute(MARK, DATABASE)
    links, before = place.behind(), place.counts()
    worker, began = place.worker(processes), time.monotonic()
    first = 0.0
    while place.behind():
        if not first and time.monotonic() - began > 10:
            first = machine.resident_mb(worker.pid)
        if time.monotonic() - began > DRAIN_S:
            raise CannotStart(f"{place.behind():,} links still wait after {DRAIN_S:.0f} s.")
        time.sleep(0.2)
    seconds = time.monotonic() - began
    last = machine.resident_mb(worker.pid)
    worker.stop()
    after = place.counts()
    calls = {vendor: sum(after[vendor].values()) - sum(before.get(vendor, {}).values()) for vendor in after}
    return CaughtUp(processes, links, seconds, calls, (first or last, last))


def of_lags(healthy: Lags, beside: Mapping[str, Lags]) -> str:
    rows = []
    for kind, seconds in sorted(healthy.items()):
        p50, p99 = percentile(list(seconds), 0.5), percentile(list(seconds), 0.99)
        holds = p50 <= LONGEST_LAG["p50"] and p99 <= LONGEST_LAG["p99"]
        row = [kind, f"{len(seconds):,}", f"{p50:.2f} s", f"{p99:.2f} s"]
        rows.append([*row, "", report.verdict(holds, "p50 ≤ 1 s and p99 ≤ 10 s")])
        for sick, found in beside.items():
            if kind not in found:
                continue
            then = list(found[kind])
            ratio = percentile(then, 0.5) / p50
            row = [f"{kind}, {sick} being down", f"{len(then):,}"]
            row += [f"{percentile(then, 0.5):.2f} s", f"{percentile(then, 0.99):.2f} s", f"{ratio:.2f}"]
            rows.append([*row, report.verdict(ratio <= SICK_RATIO, f"ratio of the p50 ≤ {SICK_RATIO}")])
    return report.table("target | changes | p50 | p99 | ratio | promise |", rows)


def of_catching_up(rows: Sequence[CaughtUp], people: int) -> str:
    lines = []
    for row in rows:
        calls = ", ".join(f"{vendor} {calls / people:.4f}" for vendor, calls in sorted(row.calls.items()))
        memory = f"{row.memory[0]:.0f}, {row.memory[1]:.0f} MB"
        growth = f"{row.rate / rows[0].rate:.2f}"
        line = [str(row.workers), f"{row.links:,}", f"{row.seconds:.0f} s", f"{row.rate:,.0f}"]
        lines.append([*line, growth, calls, memory])
    head = (
        "worker processes | links | until none waits | links per second | growth | vendor calls an account "
        "| memory of the worker: at 10 s, at the end |"
    )
    return report.table(head, lines)


def measure(here: Ground, said: Wanted) -> str:
    with contextlib.ExitStack() as held:
        tell(f"{said.people:,} people")
        server = our_server(here, DATABASE, said.people, held)
        sandbox = server.environment["SANDBOX_URL"]
        place = Place(here, server, sandbox, held, iter(range(1, said.people + 1)))
        here.execute(MOVE.format(sandbox=sandbox), DATABASE)
        place.starts("sandbox", (sys.executable, "-m", "demo.sandbox"))
        place.starts("beat", celery("beat", f"--schedule={here.folder / 'beat'}", "--pidfile="))
        worker = place.worker(2)
        tell("everybody is sent for the first time")
        here.execute(MARK, DATABASE)
        place.drains()
        tell("the lag of a change")
        healthy = lags(place, said)
        beside: dict[str, Lags] = {}
        for sick in sorted(healthy)[:1]:
            tell(f"the same while {sick} is down")
            place.fails(sick)
            beside[sick] = lags(place, said, sick)
            place.heals()
        tell("what waited for it")
        place.drains()
        worker.stop()
        rows = []
        for processes in said.workers:
            tell(f"a long queue, {processes} processes")
            rows.append(caught_up(place, processes))
    return "\n\n".join(
        [
            f"## {said.rate:g} changes a second for {said.seconds:g} s, each at every target, 2 processes",
            of_lags(healthy, beside),
            f"## {rows[0].links:,} links that wait",
            of_catching_up(rows, said.people),
        ]
    )


def main(arguments: Sequence[str]) -> int:
    said = wanted(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = dt.datetime.now()
    try:
        with ground() as here:
            tell("the database")
            prepare(here)
            facts = "\n".join(f"- {fact}" for fact in machine.facts(here.version))
            text = f"# Provisioning, {began:%d %B %Y}\n\n{facts}\n\n{measure(here, said)}\n"
    except CannotStart as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    said.output.mkdir(parents=True, exist_ok=True)
    page = said.output / f"{began:%Y-%m-%d}-provisioning.md"
    page.write_text(text, encoding="utf-8")
    print(text)
    tell(f"written to {page.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
