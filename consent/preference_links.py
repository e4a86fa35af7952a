"""The address of somebody's choices at a brand: whom it is about, and to which mailbox it was sent.

The mailbox is part of what is signed, though not of what is said: without that address being theirs still,
nobody can read the link. So it dies with the address, and tells it to nobody. All links at once die with
SECRET_KEY, if the old one isn't kept among SECRET_KEY_FALLBACKS.
"""

import datetime as dt
import re
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import LEAVING, Identifier, Membership, MembershipStatus
from consent.confirmation_links import addresses_of

LIFETIME = dt.timedelta(days=365)
"""Mails are kept, and who finds one years later expects its “Unsubscribe” to work."""
TOKEN = re.compile(
    r"(?P<member>[0-9a-f]{32})-(?P<epoch>\d{1,10})-(?P<until>\d{1,12})-(?P<purpose>[-\w]{0,50}):[-\w]{43}",
    re.ASCII,
)


class Gone(Exception):
    """The link is good for nothing: not one of ours, too old, or sent to an address that isn't theirs now."""


@dataclass(frozen=True)
class Asked:
    """What a link opens."""

    member: Membership
    """With its account and its brand."""
    mailbox: str
    """The normal form of the address that the link was sent to."""
    purpose: str
    """The key of the purpose that it unsubscribes from; empty: it opens the choices only."""
    shows_choices: bool
    """False once the person was signed out everywhere, or has left the brand. To unsubscribe goes on."""


def token(member: Membership, normal: str, now: dt.datetime, purpose: str = "") -> str:
    """`normal` is the address that the link is mailed to, `purpose` a key of the member's brand."""
    until = int((now + LIFETIME).timestamp())
    said = f"{member.pk.hex}-{member.account.session_epoch}-{until}-{purpose}"
    return _signer(normal).sign(said)


def address(token: str) -> str:
    """Of the page with the choices."""
    return f"{settings.BASE_URL}{reverse('preferences', args=[token])}"


def read(token: str, now: dt.datetime) -> Asked:
    """What a link opens; raises Gone."""
    said = TOKEN.fullmatch(token)
    if said is None or int(said["until"]) <= now.timestamp():
        raise Gone
    rows = Membership.objects.filter(pk=uuid.UUID(said["member"])).select_related("account", "brand")
    member = rows.first()
    if member is None or member.account.status in LEAVING:
        raise Gone
    known = addresses_of(member.account_id, member.brand_id).values_list("normal", flat=True)
    mailbox = next((normal for normal in known if _is_signed(token, normal)), None)
    if mailbox is None:
        raise Gone
    is_current = member.account.session_epoch == int(said["epoch"])
    shows_choices = is_current and member.status != MembershipStatus.ENDED
    return Asked(member, mailbox, said["purpose"], shows_choices)


def mailbox_of(member: Membership) -> Identifier | None:
    """Where the brand knows to reach this person, or else their own address."""
    primary = addresses_of(member.account_id, member.brand_id).filter(is_primary=True)
    return max(primary, key=lambda row: row.scope, default=None)


def masked(normal: str) -> str:
    """Enough for its owner to know which address it is: a•••@e•••.com."""
    local, _at, domain = normal.rpartition("@")
    name, dot, top = domain.rpartition(".")
    return f"{local[:1]}•••@{(name or top)[:1]}•••{dot}{top if name else ''}"


def _is_signed(token: str, normal: str) -> bool:
    try:
        _signer(normal).unsign(token)
    except signing.BadSignature:
        return False
    return True


def _signer(normal: str) -> signing.Signer:
    return signing.Signer(salt=f"consent.preference_links {normal}")
