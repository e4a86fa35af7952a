"""Codes by SMS: six digits, ten minutes, five tries, one use. A restricted way (NIST SP 800-63B, 3.1.3.3): a
number can be taken over, so it never stands for a stronger factor.

To a number that is no account's nothing is sent: it would cost, and tell strangers. The row is written and a
worker woken all the same, so that page and time are the same; the message itself leaves later.
"""

import datetime as dt
import secrets
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from auth_flows import sms
from auth_flows.models import Sending, TextMessage
from ciam.lib.crypto import keyed_hash
from ciam.lib.throttle import Limit, hit
from ciam.lib.wake import wake

LIFETIME = dt.timedelta(minutes=10)
TRIES = 5
PER_NUMBER = (
    Limit("SMS a minute", most=1, seconds=60),
    Limit("SMS an hour", most=5, seconds=3_600),
    Limit("SMS a day", most=10, seconds=86_400),
)
# Whoever earns by messages to numbers of their own has them in a row.
PER_PREFIX = Limit("SMS to numbers in a row", most=30, seconds=3_600)
PREFIX_LEAVES_OUT = 4
PER_ADDRESS = Limit("SMS from an address", most=10, seconds=3_600)
PER_ACCOUNT = Limit("SMS of an account", most=10, seconds=3_600)


def send(
    about: uuid.UUID,
    number: str,
    address: str,
    place: str,
    now: dt.datetime,
    *,
    account_id: uuid.UUID | None,
) -> None:
    """A new code to a number (E.164); the one before it is dead. Raises throttle.TooMany.

    `about`: the sign-in or change that it is for. `account_id` None: the number is nobody's.
    """
    hit(PER_ADDRESS, address, now)
    hit(PER_PREFIX, number[:-PREFIX_LEAVES_OUT], now)
    hit(PER_ACCOUNT, str(account_id or number), now)
    for limit in PER_NUMBER:
        hit(limit, number, now)
    code = f"{secrets.randbelow(1_000_000):06}"
    TextMessage.objects.filter(about=about).update(code_hash="")
    TextMessage.objects.create(
        about=about,
        account_id=account_id,
        recipient=number,
        text=_text(code, place),
        to_nobody=account_id is None or not sms.leads_to(number),
        code_hash=_hash(about, code),
        ends_at=now + LIFETIME,
        not_before=now,
    )
    wake("auth_flows.send_sms")


def _text(code: str, place: str) -> str:
    """The last line tells browsers for which site it is (origin-bound one-time codes)."""
    sentence = _("%(code)s is your code for %(place)s. We never ask for it.") % {"code": code, "place": place}
    return f"{sentence}\n\n@{urlsplit(settings.BASE_URL).hostname} #{code}"


def has_live_code(about: uuid.UUID, now: dt.datetime) -> bool:
    live = TextMessage.objects.filter(about=about, ends_at__gt=now, code_tries__lt=TRIES, code_hash__gt="")
    return live.exists()


def redeem(about: uuid.UUID, code: str, now: dt.datetime) -> bool:
    """Whether this is the code. The try is counted, and committed, before the code is looked at; of many that
    come at once with the right one, one succeeds."""
    live = TextMessage.objects.filter(about=about, ends_at__gt=now, code_tries__lt=TRIES, code_hash__gt="")
    if not live.update(code_tries=F("code_tries") + 1):
        return False
    said = "".join(code.split())
    right = TextMessage.objects.filter(about=about, code_hash=_hash(about, said), to_nobody=False)
    return right.update(code_hash="") == 1


def trouble(about: uuid.UUID) -> Sending | None:
    """Why the newest message can't reach its number, once that is known. For whoever is known to own it."""
    newest = TextMessage.objects.filter(about=about).order_by("-pk").first()
    bad = {Sending.STOPPED, Sending.BAD_NUMBER}
    return Sending(newest.outcome) if newest and newest.outcome in bad else None


def _hash(about: uuid.UUID, code: str) -> str:
    return keyed_hash("sms code", f"{about} {code}")
