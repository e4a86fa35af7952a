"""Sign-ins by password: how many a second and a core, how much of that is the hash. See `bench/README.md`."""

import argparse
import contextlib
import datetime as dt
import itertools
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import argon2

from auth_flows.hashers import Argon2id
from bench import machine, report
from bench.comparing import percentile
from bench.crowd import email
from bench.driving import Failed
from bench.serving import Ground, Server, ground, load, our_server, prepare
from bench.signing_in import PASSWORD, Visitor
from ciam.embedded import CannotStart
from ciam.supervisor.plan import CHECKOUT

LEAST_SHARE = 0.9
WARM_UP_S = 3.0
HASHES = 30


@dataclass(frozen=True)
class Wanted:
    sizes: tuple[int, ...]
    seconds: float
    threads: int
    output: Path


def wanted(arguments: Sequence[str]) -> Wanted:
    parser = argparse.ArgumentParser(prog="python -m bench.sign_in", description=__doc__)
    parser.add_argument("--sizes", default="10000,1000000", help="accounts, in turn")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--threads", type=int, default=4, help="people who sign in at the same time")
    parser.add_argument("--output", type=Path, default=CHECKOUT / "bench" / "results")
    said = parser.parse_args(arguments)
    sizes = tuple(int(size) for size in said.sizes.split(","))
    return Wanted(sizes, said.seconds, said.threads, said.output)


def tell(words: str) -> None:
    print(f"{dt.datetime.now():%H:%M:%S} {words}", file=sys.stderr, flush=True)


@dataclass
class Taken:
    """Seconds of the request with the password, and of the whole sign-in; CPU of the server for all."""

    proofs: list[float] = field(default_factory=list)
    wholes: list[float] = field(default_factory=list)
    cpu: float = 0.0
    seconds: float = 0.0
    pages_cpu: float = 0.0
    """Of one sign-in without its password: what the other requests cost."""

    @property
    def cpu_each(self) -> float:
        return self.cpu / len(self.proofs)


def sign_in(server: Server, person: int, *, whole: bool = True) -> tuple[float, float]:
    """Seconds of the password's request, and of all. Each comes from an address of its own."""
    visitor = Visitor(server, f"127.{1 + person % 200}.{person // 200 % 250}.1")
    began = time.perf_counter()
    visitor.arrives(email(person))
    proof = visitor.says(PASSWORD, expected=303).seconds if whole else 0.0
    visitor.close()
    return proof, time.perf_counter() - began


def measured(server: Server, people: Iterator[int], said: Wanted) -> Taken:
    _for(server, people, said.threads, WARM_UP_S, whole=True)
    pages = _for(server, people, said.threads, said.seconds / 3, whole=False)
    taken = _for(server, people, said.threads, said.seconds, whole=True)
    taken.pages_cpu = pages.cpu_each
    return taken


def _for(server: Server, people: Iterator[int], threads: int, seconds: float, *, whole: bool) -> Taken:
    taken, failed = Taken(), list[BaseException]()
    lock, until = threading.Lock(), time.monotonic() + seconds

    def run() -> None:
        try:
            while time.monotonic() < until:
                with lock:
                    person = next(people)
                proof, all_of_it = sign_in(server, person, whole=whole)
                with lock:
                    taken.proofs.append(proof)
                    taken.wholes.append(all_of_it)
        except Exception as error:
            failed.append(error)

    before, began = machine.cpu_seconds(server.child.pid), time.monotonic()
    running = [threading.Thread(target=run, daemon=True) for _one in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failed:
        raise failed[0]
    taken.cpu, taken.seconds = machine.cpu_seconds(server.child.pid) - before, time.monotonic() - began
    return taken


def hash_cpu() -> float:
    """Seconds of CPU that one hash takes by itself, with the parameters of the server."""
    kind = argon2.PasswordHasher(
        time_cost=Argon2id.time_cost, memory_cost=Argon2id.memory_cost, parallelism=Argon2id.parallelism
    )
    stored = kind.hash(PASSWORD)
    began = time.process_time()
    for _hash in range(HASHES):
        kind.verify(stored, PASSWORD)
    return (time.process_time() - began) / HASHES


def row(size: int, taken: Taken, hashing: float) -> list[str]:
    def ms(times: list[float], part: float) -> str:
        return f"{1_000 * percentile(times, part):,.0f}"

    proving = taken.cpu_each - taken.pages_cpu
    share = hashing / proving
    return [
        f"{size:,}",
        f"{len(taken.proofs):,}",
        f"{len(taken.proofs) / taken.seconds:,.1f}",
        f"{1 / taken.cpu_each:,.1f}",
        f"{1_000 * taken.cpu_each:,.1f} ms, {1_000 * proving:,.1f} ms",
        f"{100 * share:.0f} % ({100 * hashing / taken.cpu_each:.0f} %)",
        f"{ms(taken.proofs, 0.5)}, {ms(taken.proofs, 0.99)} ms",
        f"{ms(taken.wholes, 0.5)}, {ms(taken.wholes, 0.99)} ms",
        report.verdict(share >= LEAST_SHARE, f"share ≥ {100 * LEAST_SHARE:.0f} %"),
    ]


def at(here: Ground, size: int, said: Wanted, hashing: float) -> list[str]:
    with contextlib.ExitStack() as held:
        tell(f"{size:,} accounts")
        server = our_server(here, f"ours_{size}", size, held)
        load(server.environment, "bench.armed", size)
        tell("sign-ins")
        # Far apart, so that no page of the database is met twice on the way.
        people = (1 + (turn * 7_919) % size for turn in itertools.count())
        return row(size, measured(server, people, said), hashing)


HEAD = (
    "accounts | sign-ins | per second | per second of a core | CPU of the web server: a sign-in, its "
    "password | of that, the hash (of all) | request: p50, p99 | all of it: p50, p99 | promise |"
)


def main(arguments: Sequence[str]) -> int:
    said, began = wanted(arguments), dt.datetime.now()
    # Engines and servers end with it, however it ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ground() as here:
            prepare(here)
            hashing = hash_cpu()
            facts = [*machine.facts(here.version), f"one hash by itself: {1_000 * hashing:.1f} ms of CPU"]
            load_before = Path("/proc/loadavg").read_text().split()[0]
            facts.append(f"load of the machine when it began: {load_before}")
            rows = [at(here, size, said, hashing) for size in said.sizes]
    except (CannotStart, Failed) as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return 1
    lines = "\n".join(f"- {fact}" for fact in facts)
    page = f"# Sign-ins by password, {began:%d %B %Y}\n\n{lines}\n\n{report.table(HEAD, rows)}\n"
    said.output.mkdir(parents=True, exist_ok=True)
    (said.output / f"{began:%Y-%m-%d}-sign-in.md").write_text(page, encoding="utf-8")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
