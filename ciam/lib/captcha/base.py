"""What a vendor of challenges is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol


class Outcome(StrEnum):
    OK = "ok"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Verdict:
    outcome: Outcome
    codes: tuple[str, ...] = ()
    """Why, in the words that the vendors share. Nothing of what was sent."""
    number: str = ""
    """Of the challenge, where what is sent can be spelled in several ways."""


class Vendor(Protocol):
    field: ClassVar[str]
    """The name under which a form sends what was solved."""

    def verify(self, token: str, address: str, action: str, hostnames: frozenset[str]) -> Verdict: ...
