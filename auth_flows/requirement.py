"""What a sign-in must prove: the stricter union of what client, brand, request and risk ask, with reasons."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why more is asked than usual. The page tells it in plain words (`auth_flows.pages.REASONS`)."""

    APP = "app"
    FRESH = "fresh"
    OPERATOR = "operator"
    OWN_FACTOR = "own_factor"
    SELF_SERVICE = "self_service"
    RISK = "risk"
    NEW_DEVICE = "risk_new_device"
    NEW_COUNTRY = "risk_new_country"
    CONNECTING = "connecting"


@dataclass(frozen=True)
class Need:
    """At least this level and so many kinds of factor, by proofs no older than `fresh_after`."""

    level: int = 1
    fresh_after: dt.datetime | None = None
    reasons: frozenset[Reason] = frozenset()
    kinds: int = 1
    """Of different kinds of factor: 2 where a sign-in looks unusual. More than somebody has is not asked."""
    refused: bool = False
    """Nothing helps: what this sign-in looks like is refused, whatever is proven."""

    def __or__(self, other: "Need") -> "Need":
        """The stricter of both in every respect."""
        times = [time for time in (self.fresh_after, other.fresh_after) if time is not None]
        return Need(
            max(self.level, other.level),
            max(times, default=None),
            self.reasons | other.reasons,
            max(self.kinds, other.kinds),
            self.refused or other.refused,
        )

    def as_json(self) -> dict[str, object]:
        return {
            "level": self.level,
            "fresh_after": self.fresh_after.isoformat() if self.fresh_after else None,
            "reasons": sorted(self.reasons),
            "kinds": self.kinds,
            "refused": self.refused,
        }

    @classmethod
    def from_json(cls, stored: dict[str, object]) -> "Need":
        time, level, reasons = stored.get("fresh_after"), stored.get("level", 1), stored.get("reasons", [])
        kinds = stored.get("kinds", 1)
        assert isinstance(level, int)
        assert isinstance(kinds, int)
        assert isinstance(reasons, list)
        return cls(
            level,
            dt.datetime.fromisoformat(str(time)) if time else None,
            frozenset(Reason(reason) for reason in reasons),
            kinds,
            bool(stored.get("refused", False)),
        )


def strictest(needs: Iterable[Need]) -> Need:
    whole = Need()
    for need in needs:
        whole = whole | need
    return whole
