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
