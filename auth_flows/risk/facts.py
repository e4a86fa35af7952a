"""What a sign-in looked like when somebody had just proven something. No address and no name, for it is kept,
so that a changed policy can be tried on it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RiskFacts:
    """What isn't known has its default, and counts for nothing."""

    methods: tuple[str, ...] = ()
    """What was proven in this sign-in so far."""
    known_device: bool = False
    """The account has signed in with this browser before."""
    new_device: bool = False
    """The account has signed in before, but not with this browser."""
    country: str = ""
    """ISO 3166-1."""
    new_country: bool = False
    """The account has signed in before, but not from there."""
    degrees: tuple[int, int] | None = None
    """Latitude and longitude in whole degrees: about a hundred kilometres."""
    travelled_km: int | None = None
    """From the place of the sign-in before, in tens."""
    minutes_since: int | None = None
    """Since the sign-in before that has a place."""
    listed_network: bool = False
    failures_on_account: int = 0
    failures_on_address: int = 0
    breached_password: bool = False
    account_days: int | None = None
    """How old the account is; None for somebody who has none yet."""
    hour: int = 0
    """Of the day, in UTC."""
    unusual_hour: bool = False
    automation: tuple[str, ...] = ()
    """Signs of a program: `auth_flows.risk.automation`."""

    def as_json(self) -> dict[str, Any]:
        """Only what differs from the default."""
        facts = dataclasses.asdict(self)
        return {field.name: facts[field.name] for field in FIELDS if facts[field.name] != field.default}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "RiskFacts":
        """Of any version: what it doesn't know is left out, what wasn't noted has its default."""
        known: dict[str, Any] = {field.name: stored[field.name] for field in FIELDS if field.name in stored}
        for name, value in known.items():
            known[name] = tuple(value) if isinstance(value, list) else value
        return cls(**known)


FIELDS = dataclasses.fields(RiskFacts)
