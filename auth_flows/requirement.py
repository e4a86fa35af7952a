"""What a sign-in must prove: the stricter union of what client, brand, request and risk ask, with reasons."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why more is asked than usual. The page tells it in plain words (`steps.wording`)."""

    APP = "app"
    FRESH = "fresh"
    OPERATOR = "operator"
    OWN_FACTOR = "own_factor"


@dataclass(frozen=True)
class Need:
    """At least this level, by proofs no older than `fresh_after`."""

    level: int = 1
    fresh_after: dt.datetime | None = None
    reasons: frozenset[Reason] = frozenset()

    def __or__(self, other: "Need") -> "Need":
        """The stricter of both in every respect."""
        times = [time for time in (self.fresh_after, other.fresh_after) if time is not None]
        return Need(max(self.level, other.level), max(times, default=None), self.reasons | other.reasons)

    def as_json(self) -> dict[str, object]:
        return {
            "level": self.level,
            "fresh_after": self.fresh_after.isoformat() if self.fresh_after else None,
            "reasons": sorted(self.reasons),
        }

    @classmethod
    def from_json(cls, stored: dict[str, object]) -> "Need":
        time, level, reasons = stored.get("fresh_after"), stored.get("level", 1), stored.get("reasons", [])
        assert isinstance(level, int)
        assert isinstance(reasons, list)
        return cls(
            level,
            dt.datetime.fromisoformat(str(time)) if time else None,
            frozenset(Reason(reason) for reason in reasons),
        )


def strictest(needs: Iterable[Need]) -> Need:
    whole = Need()
    for need in needs:
        whole = whole | need
    return whole
