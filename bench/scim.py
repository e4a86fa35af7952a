"""The SCIM door at scale, and beside stock django-scim2. See `bench/README.md`."""

import argparse
import contextlib
import datetime as dt
import json
import random
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import asking, machine, report
from bench.asking import Operation
from bench.comparing import Bounds, Latencies, Race, Side, latencies, race
from bench.crowd import Crowd, group, member
from bench.serving import Ground, Server, bare, ground, our_server, prepare, stock_server
from ciam.embedded import CannotStart
from ciam.supervisor.plan import CHECKOUT

STOCK = "stock"  # the name of its database
FLAT = 1.5
FILTERS = Bounds(p95=30, ratio=FLAT)
AT_BOTH_SIZES = [
    (asking.BY_ID, Bounds()),
    (asking.BY_NAME, FILTERS),
    (asking.BY_EMAIL, FILTERS),
    (asking.BY_EXTERNAL_ID, FILTERS),
    (asking.FIRST_PAGE, Bounds(ratio=FLAT)),
    (asking.MIDDLE_PAGE, Bounds()),
    (asking.CURSOR_PAGE, Bounds()),
    (asking.CREATE, Bounds()),
    (asking.CHANGE, Bounds()),
]


@dataclass(frozen=True)
class Wanted:
    sizes: tuple[int, int]
    stock_size: int
    seconds: float
    rounds: int
    threads: int
    only: str
    output: Path


def wanted(arguments: Sequence[str]) -> Wanted:
    parser = argparse.ArgumentParser(prog="python -m bench.scim", description=__doc__)
    parser.add_argument("--sizes", default="10000,1000000", help="accounts, few and many")
    parser.add_argument("--stock-size", type=int, default=100_000, help="accounts at ours and at stock")
    parser.add_argument("--seconds", type=float, default=6, help="of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=4, help="connections at full speed")
    parser.add_argument("--only", choices=["sizes", "stock"], default="", help="one half of it")
    parser.add_argument("--output", type=Path, default=CHECKOUT / "bench" / "results")
    said = parser.parse_args(arguments)
    few, many = (int(size) for size in said.sizes.split(","))
    if min(few, said.stock_size) < 2 * asking.PAGE or few > many:
        parser.error(f"at least {2 * asking.PAGE} accounts, the smaller size first")
    return Wanted(
        (few, many), said.stock_size, said.seconds, said.rounds, said.threads, said.only, said.output
    )


def tell(text: str) -> None:
    print(f"{dt.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def ours(here: Ground, database: str, number: int, held: contextlib.ExitStack) -> Side:
    tell(f"ours with {number:,} accounts")
    server = our_server(here, database, number, held)
    return Side(server, Crowd(number, proof(server)))


def proof(server: Server) -> dict[str, object]:
    """The consent that a website sends with a new customer."""
    asked = urllib.request.Request(
        f"http://localhost:{server.port}/api/v1/purposes?locale=en",
        headers={"Authorization": f"Bearer {server.token}"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        shown = next(one for one in json.load(answer)["purposes"] if one["key"] == "newsletter")
    return {
        "purpose": "newsletter",
        "decision": "given",
        "version": shown["version"],
        "textHash": shown["text_hash"],
        "locale": shown["locale"],
        "at": dt.datetime.now(dt.UTC).isoformat(),
        "surface": "https://shop.bench.example/catalogue",
    }


def at_both_sizes(few: Side, many: Side, said: Wanted) -> list[Latencies]:
    rows = []
    for operation, bounds in AT_BOTH_SIZES:
        tell(f"{operation.name}, at both sizes")
        walks = [(side.server, operation.asks(side.crowd, random.Random(1))) for side in (few, many)]
        rows.append(latencies(operation.name, bounds, walks[0], walks[1], said.rounds, said.seconds))
    return rows


def at_both_groups(side: Side, said: Wanted) -> Latencies:
    tell("a member PATCH of both groups")
    few, many = (
        (side.server, asking.group_changes(group(members), member(side.crowd.size)))
        for members in side.crowd.groups
    )
    return latencies(
        "a member joins or leaves (PATCH)", Bounds(ratio=FLAT), few, many, said.rounds, said.seconds
    )


def plans(here: Ground, side: Side) -> report.Plans:
    tell("the plans of the queries")
    file = here.folder / "plans.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench.inside", "bench.explaining", str(side.crowd.size), str(file)],
        cwd=CHECKOUT,
        env={**side.server.environment, "BENCH_TOKEN": side.server.token},
        stderr=subprocess.PIPE,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"the queries were not explained:\n{done.stderr[-2_000:]}")
    explained: report.Plans = json.loads(file.read_text(encoding="utf-8"))
    return explained


def sizes(here: Ground, said: Wanted) -> str:
    with contextlib.ExitStack() as held:
        few = ours(here, "ours_few", said.sizes[0], held)
        many = ours(here, "ours_many", said.sizes[1], held)
        rows = at_both_sizes(few, many, said)
        groups = at_both_groups(many, said)
        explained = plans(here, many)
    small, large = many.crowd.groups
    return "\n\n".join(
        [
            f"## Ours with {few.crowd.size:,} and with {many.crowd.size:,} accounts",
            "One client, a request here and a request there in turns.",
            report.of_latencies(rows, f"{few.crowd.size:,}", f"{many.crowd.size:,}"),
            f"## Groups of {small:,} and of {large:,} members, among {many.crowd.size:,} accounts",
            report.of_latencies([groups], f"{small:,} members", f"{large:,} members"),
            f"## The queries at {many.crowd.size:,} accounts",
            "EXPLAIN (ANALYZE, BUFFERS) of each statement of one request.",
            report.of_plans(explained),
        ]
    )


def beside_stock(here: Ground, said: Wanted) -> str:
    with contextlib.ExitStack() as held:
        our = ours(here, "ours_beside_stock", said.stock_size, held)
        tell(f"stock with {said.stock_size:,} accounts")
        server = stock_server(here, STOCK, said.stock_size, held)
        stock, least = (Side(one, our.crowd.strangers) for one in (server, bare(here, server, held)))

        def run(operation: Operation, at_least: float | None, other: Side, apart: str = "") -> Race:
            tell(f"{operation.name}, beside stock {apart}")
            named = replace(operation, name=operation.name + (apart and f", stock {apart}"))
            return race(named, at_least, (our, other), here.process, said.threads, said.rounds, said.seconds)

        rows = [
            run(asking.CREATE, 1.0, stock),
            run(asking.CREATE, None, least, "without Django's usual middleware"),
            run(asking.BY_NAME, 10.0, stock),
            run(asking.FIRST_PAGE, 10.0, stock),
        ]
        # Nothing in django-scim2 makes this index, but whoever runs it at this size would.
        here.execute("CREATE INDEX ON stock_user (upper(username))", STOCK)
        here.execute("VACUUM ANALYZE stock_user", STOCK)
        rows.append(run(asking.BY_NAME, None, stock, "with an index on upper(username)"))
    measured = f"{said.rounds} alternate rounds of {said.seconds:g} s; medians of the rounds."
    return "\n\n".join(
        [
            f"## Beside stock django-scim2, {said.stock_size:,} accounts each",
            f"{said.threads} connections; {measured}",
            report.of_races(rows),
            report.of_rounds(rows),
        ]
    )


def main(arguments: Sequence[str]) -> int:
    said = wanted(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell made it deaf to it
    began = dt.datetime.now()
    try:
        with ground() as here:
            tell("the database that the others are copied from")
            prepare(here)
            parts = [
                f"# SCIM, {began:%d %B %Y}",
                "\n".join(f"- {fact}" for fact in machine.facts(here.version)),
            ]
            if said.only != "stock":
                parts.append(sizes(here, said))
            if said.only != "sizes":
                parts.append(beside_stock(here, said))
    except CannotStart as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    text = "\n\n".join(parts) + "\n"
    said.output.mkdir(parents=True, exist_ok=True)
    page = said.output / f"{began:%Y-%m-%d}-scim.md"
    page.write_text(text, encoding="utf-8")
    print(text)
    tell(f"written to {page.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
