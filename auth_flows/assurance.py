"""How sure we are, derived from what was proven (NIST SP 800-63B, RFC 8176 for `amr`).

Nothing here touches the database or the clock.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Factor(StrEnum):
    KNOWS = "something the person knows"
    HAS = "something the person has"
    INBOX = "a mailbox the person reads"


class Method(StrEnum):
    PASSWORD = "password"  # noqa: S105 - the method's name
    EMAIL_CODE = "email_code"
    TOTP = "totp"


FACTORS: dict[Method, frozenset[Factor]] = {
    Method.PASSWORD: frozenset({Factor.KNOWS}),
    # A mailbox is not an authenticator (800-63B, 3.1.3.1): it proves the address, and never makes a level 2.
    Method.EMAIL_CODE: frozenset({Factor.INBOX}),
    Method.TOTP: frozenset({Factor.HAS}),
}
AMR: dict[Method, str] = {Method.PASSWORD: "pwd", Method.EMAIL_CODE: "otp", Method.TOTP: "otp"}

FIRST = (Method.PASSWORD, Method.EMAIL_CODE)
"""What everybody is offered before anything is proven, whoever they are."""

STRONG = frozenset({Factor.KNOWS, Factor.HAS})


@dataclass(frozen=True)
class Proof:
    """That a method succeeded, and when."""

    method: Method
    at: dt.datetime

    def as_json(self) -> dict[str, str]:
        return {"method": self.method.value, "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, stored: dict[str, str]) -> "Proof":
        return cls(Method(stored["method"]), dt.datetime.fromisoformat(stored["at"]))


def factors(proofs: Iterable[Proof]) -> frozenset[Factor]:
    return frozenset().union(*(FACTORS[proof.method] for proof in proofs))


def factors_of(methods: Iterable[Method]) -> frozenset[Factor]:
    return frozenset().union(*(FACTORS[method] for method in methods))


def level(proofs: Iterable[Proof]) -> int:
    """0: nothing. 1: any proof. 2: something known and something held."""
    proven = factors(proofs)
    if proven >= STRONG:
        return 2
    return 1 if proven else 0


def amr(proofs: Iterable[Proof]) -> list[str]:
    """RFC 8176 values, with `mfa` where two different kinds were proven."""
    held = list(proofs)
    values = sorted({AMR[proof.method] for proof in held})
    return [*values, "mfa"] if level(held) == 2 else values


def acr(proofs: Iterable[Proof]) -> str:
    return f"urn:ciam:acr:{level(proofs)}"


def proven_at(proofs: Iterable[Proof]) -> dt.datetime | None:
    """`auth_time`: when the person last proved something."""
    return max((proof.at for proof in proofs), default=None)
