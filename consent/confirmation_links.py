"""The link of a confirmation mail: whom it asks what, until when.

It is bound to the address that it was mailed to and to the exact wording. Nobody is signed in by it.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import LEAVING, Account, Brand, Identifier, IdentifierKind
from ciam.lib.crypto import keyed_hash
from consent.models import ConsentRecord, text_hash

LIFETIME = dt.timedelta(hours=72)


class Gone(Exception):
    """The link asks nobody any more: not one of ours, too old, or for an address that isn't theirs now."""


@dataclass(frozen=True)
class Asked:
    """What a link asks of whom."""

    account: Account
    brand: Brand
    records: tuple[ConsentRecord, ...]
    """The pending answers, each with its version and purpose."""
    mailbox: str
    """The normal form of the address that the link was mailed to."""


def address(records: Iterable[ConsentRecord], normal: str, now: dt.datetime) -> str:
    """The path of the page that asks for these; `normal` is the address that it is mailed to."""
    said = {
        "records": [record.pk.hex for record in records],
        "mailbox": _mark(normal),
        "until": int((now + LIFETIME).timestamp()),
    }
    return reverse("consent-confirm", args=[_signer().sign_object(said)])


def read(token: str, now: dt.datetime) -> Asked:
    """What a link asks; raises Gone."""
    try:
        said = _signer().unsign_object(token)
    except signing.BadSignature:
        raise Gone from None
    if said["until"] <= now.timestamp():
        raise Gone
    rows = ConsentRecord.objects.filter(pk__in=said["records"]).order_by("id")
    records = tuple(rows.select_related("version__purpose__brand", "account"))
    if not records:
        raise Gone
    account, brand = records[0].account, records[0].version.purpose.brand
    known = addresses_of(account.pk, brand.pk).values_list("normal", flat=True)
    mailbox = next((normal for normal in known if _mark(normal) == said["mailbox"]), None)
    if account.status in LEAVING or mailbox is None:
        raise Gone
    return Asked(account, brand, records, mailbox)


def _signer() -> signing.Signer:
    return signing.Signer(salt="consent.confirmation_links")


def _mark(normal: str) -> str:
    return keyed_hash("confirmation mailbox", normal)[:32]


def addresses_of(account_id: uuid.UUID, brand_id: uuid.UUID) -> QuerySet[Identifier]:
    """E-mail addresses by which the brand knows this person, and their own."""
    return Identifier.objects.filter(
        account=account_id, scope__in=["", str(brand_id)], kind=IdentifierKind.EMAIL, retired_at=None
    )


def wording(record: ConsentRecord) -> tuple[str, str, str]:
    """(locale, title, text) as the person saw it: by the hash of the text, or else by the language."""
    texts = record.version.texts
    seen = [locale for locale, text in texts.items() if text_hash(text) == record.text_hash]
    return record.version.wording(record.locale if record.locale in seen or not seen else seen[0])
