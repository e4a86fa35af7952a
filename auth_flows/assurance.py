"""How sure we are, derived from what was proven (NIST SP 800-63B, RFC 8176 for `amr`).

Nothing here touches the database or the clock.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
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

    # Its key is held, and works only once a PIN, a face or a finger was shown: two factors in one. RFC 8176:
    # `pop`, a key was proven, `user`, by somebody present. Where it is kept (`hwk`, `swk`) nobody attests.
    PASSKEY = "passkey", {Factor.KNOWS, Factor.HAS, Factor.BOUND}, "pop user"
    TOTP = "totp", {Factor.HAS}, "otp"
    SMS_CODE = "sms_code", {Factor.PHONE}, "sms"
    PASSWORD = "password", {Factor.KNOWS}, "pwd"
    # A mailbox is not an authenticator (800-63B, 3.1.3.1): it proves the address, and never makes a level 2.
    EMAIL_CODE = "email_code", {Factor.INBOX}, "otp"
    RECOVERY_CODE = "recovery_code", {Factor.HAS}, "otp"
    UPSTREAM = "upstream", {Factor.ELSEWHERE}, "fed"


FIRST = (Method.PASSWORD, Method.PASSKEY, Method.EMAIL_CODE, Method.UPSTREAM)
"""What everybody is offered before anything is proven, whoever they are: a provider where there is one."""

FIRST_BY_PHONE = (Method.PASSWORD, Method.SMS_CODE)
"""The same for whoever typed a phone number, whether we know it or not."""

BY_ADDRESS = (Method.EMAIL_CODE, Method.UPSTREAM)
"""And for whoever comes to make an account."""

RECOVERING = (Method.EMAIL_CODE,)
"""By what somebody who forgot the password proves the address."""

SECOND = frozenset({Method.TOTP, Method.SMS_CODE})
"""What makes somebody's sign-in one of two steps, once it is theirs (`Person.second`)."""

BEGUN_HERE = (Method.PASSWORD, Method.TOTP)
"""What a sign-in can set up for somebody who lacks it, in this order."""

KINDS = frozenset(Factor) - {Factor.BOUND}
"""Which kinds count as different ones. A key that can't be phished is a quality, not a kind."""
PHISHING_RESISTANT = 3
ACR = {1: "urn:ciam:acr:1", 2: "urn:ciam:acr:2", PHISHING_RESISTANT: "urn:ciam:acr:phr"}
"""Published in discovery, strictest last."""

STRONG_FOR = dt.timedelta(hours=24)
STRONG_WHILE_IDLE = dt.timedelta(hours=1)
"""For how long a proof makes more than level 1 (NIST SP 800-63B, 2.2.3)."""


@dataclass(frozen=True)
class Proof:
    """That a method succeeded, and when."""

    method: Method
    at: dt.datetime
    stale: bool = False
    """Too long ago, or the browser rested since: it counts for level 1 and no more."""

    def as_json(self) -> dict[str, str]:
        said = {"method": self.method.value, "at": self.at.isoformat()}
        return {**said, "stale": "yes"} if self.stale else said

    @classmethod
    def from_json(cls, stored: dict[str, str]) -> "Proof":
        at = dt.datetime.fromisoformat(stored["at"])
        return cls(Method(stored["method"]), at, bool(stored.get("stale")))


def standing(proofs: Iterable[Proof], now: dt.datetime, seen_at: dt.datetime) -> tuple[Proof, ...]:
    """The proofs of a browser that was last seen at `seen_at`, as they count at `now`. What is stale once
    stays so: whoever wants more proves anew."""
    rested = now - seen_at > STRONG_WHILE_IDLE
    return tuple(
        replace(proof, stale=proof.stale or rested or now - proof.at > STRONG_FOR) for proof in proofs
    )


def strong(proofs: Iterable[Proof]) -> tuple[Proof, ...]:
    """Those that count for every level."""
    return tuple(proof for proof in proofs if not proof.stale)


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
    held = tuple(proofs)
    return max(level_of(factors(strong(held))), int(bool(held)))


def kinds(proven: frozenset[Factor]) -> int:
    """How many different kinds of factor that is."""
    return len(proven & KINDS)


def amr(proofs: Iterable[Proof]) -> list[str]:
    """RFC 8176 values, with `mfa` where the level is 2 or more. Beside a proof that still counts in full,
    what is stale is not told: `auth_time` would be read as the time of both."""
    held = tuple(proofs)
    held = strong(held) or held
    values = sorted({value for proof in held for value in proof.method.amr})
    return [*values, "mfa"] if level(held) >= 2 else values


def acr(proofs: Iterable[Proof]) -> str:
    return ACR.get(level(proofs), "urn:ciam:acr:0")


def proven_at(proofs: Iterable[Proof]) -> dt.datetime | None:
    """`auth_time`: when the person last proved something."""
    return max((proof.at for proof in proofs), default=None)
