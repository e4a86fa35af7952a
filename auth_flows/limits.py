"""How often something may be tried: per account over all doors and spellings, per network address, per brand.

Strangers share one count of an account. A browser in which its owner has signed in before (`Device`) has its
own, so that whoever fails on purpose elsewhere never locks the owner out.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from contextlib import suppress

from accounts.models import Brand
from auth_flows.methods import email_code
from auth_flows.methods.password import NOBODY, PER_ACCOUNT, PER_ADDRESS
from auth_flows.models import Device
from auth_flows.walk import Walk, account_key, candidate
from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, counts, forget, give_back, hit

FAILED_AT_BRAND = Limit("wrong password at a brand", most=2_000, seconds=900)
"""So many mean that a brand is under attack. Nobody is refused for it: strangers are challenged."""


def known_device(walk: Walk) -> uuid.UUID | None:
    """This browser, where the account that was typed has signed in here before. No page may show it."""
    found = candidate(walk)
    rows = Device.objects.filter(account_id=found.pk if found else NOBODY, browser_hash=walk.row.browser_hash)
    return rows.values_list("pk", flat=True).first()


def count_password(walk: Walk) -> None:
    """Before the hash is computed; raises TooMany. The address comes first: one that is used up does not
    use up accounts."""
    device = known_device(walk)
    if device is None:
        hit(PER_ADDRESS, network_of(walk.request), walk.now)
    hit(PER_ACCOUNT, _bucket(walk, device), walk.now)


def password_was_right(walk: Walk) -> None:
    """It was no guess: what was counted for it is given back."""
    device = known_device(walk)
    if device is None:
        give_back(PER_ADDRESS, network_of(walk.request))
    forget(PER_ACCOUNT, _bucket(walk, device))


def password_was_wrong(walk: Walk) -> None:
    if walk.brand is not None:
        with suppress(TooMany):
            hit(FAILED_AT_BRAND, str(walk.brand.pk), walk.now)


def is_under_attack(brand: Brand | None, now: dt.datetime) -> bool:
    return brand is not None and counts([(FAILED_AT_BRAND, str(brand.pk))], now)[0] > FAILED_AT_BRAND.most


def count_code(walk: Walk) -> None:
    """A try of any code, whatever the factor; raises TooMany. Guessing never starts anew."""
    _count(email_code.TRIES_PER_ACCOUNT, account_key(walk), walk)


def count_mail(walk: Walk, subject: str) -> None:
    """A code to be mailed; raises TooMany. `subject`: the mailbox."""
    if known_device(walk) is None:
        hit(email_code.MAIL_PER_ADDRESS, network_of(walk.request), walk.now)
    _count(email_code.MAILS, subject, walk)


def _count(limits: Iterable[tuple[Limit, Limit]], subject: str, walk: Walk) -> None:
    """Each limit with what is kept back for known devices, so that together they stay under what was
    promised."""
    for everybodys, kept_back in limits:
        try:
            hit(everybodys, subject, walk.now)
        except TooMany:
            if known_device(walk) is None:
                raise
            hit(kept_back, subject, walk.now)


def _bucket(walk: Walk, device: uuid.UUID | None) -> str:
    return f"{account_key(walk)} {device or ''}".rstrip()
