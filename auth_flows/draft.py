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
    age: str = ""
    """What the date of birth came to: enough, guardian or too_young. The date itself is not kept."""
    guardian: str = ""
    """Address of whoever has to consent,"""
    guardian_until: str = ""
    """and the day from which nobody has to (ISO 8601)."""
    recovery: str = ""
    """The id of a Recovery whose link was opened."""
    asked: list[str] = field(default_factory=list)
    """Attributes that were asked about beside the way, answered or put off."""
    told: dict[str, Value] = field(default_factory=dict)
    """What was answered of them."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """By version id of a purpose."""

    def as_text(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_text(cls, stored: str | None) -> "Draft":
        if not stored:
            return cls()
        draft = cls(**json.loads(stored))
        draft.answers = {key: Answer(**value) for key, value in json.loads(stored)["answers"].items()}
        return draft
