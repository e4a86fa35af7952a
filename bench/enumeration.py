"""Whether time tells which addresses have an account. See `bench/README.md`."""

import argparse
import contextlib
import datetime as dt
import random
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from bench import machine, report
from bench.crowd import email
from bench.driving import Failed
from bench.serving import Ground, Server, ground, load, our_server, prepare
from bench.signing_in import STATES, Visitor, stranger
from ciam.embedded import CannotStart
from ciam.supervisor.plan import CHECKOUT

GREATEST_AUC = 0.60
LEGACY = "scrypt"  # the kind of the old hashes in `bench.armed`


@dataclass(frozen=True)
class Wanted:
    requests: int
    states: tuple[str, ...]
    output: Path


def wanted(arguments: Sequence[str]) -> Wanted:
    parser = argparse.ArgumentParser(prog="python -m bench.enumeration", description=__doc__)
    parser.add_argument("--requests", type=int, default=500, help="of each side")
    parser.add_argument("--states", default=",".join(STATES), help="of an account, to be told from none")
    parser.add_argument("--output", type=Path, default=CHECKOUT / "bench" / "results")
    said = parser.parse_args(arguments)
    states = tuple(said.states.split(","))
    if not set(states) <= set(STATES):
        parser.error(f"states are: {', '.join(STATES)}")
    return Wanted(said.requests, states, said.output)


def tell(words: str) -> None:
    print(f"{dt.datetime.now():%H:%M:%S} {words}", file=sys.stderr, flush=True)


Ask = Callable[[Visitor, str], float]
"""What a stranger does with an address; seconds of the request that might tell."""


def by_password(visitor: Visitor, address: str) -> float:
    visitor.arrives(address)
    return visitor.says("not the right one").seconds


def by_registering(visitor: Visitor, address: str) -> float:
    """The address is taken and a mail written; whoever has an account is told so there."""
    return visitor.arrives(address, "/register/").seconds


DOORS: dict[str, Ask] = {"a wrong password": by_password, "an address to register": by_registering}


@dataclass(frozen=True)
class Told:
    door: str
    state: str
    absent: list[float] = field(default_factory=list)
    present: list[float] = field(default_factory=list)

    @property
    def auc(self) -> float:
        """How often a guess by time alone is right, told which way to guess: 0.5 is chance."""
        ranked = sorted([(t, 0) for t in self.absent] + [(t, 1) for t in self.present])
        ranks = sum(place for place, (_time, present) in enumerate(ranked, 1) if present)
        many, few = len(self.present), len(self.absent)
        share = (ranks - many * (many + 1) / 2) / (many * few)
        return max(share, 1 - share)


def told(server: Server, door: str, state: str, said: Wanted) -> Told:
    """In pairs, the first of each by lot, each from an address of its own: whatever befalls the machine
    befalls both."""
    first = STATES.index(state) * said.requests + 1
    found, dice = Told(door, state), random.Random(f"{door} {state}")
    for turn in range(said.requests):
        pair = [(found.absent, stranger(first + turn)), (found.present, email(first + turn))]
        dice.shuffle(pair)
        for side, (times, address) in enumerate(pair):
            visitor = Visitor(server, f"127.{1 + side}.{turn // 250}.{1 + turn % 250}")
            try:
                times.append(DOORS[door](visitor, address))
            finally:
                visitor.close()
    return found


def at(here: Ground, states: Sequence[str], said: Wanted, *, legacy: bool) -> list[Told]:
    """Old hashes are a server's own matter: where there are some, a wrong password costs more for all."""
    with contextlib.ExitStack() as held:
        number = len(STATES) * said.requests
        name = "legacy" if legacy else "ours"
        server = our_server(here, f"{name}_enumeration", number, held, legacy=LEGACY if legacy else "")
        load(server.environment, "bench.armed", number, said.requests)
        found = []
        for state in states:
            for door in DOORS:
                tell(f"{door}: {state}")
                told(server, door, state, replace(said, requests=min(20, said.requests)))  # to warm up
                here.execute("TRUNCATE ciam_lib_counter", f"{name}_enumeration")
                found.append(told(server, door, state, said))
                here.execute("TRUNCATE ciam_lib_counter", f"{name}_enumeration")
        return found


def row(one: Told) -> list[str]:
    here, there = (f"{1_000 * median(times):.1f} ms" for times in (one.absent, one.present))
    promise = report.verdict(one.auc <= GREATEST_AUC, f"AUC ≤ {GREATEST_AUC:.2f}")
    return [one.door, one.state, f"2 x {len(one.absent)}", here, there, f"{one.auc:.3f}", promise]


def main(arguments: Sequence[str]) -> int:
    said, began = wanted(arguments), dt.datetime.now()
    # Engines and servers end with it, however it ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ground() as here:
            prepare(here)
            facts = machine.facts(here.version)
            facts.append(f"load of the machine when it began: {Path('/proc/loadavg').read_text().split()[0]}")
            plain = [state for state in said.states if state != "legacy hash"]
            found = at(here, plain, said, legacy=False) if plain else []
            if "legacy hash" in said.states:
                found += at(here, ["legacy hash"], said, legacy=True)
    except (CannotStart, Failed) as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return 1
    lines = "\n".join(f"- {fact}" for fact in facts)
    head = "what a stranger asks | state | requests | median, absent | median, there | AUC | promise |"
    table = report.table(head, [row(one) for one in found])
    page = f"# Whether time tells who has an account, {began:%d %B %Y}\n\n{lines}\n\n{table}\n"
    said.output.mkdir(parents=True, exist_ok=True)
    (said.output / f"{began:%Y-%m-%d}-enumeration.md").write_text(page, encoding="utf-8")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
