"""Challenges without a write: a time and its keyed hash, good once, for one sign-in or session, for minutes.

The hash covers the row, how many challenges it has used up, and for what it is; so a page may be shown often,
and of all that it showed the first to come back uses up every other (WebAuthn, 13.4.3).
"""

import datetime as dt
import hmac
from enum import StrEnum

from django.db.models import F

from auth_flows.models import BrowserSession, SignIn
from ciam.lib.crypto import keyed_hash

LIFETIME = dt.timedelta(minutes=5)
TIME_BYTES = 8

Holder = SignIn | BrowserSession
"""Who is asked: whoever holds this row's secret in the browser."""


class Ceremony(StrEnum):
    """As browsers name it in what they sign (WebAuthn, 5.8.1)."""

    CREATE = "webauthn.create"
    GET = "webauthn.get"


def make(holder: Holder, ceremony: Ceremony, now: dt.datetime) -> bytes:
    return _made(holder, ceremony, int(now.timestamp()))


def use_up(holder: Holder, ceremony: Ceremony, challenge: bytes, now: dt.datetime) -> bool:
    """Whether it was made for this, is young enough, and nobody was faster. One conditional update."""
    at = int.from_bytes(challenge[:TIME_BYTES], "big")
    is_young = 0 <= int(now.timestamp()) - at <= LIFETIME.total_seconds()
    if not is_young or not hmac.compare_digest(challenge, _made(holder, ceremony, at)):
        return False
    used = type(holder)._default_manager.filter(pk=holder.pk, challenges=holder.challenges)
    first = used.update(challenges=F("challenges") + 1) == 1
    holder.challenges += 1
    return first


def _made(holder: Holder, ceremony: Ceremony, at: int) -> bytes:
    subject = f"{type(holder).__name__} {holder.pk} {holder.challenges} {ceremony} {at}"
    return at.to_bytes(TIME_BYTES, "big") + bytes.fromhex(keyed_hash("passkey challenge", subject))
