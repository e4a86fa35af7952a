"""Random histories of consent, and what stands after each as a plain list says it."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from hypothesis import strategies as st

from consent.models import Decision, Method

NOON = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
LONGEST = 90
VALID_DAYS = (20, None)
"""Of the newsletter of each of two brands."""


@dataclass(frozen=True)
class Says:
    """An answer to a wording (1 or 2) of a brand (0 or 1), told to us `late` days after it was given."""

    day: int
    brand: int
    wording: int
    decision: Decision
    method: Method
    late: int = 0


@dataclass(frozen=True)
class Clock:
    """The worker writes down what has expired."""

    day: int


Happening = Says | Clock

_BY_HAND = [Decision.GIVEN, Decision.GIVEN, Decision.WITHDRAWN, Decision.REFUSED]
_TOLD = [*_BY_HAND, Decision.PENDING, Decision.UNPROVEN]
_day, _brand, _wording = st.integers(0, LONGEST), st.integers(0, 1), st.integers(1, 2)

_clicks = st.builds(Says, _day, _brand, _wording, st.sampled_from(_BY_HAND), st.just(Method.CLICK))
_reports = st.builds(
    Says,
    _day,
    _brand,
    _wording,
    st.sampled_from(_TOLD),
    st.sampled_from([Method.SCIM, Method.IMPORT]),
    st.integers(0, 40),
)
_signals = st.builds(
    Says,
    _day,
    _brand,
    _wording,
    st.sampled_from([Decision.REFUSED, Decision.WITHDRAWN]),
    st.just(Method.SIGNAL),
)
histories = st.lists(_clicks | _reports | _signals | st.builds(Clock, _day), max_size=9).map(
    lambda history: sorted(history, key=lambda one: one.day)
)


@dataclass(frozen=True)
class Stood:
    at: dt.datetime
    decision: Decision
    wording: int
    said_at: dt.datetime
    until: dt.datetime | None = None


@dataclass
class Replay:
    """The rules of the ledger in words of their own, on plain lists."""

    lines: dict[int, list[Stood]] = field(default_factory=lambda: defaultdict(list))

    def says(self, one: Says, now: dt.datetime) -> None:
        said_at = now - one.late * DAY
        days = VALID_DAYS[one.brand] if one.decision == Decision.GIVEN else None
        until = said_at + days * DAY if days else None
        line = self.lines[one.brand]
        if not line or self._counts(line[-1], one, said_at, until):
            line.append(Stood(now, one.decision, one.wording, said_at, until))

    def _counts(self, last: Stood, one: Says, said_at: dt.datetime, until: dt.datetime | None) -> bool:
        if (last.decision, last.wording) == (one.decision, one.wording):
            holds_longer = until is not None and last.until is not None and until > last.until
            if not holds_longer:
                return False
        if one.method == Method.CLICK:
            return True
        if said_at < last.said_at or (last.decision == Decision.EXPIRED and said_at == last.said_at):
            return False
        if one.decision == Decision.UNPROVEN:
            return last.decision == Decision.UNPROVEN
        return not (one.decision == Decision.PENDING and last.decision == Decision.GIVEN)

    def clock(self, now: dt.datetime) -> None:
        for line in self.lines.values():
            last = line[-1] if line else None
            if last and last.decision == Decision.GIVEN and last.until and last.until <= now:
                line.append(Stood(now, Decision.EXPIRED, last.wording, last.said_at, last.until))

    def as_of(self, brand: int, moment: dt.datetime) -> Stood | None:
        until_then = [stood for stood in self.lines[brand] if stood.at <= moment]
        return until_then[-1] if until_then else None


def moments(history: list[Happening]) -> list[dt.datetime]:
    """When each thing happens: in their order, no two at the same time."""
    return [NOON + one.day * DAY + place * SECOND for place, one in enumerate(history)]
