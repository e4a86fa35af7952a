"""Codes by e-mail: six digits, ten minutes, five tries, one use."""

import datetime as dt
import secrets
import uuid

from django.conf import settings
from django.db.models import F, QuerySet

from auth_flows.models import SignIn
from ciam.lib import mail
from ciam.lib.crypto import keyed_hash, new_token, token_hash
from ciam.lib.throttle import Limit

LIFETIME = dt.timedelta(minutes=10)
TRIES = 5
MAIL_PER_ADDRESS = Limit("mail from an address", most=20, seconds=3_600)
# Of each limit a part is kept back for browsers that the account knows: strangers can't use it up.
MAILS = (
    (Limit("mail a minute", most=1, seconds=60), Limit("mail a minute, known", most=1, seconds=60)),
    (Limit("mail an hour", most=4, seconds=3_600), Limit("mail an hour, known", most=1, seconds=3_600)),
    (Limit("mail a day", most=8, seconds=86_400), Limit("mail a day, known", most=2, seconds=86_400)),
)
MAIL_LIMITS = tuple(everybodys for everybodys, _kept_back in MAILS)
"""What counts where nobody can tell whose browser it is."""
TRIES_AN_HOUR = Limit("code an hour", most=15, seconds=3_600)
TRIES_A_DAY = Limit("code a day", most=75, seconds=86_400)
TRIES_PER_ACCOUNT = (
    (TRIES_AN_HOUR, Limit("code an hour, known", most=5, seconds=3_600)),
    (TRIES_A_DAY, Limit("code a day, known", most=25, seconds=86_400)),
)


USED: dict[str, object] = {"code_hash": "", "link_hash": "", "code_ends_at": None}


def send(row: SignIn, said: str, app: str, now: dt.datetime, *, has_account: bool = False) -> None:
    """Mail a new code, and a link that stands for it; those before are dead. `limits.count_mail` comes first.

    `has_account`: whoever came to make an account has one. The mail tells, and no page does (ASVS 6.3.8).
    """
    code, link = f"{secrets.randbelow(1_000_000):06}", new_token()
    row.code_hash = _hash(row, code)
    row.link_hash = token_hash(link)
    row.code_tries = 0
    row.code_ends_at = now + LIFETIME
    row.save(update_fields=["code_hash", "link_hash", "code_tries", "code_ends_at"])
    brand = {"name": row.brand.name, "slug": row.brand.slug} if row.brand else None
    context: mail.Context = {
        "code": code,
        "minutes": int(LIFETIME.total_seconds() // 60),
        "brand": brand,
        "app_name": app,
        "has_account": has_account,
        "link": f"{settings.BASE_URL}/sign-in/{row.pk}/link/{link}/",
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
    return right.update(**USED) == 1


def with_link(sign_in_id: uuid.UUID, link: str, now: dt.datetime) -> QuerySet[SignIn]:
    """The sign-in for which this link was mailed, while it is good. Five wrong codes don't spoil it: nobody
    guesses a link."""
    return SignIn.objects.filter(
        pk=sign_in_id, link_hash=token_hash(link), code_ends_at__gt=now, finished_at=None
    )


def redeem_link(sign_in_id: uuid.UUID, link: str, now: dt.datetime) -> bool:
    """Use it up, and the code with it; of many at once one succeeds."""
    return with_link(sign_in_id, link, now).update(**USED) == 1


def _hash(row: SignIn, code: str) -> str:
    return keyed_hash("e-mail code", f"{row.pk} {code}")
