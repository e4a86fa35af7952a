"""Codes by e-mail: six digits, ten minutes, five tries, one use."""

import datetime as dt
import secrets

from django.conf import settings
from django.db.models import F

from accounts.identifiers import limit_key
from auth_flows.models import SignIn
from ciam.lib import mail
from ciam.lib.crypto import keyed_hash
from ciam.lib.throttle import Limit, hit

LIFETIME = dt.timedelta(minutes=10)
TRIES = 5
MAIL_LIMITS = (
    Limit("mail a minute", most=1, seconds=60),
    Limit("mail an hour", most=5, seconds=3_600),
    Limit("mail a day", most=10, seconds=86_400),
)
MAIL_PER_ADDRESS = Limit("mail from an address", most=20, seconds=3_600)
TRIES_AN_HOUR = Limit("code an hour", most=20, seconds=3_600)
TRIES_A_DAY = Limit("code a day", most=100, seconds=86_400)


def send(
    row: SignIn,
    said: str,
    normal: str,
    address: str,
    app: str,
    now: dt.datetime,
    *,
    has_account: bool = False,
) -> None:
    """Mail a new code; the one before it is dead. Raises throttle.TooMany.

    `has_account`: whoever came to make an account has one. The mail tells, and no page does (ASVS 6.3.8).
    """
    hit(MAIL_PER_ADDRESS, address, now)
    for limit in MAIL_LIMITS:
        hit(limit, limit_key(normal), now)
    code = f"{secrets.randbelow(1_000_000):06}"
    row.code_hash = _hash(row, code)
    row.code_tries = 0
    row.code_ends_at = now + LIFETIME
    row.save(update_fields=["code_hash", "code_tries", "code_ends_at"])
    brand = {"name": row.brand.name, "slug": row.brand.slug} if row.brand else None
    context: mail.Context = {
        "code": code,
        "minutes": int(LIFETIME.total_seconds() // 60),
        "brand": brand,
        "app_name": app,
        "has_account": has_account,
        "link": f"{settings.BASE_URL}/sign-in/{row.pk}/",
    }
    mail.post("email_code", said, context, until=now + LIFETIME)


def has_live_code(row: SignIn, now: dt.datetime) -> bool:
    return bool(row.code_hash and row.code_ends_at and row.code_ends_at > now and row.code_tries < TRIES)


def redeem(row: SignIn, code: str, now: dt.datetime) -> bool:
    """Whether this is the code. The try is counted, and committed, before the code is looked at; of many that
    come at once with the right one, one succeeds."""
    counted = SignIn.objects.filter(
        pk=row.pk, code_tries__lt=TRIES, code_ends_at__gt=now, code_hash__gt=""
    ).update(code_tries=F("code_tries") + 1)
    if not counted:
        return False
    right = SignIn.objects.filter(pk=row.pk, code_hash=_hash(row, code))
    return right.update(code_hash="", code_ends_at=None) == 1


def _hash(row: SignIn, code: str) -> str:
    return keyed_hash("e-mail code", f"{row.pk} {code}")
