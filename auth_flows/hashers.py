"""How passwords are hashed: argon2id, behind a gate that bounds the memory it takes; and how long a wrong one
takes, whoever it is tried on."""

import threading
import unicodedata
from functools import cache

from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    get_hashers,
    identify_hasher,
    make_password,
)

# Each hash takes 19 MiB and a core: more at once than cores only makes all of them slower.
_gate = threading.BoundedSemaphore(2)


class Argon2id(Argon2PasswordHasher):
    """OWASP's first choice: 19 MiB, t=2, p=1."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _gate:
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        with _gate:
            return bool(super().verify(password, encoded))


def normal(password: str) -> str:
    """The one form in which it is judged and hashed: keyboards write the same letter in two ways (NFC)."""
    return unicodedata.normalize("NFC", password)


def hashed(password: str) -> str:
    return make_password(normal(password))


def verify(password: str, stored: str) -> bool:
    """Whether `stored` is a hash of it. A wrong password costs one hash of every kind that the settings name
    (PASSWORD_HASHERS), whatever kind is stored and where none is: time tells nobody apart.

    A hash of fewer rounds than its kind has today is brought up to them; one of more would take longer.
    """
    own = _kind_of(stored)
    if own is not None and _fits(own, password, stored):
        return True
    for kind in get_hashers():
        if own is None or kind.algorithm != own.algorithm:
            _fits(kind, password, _nobodys(str(kind.algorithm)))
        else:
            own.harden_runtime(password, stored)
    return False


def is_outdated(stored: str) -> bool:
    """Whether the password should be hashed anew: another kind, or other parameters than today's."""
    preferred, own = get_hashers()[0], _kind_of(stored)
    return own is None or own.algorithm != preferred.algorithm or preferred.must_update(stored)


def _kind_of(stored: str) -> BasePasswordHasher | None:
    """None for what is of a kind that the settings don't name, or is cut short."""
    try:
        kind = identify_hasher(stored)
        kind.decode(stored)
    except (ValueError, AssertionError, IndexError):
        return None
    return kind


def _fits(kind: BasePasswordHasher, password: str, stored: str) -> bool:
    # What another system hashed it took as it was typed.
    said = normal(password) if isinstance(kind, Argon2id) else password
    return bool(kind.verify(said, stored))


@cache
def _nobodys(algorithm: str) -> str:
    return make_password("nobody has this", hasher=algorithm)
