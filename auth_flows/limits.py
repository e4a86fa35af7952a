"""How often something may be tried: per account over all doors and spellings, per network address, per brand.

Strangers share one count of an account. A browser in which its owner has signed in before (`Device`) has its
own, so that whoever fails on purpose elsewhere never locks the owner out.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from accounts.models import Account, Brand
from auth_flows.methods import email_code
from auth_flows.methods.password import PER_ACCOUNT, PER_ADDRESS, bucket_of
from auth_flows.persons import known_device
from auth_flows.walk import Walk, candidate, key_of
from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, counts, forget, give_back, hit

FAILED_AT_BRAND = Limit("wrong password at a brand", most=2_000, seconds=900)
"""So many mean that a brand is under attack. Nobody is refused for it: strangers are challenged."""


@dataclass(frozen=True)
class Asker:
    """Whose account is tried, and whether from a browser in which its owner has signed in before. No page may
    show either."""

    account: Account | None
    key: str
    device: uuid.UUID | None

    @classmethod
    def of(cls, walk: Walk) -> "Asker":
        found = candidate(walk)
        device = known_device(found, walk.row.browser_hash)
        return cls(found, key_of(walk, found), device)

    @property
    def bucket(self) -> str:
        return bucket_of(self.key, self.device)


def count_password(walk: Walk) -> Asker:
    """Before the hash is computed; raises TooMany. The address comes first: one that is used up does not
    use up accounts."""
    asker = Asker.of(walk)
    if asker.device is None:
        hit(PER_ADDRESS, network_of(walk.request), walk.now)
    hit(PER_ACCOUNT, asker.bucket, walk.now)
    return asker


def password_was_right(walk: Walk, asker: Asker) -> None:
    """It was no guess: what was counted for it is given back."""
    if asker.device is None:
        give_back(PER_ADDRESS, network_of(walk.request))
    forget(PER_ACCOUNT, asker.bucket)


def password_was_wrong(walk: Walk) -> None:
    if walk.brand is not None:
        with suppress(TooMany):
            hit(FAILED_AT_BRAND, str(walk.brand.pk), walk.now)


def is_under_attack(brand: Brand | None, now: dt.datetime) -> bool:
    return brand is not None and counts([(FAILED_AT_BRAND, str(brand.pk))], now)[0] > FAILED_AT_BRAND.most


def count_code(walk: Walk) -> None:
    """A try of any code, whatever the factor; raises TooMany. Guessing never starts anew."""
    asker = Asker.of(walk)
    _count(email_code.TRIES_PER_ACCOUNT, asker.key, asker, walk.now)


def count_mail(walk: Walk, subject: str) -> None:
    """A code to be mailed; raises TooMany. `subject`: the mailbox."""
    asker = Asker.of(walk)
    if asker.device is None:
        hit(email_code.MAIL_PER_ADDRESS, network_of(walk.request), walk.now)
    _count(email_code.MAILS, subject, asker, walk.now)


def _count(limits: Iterable[tuple[Limit, Limit]], subject: str, asker: Asker, now: dt.datetime) -> None:
    """Each limit with what is kept back for known devices, so that together they stay under what was
    promised."""
    for everybodys, kept_back in limits:
        try:
            hit(everybodys, subject, now)
        except TooMany:
            if asker.device is None:
                raise
            hit(kept_back, subject, now)
