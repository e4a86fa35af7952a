"""What brands call a person by, once that person has another address."""

import uuid

from accounts.models import Account, Identifier, IdentifierKind, Membership, MembershipStatus

NAMED = {
    IdentifierKind.EMAIL: [IdentifierKind.EMAIL, IdentifierKind.USERNAME],
    IdentifierKind.PHONE: [IdentifierKind.PHONE],
}


def follow(account: Account, before: str, main: Identifier) -> list[uuid.UUID]:
    """A brand that calls or reaches this person by the old address does so by the new one, which was proven:
    the old mailbox may be somebody else's soon. What a brand calls them otherwise stays its own affair.

    `before` is a normal form. Returns the brands where something changed; the caller records the event.
    """
    live = Membership.objects.filter(account=account).exclude(status=MembershipStatus.ENDED)
    brands = {str(brand): brand for brand in live.values_list("brand_id", flat=True)}
    rows = Identifier.objects.filter(account=account, scope__in=brands, normal=before, retired_at=None)
    moved = list(rows.filter(kind__in=NAMED[IdentifierKind(main.kind)]).order_by("pk"))
    if before == main.normal:
        return []
    for row in moved:
        same = Identifier.objects.filter(scope=row.scope, kind=row.kind, normal=main.normal, retired_at=None)
        same.filter(account=account).delete()
        if row.is_primary and row.kind != IdentifierKind.PHONE:
            # Who has proven an address is called so, and nobody else (`memberships.begin_proven`).
            same.filter(is_primary=True).delete()
        row.value, row.normal = main.value, main.normal
        row.save(update_fields=["value", "normal"])
    return sorted({brands[row.scope] for row in moved})
