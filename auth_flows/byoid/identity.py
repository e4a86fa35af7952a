"""Who somebody is elsewhere, as their provider tells it, and what can go wrong while it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.attributes import ATTRIBUTES
from accounts.models import Source
from accounts.values import BadValue, Value

LONGEST = 255


class Trouble(Exception):
    """No identity came of it. `code` chooses the sentence for the person; the text is for the log, without
    anything personal."""

    code = "bad"


class Away(Trouble):
    """The provider does not answer, takes too long, or answers with something else."""

    code = "away"


class Declined(Trouble):
    """The person did not agree there, or turned back."""

    code = "declined"


@dataclass(frozen=True)
class Identity:
    """Known by issuer and subject alone. Everything else may change there, and decides nothing."""

    provider_id: str
    issuer: str
    subject: str
    label: str = ""
    """What the person is called there."""
    email: str = ""
    is_proven: bool = False
    """The provider says that the address is verified, and is the authority for it."""
    may_join: bool = False
    """Then it is also enough to join an account that has proven the same address."""
    claims: Mapping[str, object] = field(default_factory=dict)
    """By the names of OpenID Connect (Core, 5.1)."""

    def __post_init__(self) -> None:
        if not 0 < len(self.subject) <= LONGEST or not 0 < len(self.issuer) <= LONGEST:
            raise Trouble("The provider gave no usable subject.")

    @property
    def values(self) -> dict[str, Value]:
        """What it says of a profile, as it is kept; what can't be kept is left out."""
        found = {}
        for attribute in ATTRIBUTES.values():
            if attribute.claim in self.claims and Source.PROVIDER in attribute.said_by:
                try:
                    found[attribute.name] = attribute.clean(self.claims[attribute.claim])
                except BadValue:
                    continue
        return found


def only_texts(claims: Mapping[str, object]) -> dict[str, object]:
    """Of a provider's claims those that a profile can take."""
    wanted = {attribute.claim for attribute in ATTRIBUTES.values() if attribute.claim}
    return {name: value for name, value in claims.items() if name in wanted and isinstance(value, str)}
