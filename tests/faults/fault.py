"""What a row of the matrix is."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.ground import Ground

Inject = Callable[[Ground, float], None]
"""Does its mischief for about so many seconds, and puts it right again."""


@dataclass(frozen=True)
class Fault:
    number: str
    name: str
    inject: Inject
    bound: float
    """Seconds from the end of the injection until every vendor holds the truth. Somebody is to
    be served again after ten."""
    seconds: float = 30.0
    errors: float = 0.0
    """The share of honest requests that may fail while it lasts."""
    rate: float = 10.0
    """Writes a second. The matrix has 45; on two cores with all programs on them this is what leaves room."""
    heal: Callable[[Ground], None] | None = None
    """For a fault that must be survived while it lasts: put right only after all is measured."""
    also: Callable[[Ground, int], str] | None = None
    """Looks at what the vendors were asked since that request; returns what it has to complain of."""
    disk: int = 0
    """Megabytes of the file system of its own that it needs; for root alone."""

    def lasts(self, quick: bool) -> float:
        return min(self.seconds, 8.0) if quick else self.seconds
