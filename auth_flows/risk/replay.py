"""Past sign-ins under another policy: which of them would have been treated otherwise."""

import datetime as dt
import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from auth_flows.models import Assessment, Outcome, SignInPolicy
from auth_flows.risk.facts import RiskFacts
from auth_flows.risk.policy import THRESHOLDS, Because, RiskPolicy, Verdict, judge
from auth_flows.risk.weighing import readable
from ciam.lib.ids import floor_at

BATCH = 2_000
SPAN = dt.timedelta(hours=2)
"""A sign-in is over sooner: its assessments lie within this."""
OUTCOMES = (Outcome.ALLOW, *THRESHOLDS)
"""From mild to strict."""

Policies = Callable[[uuid.UUID | None], RiskPolicy]
"""The policy to try on the sign-ins of a brand."""


@dataclass(frozen=True)
class Treated:
    """A sign-in by the strictest that followed from any of its proofs, then and now."""

    sign_in_id: uuid.UUID
    account_id: uuid.UUID | None
    brand_id: uuid.UUID | None
    at: dt.datetime
    then: Outcome
    now: Outcome
    score: int
    reasons: tuple[Because, ...]
    """Now."""

    @property
    def is_otherwise(self) -> bool:
        return self.then != self.now


@dataclass
class Replay:
    """`changed` are the newest of those that would have been treated otherwise."""

    matrix: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    changed: list[Treated] = field(default_factory=list)
    is_cut: bool = False
    """There are more sign-ins than were looked at."""

    @property
    def seen(self) -> int:
        return self.matrix.total()

    @property
    def otherwise(self) -> int:
        return sum(count for (then, now), count in self.matrix.items() if then != now)

    def rows(self) -> list[tuple[Outcome, list[int]]]:
        """The matrix as a table: a line for each outcome then, a column for each now."""
        return [(then, [self.matrix[then, now] for now in OUTCOMES]) for then in OUTCOMES]


def replay(
    since: dt.datetime,
    policies: Policies,
    *,
    brand_id: uuid.UUID | None = None,
    most: int | None = None,
    shown: int = 1_000,
) -> Replay:
    """Of all sign-ins since then, or the newest `most` of them. Reads in batches, changes nothing."""
    outcome = Replay()
    for treated in _sign_ins(since, policies, brand_id):
        if most is not None and outcome.seen >= most:
            outcome.is_cut = True
            break
        outcome.matrix[treated.then, treated.now] += 1
        if treated.is_otherwise and len(outcome.changed) < shown:
            outcome.changed.append(treated)
    return outcome


def policies_now() -> Policies:
    """Of each brand the policy that it tries beside the live one; else the live one as it is now."""
    found: dict[uuid.UUID, RiskPolicy] = {}
    for brand_id, live, shadow in SignInPolicy.objects.values_list("brand_id", "risk", "shadow_risk"):
        found[brand_id] = readable(shadow) or readable(live) or RiskPolicy()
    usual = RiskPolicy()
    return lambda brand_id: found.get(brand_id, usual) if brand_id else usual


def _sign_ins(since: dt.datetime, policies: Policies, brand_id: uuid.UUID | None) -> Iterator[Treated]:
    """The newest first. Memory holds those of a few hours."""
    waiting: OrderedDict[uuid.UUID, Treated] = OrderedDict()
    for row in _assessments(since, brand_id):
        verdict = judge(RiskFacts.from_json(row.facts), policies(row.brand_id))
        waiting[row.sign_in_id] = _stricter(waiting.get(row.sign_in_id), row, verdict)
        while waiting and next(iter(waiting.values())).at > row.at + SPAN:
            yield waiting.popitem(last=False)[1]
    yield from waiting.values()


def _assessments(since: dt.datetime, brand_id: uuid.UUID | None) -> Iterator[Assessment]:
    rows = Assessment.objects.filter(pk__gte=floor_at(since)).order_by("-pk")
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    batch = list(rows[:BATCH])
    while batch:
        yield from batch
        batch = list(rows.filter(pk__lt=batch[-1].pk)[:BATCH])


def _stricter(known: Treated | None, row: Assessment, verdict: Verdict) -> Treated:
    then, now, score, reasons = Outcome(row.outcome), verdict.outcome, verdict.score, verdict.reasons
    if known is not None:
        then = max(then, known.then, key=OUTCOMES.index)
        if (OUTCOMES.index(known.now), known.score) > (OUTCOMES.index(now), score):
            now, score, reasons = known.now, known.score, known.reasons
    at = known.at if known else row.at
    return Treated(row.sign_in_id, row.account_id, row.brand_id, at, then, now, score, reasons)
