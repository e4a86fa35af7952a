"""E-mail addresses and the other handles by which somebody is found.

An address has one normal form; two that share it are one address.
"""

import datetime as dt
import unicodedata

from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from accounts.models import Account, Identifier, IdentifierKind, Realm


class BadIdentifier(ValueError):
    """The text is for whoever said the identifier."""


class Taken(Exception):
    """The identifier belongs to another live account. Never shown as such to a customer."""


def normal_email(said: str) -> tuple[str, str]:
    """(as delivered, normal form) of an e-mail address.

    The normal form is NFKC, lower case, with the domain in IDNA form. A plus-tag is part of the address.
    """
    if len(said) > 320 or any(unicodedata.category(char) == "Cc" for char in said):
        raise BadIdentifier(_("This is not an e-mail address."))
    try:
        checked = validate_email(said.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise BadIdentifier(_("This is not an e-mail address.")) from None
    domain = (checked.ascii_domain or checked.domain).lower()
    local = unicodedata.normalize("NFKC", checked.local_part).casefold()
    return checked.normalized, f"{local}@{domain}"


def limit_key(normal: str) -> str:
    """The address as limits count it: plus-tags reach the same mailbox."""
    local, _at, domain = normal.rpartition("@")
    return f"{local.split('+')[0]}@{domain}"


def account_with_email(normal: str, realm: str = Realm.CUSTOMER) -> Account | None:
    """The live account of an address in its normal form."""
    return Account.objects.filter(
        identifiers__kind=IdentifierKind.EMAIL,
        identifiers__normal=normal,
        identifiers__realm=realm,
        identifiers__retired_at=None,
    ).first()


def first_email(
    account: Account, said: str, *, verified_at: dt.datetime | None = None, realm: str = Realm.CUSTOMER
) -> Identifier:
    """Give a new account its address; raises BadIdentifier, and IntegrityError where another holds it."""
    value, normal = normal_email(said)
    return Identifier.objects.create(
        account=account,
        realm=realm,
        kind=IdentifierKind.EMAIL,
        value=value,
        normal=normal,
        verified_at=verified_at,
        is_primary=True,
    )
