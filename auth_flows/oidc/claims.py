"""Claims about a person, by scope (OpenID Connect Core, 5.1 and 5.4)."""

from collections.abc import Collection

from accounts.attributes import ATTRIBUTES
from accounts.models import Account, Identifier, IdentifierKind, ProfileValue, Source
from accounts.profiles import Known, strongest
from accounts.snapshot import Handle, Snapshot
from accounts.values import Value
from auth_flows.oidc.scopes import EMAIL, PROFILE

OF_PROFILE = {attribute.claim: name for name, attribute in ATTRIBUTES.items() if attribute.claim}
SUPPORTED = ("name", *OF_PROFILE, "email", "email_verified")


def of_person(account: Account, scopes: Collection[str]) -> dict[str, Value | bool]:
    """What these scopes open. One query for each of `profile` and `email`."""
    known = _snapshot(account, scopes)
    found: dict[str, Value | bool] = {}
    if PROFILE in scopes:
        found |= _profile(known)
    if EMAIL in scopes and known.email:
        found |= {"email": known.email.value, "email_verified": known.email.verified_at is not None}
    return found


def _profile(known: Snapshot) -> dict[str, Value | bool]:
    said = {claim: known.values[name].value for claim, name in OF_PROFILE.items() if name in known.values}
    parts = [str(said[claim]) for claim in ("given_name", "family_name") if claim in said]
    return {**said, "name": " ".join(parts)} if parts else dict(said)


def _snapshot(account: Account, scopes: Collection[str]) -> Snapshot:
    """Only the parts that are asked for: a token's answer may not cost what a whole snapshot does."""
    return Snapshot(
        account_id=account.pk,
        kind=account.kind,
        status=account.status,
        version=account.version,
        handles=_handles(account) if EMAIL in scopes else (),
        values=_values(account) if PROFILE in scopes else {},
    )


def _handles(account: Account) -> tuple[Handle, ...]:
    own = Identifier.objects.filter(account=account, scope="")
    rows = own.filter(kind=IdentifierKind.EMAIL, retired_at=None)
    return tuple(
        Handle(row.kind, row.value, row.verified_at, row.is_primary)
        for row in rows.order_by("created_at", "id")
    )


def _values(account: Account) -> dict[str, Known]:
    """What a website reported is between it and its brand: no app learns it before the person says it. What
    a target found out proves nothing."""
    rows = ProfileValue.objects.filter(account=account, attribute__in=OF_PROFILE.values())
    return strongest(rows.exclude(source__in=[Source.WEBSITE, Source.TARGET]))
