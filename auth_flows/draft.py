"""What a person said during a sign-in.

Kept encrypted with it, and gone when it ends: until then nothing of it has happened anywhere else.
"""

import dataclasses
import json
from dataclasses import dataclass, field

from accounts.values import Value


@dataclass(frozen=True)
class Answer:
    """Whether somebody agreed to a version of a purpose, and in which language it was shown."""

    agreed: bool
    locale: str


@dataclass
class Draft:
    said: str = ""
    """The identifier as it was typed."""
    normal: str = ""
    """Its normal form."""
    profile: dict[str, Value] | None = None
    """Attributes given or kept; None until the page was answered."""
    dropped: list[str] = field(default_factory=list)
    """Attributes shown and cleared."""
    password_hash: str = ""
    challenge: bool = False
    """A risk asks for a challenge that isn't solved yet."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """By version id of a purpose."""
    breached: bool = False
    """The password that was proven is in a list of leaked ones."""
    weighed: list[str] = field(default_factory=list)
    """The times of the proofs that risk has looked at, and of those that the browser's session had before."""

    def as_text(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_text(cls, stored: str | None) -> "Draft":
        if not stored:
            return cls()
        draft = cls(**json.loads(stored))
        draft.answers = {key: Answer(**value) for key, value in json.loads(stored)["answers"].items()}
        return draft
