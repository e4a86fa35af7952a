"""E-mail addresses and the other handles by which somebody is found.

An address has one normal form; two that share it are one address.
"""

import datetime as dt
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import phonenumbers
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from accounts.models import Account, Identifier, IdentifierKind, Kind, Realm

CONTROLS = {"Cc", "Cs", "Co", "Cn"}
# Address or not, the normal form of these is their lower case. Such names are asked for all day.
PLAIN_NAME = re.compile(r"(?!.*xn--)[a-z0-9._+@-]{1,320}", re.IGNORECASE | re.ASCII)


class BadIdentifier(ValueError):
    """The text is for whoever said the identifier."""


class Taken(Exception):
    """The identifier belongs to another live account. Never shown as such to a customer."""


def normal_email(said: str) -> tuple[str, str]:
    """(as delivered, normal form) of an e-mail address.

    Both lead to the same mailbox: a code that reaches the one proves the other. So the domain is in its ASCII
    form (IDNA 2008) in both, a local part outside ASCII is refused rather than folded into somebody else's,
    and the normal form is no more than lower case. A plus-tag is part of the address.
    """
    if len(said) > 320 or any(unicodedata.category(char) == "Cc" for char in said):
        raise BadIdentifier(_("This is not an e-mail address."))
    try:
        checked = validate_email(
            said.strip(), check_deliverability=False, test_environment=True, allow_smtputf8=False
        )
    except EmailNotValidError:
        raise BadIdentifier(_("This is not an e-mail address.")) from None
    delivered = checked.ascii_email
    if delivered is None or not checked.original.strip().lower().startswith(f"{checked.local_part.lower()}@"):
        raise BadIdentifier(_("This is not an e-mail address."))
    local, _at, domain = delivered.rpartition("@")
    return f"{local}@{domain.lower()}", delivered.lower()


def limit_key(normal: str) -> str:
    """The address as limits count it: plus-tags reach the same mailbox."""
    local, _at, domain = normal.rpartition("@")
    return f"{local.split('+')[0]}@{domain}"


def normal_phone(said: str, country: str) -> str:
    """In E.164 form (ITU-T). `country` (ISO 3166-1) says where a number without + belongs; may be empty."""
    if len(said) > 60:
        raise BadIdentifier(_("This is not a phone number."))
    try:
        number = phonenumbers.parse(said, country or None)
    except phonenumbers.NumberParseException:
        raise BadIdentifier(_("This is not a phone number.")) from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise BadIdentifier(_("This is not a phone number."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_username(said: str) -> str:
    """A name by which a brand calls somebody; an address where it is one. Case doesn't matter.

    As RFC 8265 has it (UsernameCaseMapped), without its check of scripts.
    """
    if PLAIN_NAME.fullmatch(said):
        return said.lower()
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", said.strip()).casefold())
    if not plain or len(plain) > 320 or any(unicodedata.category(char) in CONTROLS for char in plain):
        raise BadIdentifier(_("This can't be a name."))
    with suppress(BadIdentifier):
        return normal_email(said)[1]
    return plain


@dataclass(frozen=True)
class Contact:
    """A handle as somebody says it: by it a brand knows a person. The scope is the brand's or website's."""

    kind: IdentifierKind
    value: str
    normal: str
    label: str = ""
    is_primary: bool = True
    by_default: bool = False
    """Primary for being the first: nobody said so."""


def email(said: str, label: str = "", *, is_primary: bool = True) -> Contact:
    delivered, normal = normal_email(said)
    return Contact(IdentifierKind.EMAIL, delivered, normal, label, is_primary)


def phone(said: str, country: str, label: str = "", *, is_primary: bool = True) -> Contact:
    return Contact(IdentifierKind.PHONE, said.strip(), normal_phone(said, country), label, is_primary)


def username(said: str) -> Contact:
    return Contact(IdentifierKind.USERNAME, said.strip(), normal_username(said))


def row_of(contact: Contact, account: Account, scope: str = "", **more: Any) -> Identifier:
    """The row, not yet saved."""
    return Identifier(
        account=account,
        kind=contact.kind,
        scope=scope,
        value=contact.value,
        normal=contact.normal,
        label=contact.label if scope else "",
        is_primary=contact.is_primary,
        by_default=contact.by_default,
        **more,
    )


def account_with_email(normal: str, realm: str = Realm.CUSTOMER) -> Account | None:
    """The live account whose own an address is, in its normal form."""
    return Account.objects.filter(
        identifiers__scope="",
        identifiers__kind=IdentifierKind.EMAIL,
        identifiers__normal=normal,
        identifiers__realm=realm,
        identifiers__retired_at=None,
    ).first()


def account_with_phone(normal: str, realm: str = Realm.CUSTOMER) -> Account | None:
    """The full account that has proven this number (E.164). One that a website said opens no door."""
    return Account.objects.filter(
        kind=Kind.FULL,
        identifiers__scope="",
        identifiers__kind=IdentifierKind.PHONE,
        identifiers__normal=normal,
        identifiers__realm=realm,
        identifiers__retired_at=None,
        identifiers__verified_at__isnull=False,
    ).first()


def phone_of(account: Account) -> Identifier | None:
    """The number that an account has proven as its own."""
    own = Identifier.objects.filter(account=account, scope="", kind=IdentifierKind.PHONE, retired_at=None)
    return own.filter(verified_at__isnull=False).order_by("-is_primary", "pk").first()


def first_email(
    account: Account, said: str, *, verified_at: dt.datetime | None = None, realm: str = Realm.CUSTOMER
) -> Identifier:
    """Give a new account its own address; raises BadIdentifier, and IntegrityError where another holds it."""
    row = row_of(email(said), account, realm=realm, verified_at=verified_at)
    row.save()
    return row
