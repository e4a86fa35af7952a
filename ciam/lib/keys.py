"""Signing keys: in the database, encrypted, parsed once a process.

The key that signs is the newest whose time has come. A coming one is published ahead, so that whoever caches
the key set knows it before it is used.
"""

import datetime as dt
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from joserfc.jwk import ECKey, KeySet, RSAKey

from ciam.lib.models import SigningKey

AGE = dt.timedelta(days=90)
PUBLISHED_AHEAD = dt.timedelta(days=2)
KEPT_AFTER = dt.timedelta(days=2)
ALGORITHMS = ("ES256", "RS256")
CACHE_SECONDS = 5.0

Key = ECKey | RSAKey


@dataclass(frozen=True)
class Keyring:
    """The keys of one moment."""

    signing: dict[str, Key]
    published: KeySet
    public: dict[str, Any]


_ring: tuple[float, Keyring] | None = None


def keyring() -> Keyring:
    """The keys now. Read from the database every few seconds at most."""
    global _ring
    held = _ring
    if held is None or held[0] < time.monotonic():
        held = (time.monotonic() + CACHE_SECONDS, _load(timezone.now()))
        _ring = held
    return held[1]


def forget_cached() -> None:
    global _ring
    _ring = None


def _live(now: dt.datetime) -> list[SigningKey]:
    rows = SigningKey.objects.defer("private_pem").order_by("signs_from")
    return [row for row in rows if row.published_until is None or row.published_until > now]


def _load(now: dt.datetime) -> Keyring:
    live = _live(now)
    if not live:
        rotate(now)
        live = _live(now)
    keys = {row.kid: _parsed(row.kid, row.algorithm) for row in live}
    signing = {row.algorithm: keys[row.kid] for row in live if row.signs_from <= now}
    published = KeySet(list(keys.values()))
    return Keyring(signing, published, {"keys": [row.public_jwk for row in live]})


@lru_cache(maxsize=32)
def _parsed(kid: str, algorithm: str) -> Key:
    """A key never changes, and decrypting and parsing one costs more than a thousand signatures."""
    pem = SigningKey.objects.values_list("private_pem", flat=True).get(kid=kid)
    kind = ECKey if algorithm == "ES256" else RSAKey
    assert isinstance(pem, str)
    return kind.import_key(pem, {"kid": kid, "alg": algorithm, "use": "sig"})


def rotate(now: dt.datetime) -> list[str]:
    """Make what is missing: a first key of each algorithm, or the next one as the present one ages.

    Returns the new keys' ids. Calling it again changes nothing.
    """
    made = []
    with transaction.atomic():
        _one_at_a_time()
        rows = list(SigningKey.objects.defer("private_pem").order_by("signs_from"))
        for algorithm in ALGORITHMS:
            mine = [row for row in rows if row.algorithm == algorithm]
            if not mine:
                made.append(_make(algorithm, now))
            elif mine[-1].signs_from + AGE - PUBLISHED_AHEAD <= now:
                made.append(_make(algorithm, now + PUBLISHED_AHEAD))
                mine[-1].published_until = now + PUBLISHED_AHEAD + KEPT_AFTER
                mine[-1].save(update_fields=["published_until"])
    forget_cached()
    return made


def _one_at_a_time() -> None:
    """On an empty table there is no row to lock, and two programs start at the same time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('signing keys'))")


def _make(algorithm: str, signs_from: dt.datetime) -> str:
    key: Key
    key = ECKey.generate_key("P-256") if algorithm == "ES256" else RSAKey.generate_key(3072)
    kid = key.thumbprint()
    public = key.as_dict(private=False) | {"kid": kid, "alg": algorithm, "use": "sig"}
    SigningKey.objects.create(
        kid=kid,
        algorithm=algorithm,
        private_pem=key.as_pem(private=True).decode(),
        public_jwk=public,
        signs_from=signs_from,
    )
    return kid
