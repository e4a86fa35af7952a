"""The page of results."""

import re
from collections.abc import Mapping, Sequence
from statistics import median

from bench.comparing import Latencies, Race, median_ms, p95_ms, percentile
from bench.driving import Round

ROWS = re.compile(r"actual time=\S+ rows=([\d.]+) loops=(\d+)")
TIME = re.compile(r"Execution Time: ([\d.]+) ms")

Plans = Mapping[str, Sequence[tuple[str, str]]]
"""Name of a request -> (statement, plan) of each of its statements."""


def table(head: str, rows: Sequence[Sequence[str]]) -> str:
    line = "|" + "---|" * head.count("|")
    return "\n".join([f"| {head}", line, *(f"| {' | '.join(row)} |" for row in rows)])


def verdict(holds: bool, promised: str) -> str:
    return f"{promised}: {'holds' if holds else '**missed**'}" if promised else ""


def of_latencies(rows: Sequence[Latencies], few: str, many: str) -> str:
    head = f"request | {few}: median | p95 | {many}: median | p95 | p95, ratio | requests | promise |"
    return table(head, [_latency(row) for row in rows])


def _latency(row: Latencies) -> list[str]:
    p95 = "" if row.bounds.p95 is None else f"p95 ≤ {row.bounds.p95:g} ms"
    ratio = "" if row.bounds.ratio is None else f"ratio ≤ {row.bounds.ratio:g}"
    promise = verdict(row.holds, " and ".join(filter(None, (p95, ratio))))
    if row.failed:
        return [row.name, f"not measured: {_cell(row.failed)}", *[""] * 5, promise]
    figures = [f"{figure(times):.1f} ms" for times in (row.few, row.many) for figure in (median_ms, p95_ms)]
    number = sum(map(len, row.many))
    return [row.name, *figures, f"{row.ratio:.2f}", f"2 x {number:,}", promise]


def of_races(rows: Sequence[Race]) -> str:
    head = (
        "request | ours: per second | stock: per second | ratio | ours: p50, p95 | stock: p50, p95 "
        "| CPU ms a request, web + PostgreSQL: ours | stock | ratio by CPU | promise |"
    )
    return table(head, [_race(row) for row in rows])


def _race(row: Race) -> list[str]:
    promise = verdict(row.holds, "" if row.at_least is None else f"ratio ≥ {row.at_least:g}")
    if row.failed:
        return [row.name, f"not measured: {_cell(row.failed)}", *[""] * 7, promise]
    sides = (row.ours, row.stock)
    rates = [f"{median(one.rate for one in rounds):,.1f}" for rounds in sides]
    ratios = [f"{row.ratio:.2f}", *map(_times, sides), *map(_cpu, sides), f"{row.cpu_ratio:.2f}"]
    return [row.name, *rates, *ratios, promise]


def _times(rounds: Sequence[Round]) -> str:
    times = [moment for one in rounds for moment in one.times]
    return f"{1_000 * percentile(times, 0.5):,.1f}, {1_000 * percentile(times, 0.95):,.1f} ms"


def _cpu(rounds: Sequence[Round]) -> str:
    web = median(one.cpu_ms(one.web_cpu) for one in rounds)
    return f"{web:.1f} + {median(one.cpu_ms(one.database_cpu) for one in rounds):.1f}"


def of_rounds(rows: Sequence[Race]) -> str:
    """Every round, for whoever wants to see how much they differ."""
    lines = []
    for row in rows:
        for name, rounds in (("ours", row.ours), ("stock", row.stock)):
            lines.append([row.name, name, ", ".join(f"{one.rate:,.1f}" for one in rounds)])
    return table("request | server | requests per second, round by round |", lines)


def of_plans(plans: Plans) -> str:
    rows = []
    for name, statements in plans.items():
        text = "\n".join(plan for _statement, plan in statements)
        most = max((float(rows) * int(loops) for rows, loops in ROWS.findall(text)), default=0)
        spent = sum(map(float, TIME.findall(text)))
        rows.append([name, str(len(statements)), f"{spent:.1f} ms", f"{most:,.0f}"])
    head = "request | statements | in PostgreSQL | most rows that a step of a plan gave |"
    return table(head, rows) + "\n\n" + "\n\n".join(_plan(name, plans[name]) for name in plans)


def _plan(name: str, statements: Sequence[tuple[str, str]]) -> str:
    said = "\n\n".join(f"{statement}\n\n{plan}" for statement, plan in statements)
    return f"<details><summary>{name}</summary>\n\n```\n{said}\n```\n\n</details>"


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")
