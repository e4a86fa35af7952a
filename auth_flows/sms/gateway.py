"""What is asked of whoever sends SMS. Each message costs, and none carries a key by which a second one would
be known as the first: what may have gone out is never sent again."""

from enum import StrEnum
from typing import Protocol


class Why(StrEnum):
    """Why a number gets nothing: the person can do something about it."""

    STOPPED = "stopped"
    BAD_NUMBER = "bad_number"


class Refused(Exception):
    """The gateway won't send to this number."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"The gateway refuses this number: {why}.")
        self.why = why


class Unknown(Exception):
    """It may have gone out, or not."""


class Gateway(Protocol):
    def send(self, to: str, text: str) -> str:
        """Send one message to a number (E.164); returns the gateway's id of it.

        Raises Refused; TryLater where it surely didn't go out and may later; Unknown; and NeedsHuman where
        the operator has to mend something.
        """
