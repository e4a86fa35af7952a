"""Passwords (NIST SP 800-63B, 3.1.1): argon2id, behind a gate that bounds the memory they take."""

import threading
from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, Status
from auth_flows.models import Authenticator
from ciam.lib.throttle import Limit

SHORTEST = 8
LONGEST = 256
PER_ACCOUNT = Limit("password", most=10, seconds=900)
PER_ADDRESS = Limit("password from an address", most=100, seconds=900)

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


class Unfit(ValueError):
    """The password can't be used; the text says why."""


def judge(password: str, *, context: tuple[str, ...] = ()) -> None:
    """Length, and no words that anybody would guess of this person. No composition rules (3.1.1.2)."""
    if len(password) < SHORTEST:
        raise Unfit(_("Use at least %(least)d characters.") % {"least": SHORTEST})
    if len(password) > LONGEST:
        raise Unfit(_("Use at most %(most)d characters.") % {"most": LONGEST})
    plain = password.casefold()
    words = [word.casefold() for word in context if len(word) >= 3]
    if plain in _common() or any(plain.replace(word, "") == "" or plain == word for word in words):
        raise Unfit(_("This is too easy to guess. Choose another."))
    if len(set(plain)) < 4:
        raise Unfit(_("This is too easy to guess. Choose another."))


@cache
def _common() -> frozenset[str]:
    """Django's list of 20,000 common passwords."""
    return frozenset(CommonPasswordValidator().passwords)


def hashed(password: str) -> str:
    return make_password(password)


@cache
def _nobodys_hash() -> str:
    return make_password("nobody has this")


def matches(account: Account | None, password: str) -> bool:
    """Whether it is this account's password. Costs one hash whoever is asked for, absent people included."""
    row = None
    if account is not None and account.status == Status.ACTIVE:
        row = Authenticator.objects.filter(account=account, kind=Authenticator.Kind.PASSWORD).first()
    fits = check_password(password, row.hash if row else _nobodys_hash())
    if row is None or not fits:
        return False
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=timezone.now())
    return True
