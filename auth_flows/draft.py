"""What a person said during a sign-in.

Kept encrypted with it, and gone when it ends: until then nothing of it has happened anywhere else.
"""

import dataclasses
import json
from dataclasses import dataclass, field

from accounts.values import Value
from auth_flows.byoid.identity import Identity
from auth_flows.passkeys.credential import Credential


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
    kind: str = "email"
    """Of the identifier: email or phone."""
    profile: dict[str, Value] | None = None
    """Attributes given or kept; None until the page was answered."""
    dropped: list[str] = field(default_factory=list)
    """Attributes shown and cleared."""
    password_hash: str = ""
    passkey: Credential | None = None
    """Made and verified; written when the account is."""
    totp_seed: str = ""
    """Offered to an authenticator app; the device's, once a code of it was proven."""
    totp_step: int = 0
    """The time step of that code, which works no more."""
    recovery_codes: list[str] = field(default_factory=list)
    """Made with the first second factor, in plain until the sign-in ends: shown until written down."""
    codes_written: bool = False
    trust: bool = False
    """They don't want to be asked for the second step in this browser."""
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
    challenge: bool = False
    """A risk asks for a challenge that isn't solved yet."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """By version id of a purpose."""
    breached: bool = False
    """The password that was proven is in a list of leaked ones."""
    weighed: list[str] = field(default_factory=list)
    """The times of the proofs that risk has looked at, and of those that the browser's session had before."""
    upstream: Identity | None = None
    """Who somebody is elsewhere, not yet linked to an account here."""

    @property
    def has_passkey(self) -> bool:
        """Whether one was made here that nobody else has registered since."""
        return self.passkey is not None and not self.passkey.is_taken()

    def as_text(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_text(cls, stored: str | None) -> "Draft":
        if not stored:
            return cls()
        draft = cls(**json.loads(stored))
        draft.answers = {key: Answer(**value) for key, value in json.loads(stored)["answers"].items()}
        draft.passkey = Credential.from_json(json.loads(stored)["passkey"]) if draft.passkey else None
        upstream = json.loads(stored).get("upstream")
        draft.upstream = Identity(**upstream) if upstream else None
        return draft
