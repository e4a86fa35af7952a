"""Many lite accounts at once, for what has to find exactly some of them."""

import datetime as dt
from collections.abc import Sequence

from accounts.models import Account, Brand, Identifier, IdentifierKind, Kind, Membership

DAY = dt.timedelta(days=1)


def lite(
    brand: Brand, contacts: Sequence[dt.datetime], warned: Sequence[dt.datetime | None]
) -> list[Account]:
    """One for each time of the last contact, warned at the time of the same place, with an address."""
    accounts = Account.objects.bulk_create(
        Account(kind=Kind.LITE, contact_at=contact, warned_at=told)
        for contact, told in zip(contacts, warned, strict=True)
    )
    Membership.objects.bulk_create(Membership(account=one, brand=brand, how="import") for one in accounts)
    for scope in ("", str(brand.pk)):
        Identifier.objects.bulk_create(
            Identifier(
                account=one,
                kind=IdentifierKind.EMAIL,
                scope=scope,
                value=address_of(one),
                normal=address_of(one),
            )
            for one in accounts
        )
    return accounts


def address_of(account: Account) -> str:
    return f"{account.pk.hex}@example.com"
