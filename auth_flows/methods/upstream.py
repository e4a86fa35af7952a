"""An account elsewhere as a proof here: which address it tells, and when that is enough."""

from accounts.identifiers import BadIdentifier, account_with_email, normal_email
from accounts.models import Identifier, IdentifierKind, Kind, Realm
from auth_flows.byoid.identity import Identity


def address_of(identity: Identity) -> tuple[str, str]:
    try:
        return normal_email(identity.email) if identity.email else ("", "")
    except BadIdentifier:
        return "", ""


def is_enough(identity: Identity, normal: str) -> bool:
    """Of a proven address: nobody full has it, or its owner has proven it too."""
    found = account_with_email(normal)
    if found is None or found.kind != Kind.FULL:
        return True
    assert found.realm == Realm.CUSTOMER
    proven = Identifier.objects.filter(
        account=found,
        scope="",
        kind=IdentifierKind.EMAIL,
        normal=normal,
        retired_at=None,
        verified_at__isnull=False,
    )
    return identity.may_join and proven.exists()
