"""The page of results."""

from collections import Counter
from collections.abc import Sequence

from bench import report
from tests.faults.running import Outcome

HEAD = (
    "fault | lasts | people, writes | failed | p95, slowest answer | bound | recovery | lost | duplicate "
    "| stale | phantom | told > 60 s after withdrawal (latest) | besides | holds |"
)


def table(outcomes: Sequence[Outcome]) -> str:
    examples = [line for outcome in outcomes if outcome.misses for line in _examples(outcome)]
    return "\n".join([report.table(HEAD, [_row(one) for one in outcomes]), *examples])


def _row(one: Outcome) -> list[str]:
    left = (one.left.lost, one.left.duplicate, one.left.stale, one.left.phantom)
    latest = f"{one.after_withdrawal[-1]:.1f} s" if one.after_withdrawal else "none"
    return [
        f"{one.fault.number} {one.fault.name}",
        f"{one.lasted:.0f} s",
        f"{one.people}, {len(one.answers)}",
        _failures(one),
        f"{one.p95:.2f}, {one.slowest:.2f} s",
        f"{one.fault.bound:g} s",
        "never" if one.recovery is None else f"{one.recovery:.1f} s",
        *(str(len(some)) for some in left),
        f"{one.too_late} ({latest})",
        "; ".join(one.notes),
        f"**{'; '.join(one.misses)}**" if one.misses else "yes",
    ]


def _failures(one: Outcome) -> str:
    """How many, and with which status; 0 is no answer."""
    found = Counter(answer.status for answer in one.answers if answer.failed)
    said = ", ".join(f"{count} x {status}" for status, count in sorted(found.items()))
    return f"{one.errors} ({said})" if said else "0"


def _examples(one: Outcome) -> list[str]:
    left = {"lost": one.left.lost, "stale": one.left.stale, "phantom": one.left.phantom}
    return [f"\n{one.fault.number}, {what}: {', '.join(some[:3])}" for what, some in left.items() if some]
