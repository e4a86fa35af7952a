"""How sure we are, derived from what was proven (NIST SP 800-63B, RFC 8176 for `amr`).

Nothing here touches the database or the clock.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Factor(StrEnum):
    KNOWS = "something the person knows"
    HAS = "something the person has"
    INBOX = "a mailbox the person reads"


class Method(StrEnum):
    """A way to prove it: its name, the kinds of factor that it proves, and its `amr` value (RFC 8176).

    One line each, in the order in which a person is asked.
    """

    factors: frozenset[Factor]
    amr: str

    def __new__(cls, name: str, factors: Iterable[Factor] = (), amr: str = "") -> Self:
        method = str.__new__(cls, name)
        method._value_ = name
        method.factors = frozenset(factors)
        method.amr = amr
        return method

    PASSWORD = "password", {Factor.KNOWS}, "pwd"
    # A mailbox is not an authenticator (800-63B, 3.1.3.1): it proves the address, and never makes a level 2.
    EMAIL_CODE = "email_code", {Factor.INBOX}, "otp"
    TOTP = "totp", {Factor.HAS}, "otp"


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
    return frozenset().union(*(proof.method.factors for proof in proofs))


def factors_of(methods: Iterable[Method]) -> frozenset[Factor]:
    return frozenset().union(*(method.factors for method in methods))


def level(proofs: Iterable[Proof]) -> int:
    """0: nothing. 1: any proof. 2: something known and something held."""
    proven = factors(proofs)
    if proven >= STRONG:
        return 2
    return 1 if proven else 0


def amr(proofs: Iterable[Proof]) -> list[str]:
    """RFC 8176 values, with `mfa` where two different kinds were proven."""
    held = list(proofs)
    values = sorted({proof.method.amr for proof in held})
    return [*values, "mfa"] if level(held) == 2 else values


def acr(proofs: Iterable[Proof]) -> str:
    return f"urn:ciam:acr:{level(proofs)}"


def proven_at(proofs: Iterable[Proof]) -> dt.datetime | None:
    """`auth_time`: when the person last proved something."""
    return max((proof.at for proof in proofs), default=None)
