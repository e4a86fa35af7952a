"""What a risk weighs and what follows from it. Pure: facts and a policy in, a verdict out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from auth_flows.models import Outcome
from auth_flows.risk.facts import RiskFacts
from auth_flows.risk.rules import RULES

MOST = 1_000
THRESHOLDS = (Outcome.CHALLENGE, Outcome.ASK_MORE, Outcome.REFUSE)
"""From mild to strict, as `Verdict.outcome` has them."""


class BadPolicy(ValueError):
    """Each of `sentences` says what is wrong and where."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True)
class RiskPolicy:
    """A threshold of None is never reached. A weight of 0 silences a rule."""

    weights: Mapping[str, int] = field(default_factory=dict)
    """Where they differ from the rule's own."""
    challenge: int | None = 50
    ask_more: int | None = 60
    refuse: int | None = 160

    def weight(self, code: str) -> int:
        return self.weights.get(code, RULES[code].weight)

    def threshold(self, outcome: Outcome) -> int | None:
        found: int | None = getattr(self, outcome.value)
        return found

    @classmethod
    def from_json(cls, stored: object) -> "RiskPolicy":
        """`{"weights": {rule: points}, "thresholds": {"challenge" | "ask_more" | "refuse": points or null}}`,
        each part and line of which may be left out. Raises BadPolicy."""
        wrong = list(_wrong(stored))
        if wrong:
            raise BadPolicy(wrong)
        assert isinstance(stored, dict)
        policy = cls(weights=dict(stored.get("weights", {})), **stored.get("thresholds", {}))
        in_order = [points for points in map(policy.threshold, THRESHOLDS) if points is not None]
        if in_order != sorted(in_order):
            raise BadPolicy([_("The thresholds must rise: challenge, ask_more, refuse.")])
        return policy

    def as_json(self) -> dict[str, Any]:
        """Only what differs from the usual."""
        usual = RiskPolicy()
        thresholds = {
            outcome.value: self.threshold(outcome)
            for outcome in THRESHOLDS
            if self.threshold(outcome) != usual.threshold(outcome)
        }
        weights = {code: weight for code, weight in self.weights.items() if weight != RULES[code].weight}
        parts: dict[str, Any] = {"weights": weights, "thresholds": thresholds}
        return {name: part for name, part in parts.items() if part}


def _wrong(stored: object) -> Iterator[str]:
    if not isinstance(stored, dict):
        yield _("A policy is an object with “weights” and “thresholds”.")
        return
    allowed = {"weights": set(RULES), "thresholds": {outcome.value for outcome in THRESHOLDS}}
    for name, part in stored.items():
        if name not in allowed or not isinstance(part, dict):
            yield _("“%(name)s” is not a part of a policy: these are “weights” and “thresholds”.") % {
                "name": name
            }
            continue
        for key, points in part.items():
            if key not in allowed[name]:
                yield _("“%(key)s” is not one of the %(name)s: %(known)s.") % {
                    "key": key,
                    "name": name,
                    "known": ", ".join(sorted(allowed[name])),
                }
            elif not _is_points(points, least=int(name == "thresholds")) and not (
                points is None and name == "thresholds"
            ):
                yield _("“%(key)s” must be a whole number from %(least)d to %(most)d.") % {
                    "key": key,
                    "least": int(name == "thresholds"),
                    "most": MOST,
                }


def _is_points(said: object, *, least: int) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and least <= said <= MOST


@dataclass(frozen=True)
class Because:
    """A rule that spoke, and the points it gave."""

    rule: str
    points: int

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "points": self.points}


@dataclass(frozen=True)
class Verdict:
    score: int
    reasons: tuple[Because, ...]
    outcome: Outcome


def judge(facts: RiskFacts, policy: RiskPolicy) -> Verdict:
    """The heaviest reason first."""
    given = [Because(code, policy.weight(code) * rule.strength(facts)) for code, rule in RULES.items()]
    reasons = sorted((one for one in given if one.points), key=lambda one: (-one.points, one.rule))
    score = sum(one.points for one in reasons)
    return Verdict(score, tuple(reasons), _outcome(score, facts, policy))


def _outcome(score: int, facts: RiskFacts, policy: RiskPolicy) -> Outcome:
    reached = [one for one in THRESHOLDS if (least := policy.threshold(one)) is not None and score >= least]
    outcome = reached[-1] if reached else Outcome.ALLOW
    if outcome is Outcome.REFUSE and facts.known_device:
        # Nobody is locked out of an account by what others do to it: its own browsers are never refused.
        return Outcome.ASK_MORE
    return outcome
