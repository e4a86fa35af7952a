"""Encryption of fields at rest and keyed hashes.

Keys rotate: the first encrypts, all of them decrypt. Without ENCRYPTION_KEYS one is derived from SECRET_KEY,
and SECRET_KEY_FALLBACKS keep older values readable.
"""

import base64
import hashlib
import hmac
import secrets
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


class Unreadable(Exception):
    """A stored value was encrypted with a key that this installation no longer has."""


def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(
        secret.encode()
    )


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key, "ciam field"))) for key in keys])


def _current_box() -> MultiFernet:
    secrets_in_order = [*settings.ENCRYPTION_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return _box(tuple(secrets_in_order))


def encrypt(value: str) -> bytes:
    return _current_box().encrypt(value.encode())


def decrypt(value: bytes) -> str:
    try:
        return _current_box().decrypt(bytes(value)).decode()
    except InvalidToken as error:
        raise Unreadable("Encrypted with a key that is not configured here.") from error


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text that is encrypted at rest. It can't be searched, and shows nothing in a dump."""

    def get_prep_value(self, value: Any) -> bytes | None:
        return None if value is None else encrypt(str(value))

    def from_db_value(self, value: bytes | None, *_: object) -> str | None:
        return None if value is None else decrypt(value)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError("An encrypted field is not serialised.")


def keyed_hash(purpose: str, value: str) -> str:
    """64 hex digits that say nothing about `value` to whoever lacks the installation's secret."""
    key = _derived(settings.SECRET_KEY, f"ciam hash {purpose}")
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def new_token() -> str:
    """256 random bits, safe in an address and in a header."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """How a random token is kept. A plain fast hash is enough: 256 random bits can't be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
