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
    PHONE = "a phone number at which the person is reached"
    ELSEWHERE = "an account elsewhere"
    BOUND = "a key that answers to our address alone, so that nobody can phish it"


class Method(StrEnum):
    """A way to prove it: its name, the kinds of factor that it proves, and its `amr` values (RFC 8176).

    One line each, in the order in which a person is asked for one more.
    """

    factors: frozenset[Factor]
    amr: tuple[str, ...]

    def __new__(cls, name: str, factors: Iterable[Factor] = (), amr: str = "") -> Self:
        method = str.__new__(cls, name)
        method._value_ = name
        method.factors = frozenset(factors)
        method.amr = tuple(amr.split())
        return method

    TOTP = "totp", {Factor.HAS}, "otp"
    PASSWORD = "password", {Factor.KNOWS}, "pwd"
    # A mailbox is not an authenticator (800-63B, 3.1.3.1): it proves the address, and never makes a level 2.
    EMAIL_CODE = "email_code", {Factor.INBOX}, "otp"


FIRST = (Method.PASSWORD, Method.EMAIL_CODE)
"""What everybody is offered before anything is proven, whoever they are."""

RECOVERING = (Method.EMAIL_CODE,)
"""By what somebody who forgot the password, or begins an account, proves the address."""

SECOND = frozenset({Method.TOTP})
"""What makes somebody's sign-in one of two steps, once it is theirs (`Person.second`)."""

KINDS = frozenset(Factor) - {Factor.BOUND}
"""Which kinds count as different ones. A key that can't be phished is a quality, not a kind."""
PHISHING_RESISTANT = 3
ACR = {1: "urn:ciam:acr:1", 2: "urn:ciam:acr:2", PHISHING_RESISTANT: "urn:ciam:acr:phr"}
"""Published in discovery, strictest last."""


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
    return factors_of(proof.method for proof in proofs)


def factors_of(methods: Iterable[Method]) -> frozenset[Factor]:
    return frozenset().union(*(method.factors for method in methods))


def level_of(proven: frozenset[Factor]) -> int:
    """0: nothing. 1: anything. 2: something known, and something held or a phone (a restricted way, 800-63B,
    3.1.3.3). 3: of these, one that can't be phished."""
    two = Factor.KNOWS in proven and bool({Factor.HAS, Factor.PHONE} & proven)
    if two and Factor.BOUND in proven:
        return PHISHING_RESISTANT
    return 2 if two else int(bool(proven))


def level(proofs: Iterable[Proof]) -> int:
    return level_of(factors(proofs))


def kinds(proven: frozenset[Factor]) -> int:
    """How many different kinds of factor that is."""
    return len(proven & KINDS)


def amr(proofs: Iterable[Proof]) -> list[str]:
    """RFC 8176 values, with `mfa` where the level is 2 or more."""
    held = list(proofs)
    values = sorted({value for proof in held for value in proof.method.amr})
    return [*values, "mfa"] if level(held) >= 2 else values


def acr(proofs: Iterable[Proof]) -> str:
    return ACR.get(level(proofs), "urn:ciam:acr:0")


def proven_at(proofs: Iterable[Proof]) -> dt.datetime | None:
    """`auth_time`: when the person last proved something."""
    return max((proof.at for proof in proofs), default=None)
