"""An account elsewhere: what comes back from a provider, and whose sign-in it makes of the one that asked.

A sign-in that is somebody's takes only an identity that is already theirs. One that is nobody's yet becomes
its owner's; or, where the provider is the authority for a proven address, that address's. Else the identity
waits in the draft for a proof of an account here, and `finish` links it.
"""

from accounts.identifiers import BadIdentifier, account_with_email, normal_email
from accounts.models import Account, Identifier, IdentifierKind, Kind, Realm
from accounts.snapshot import snapshot
from auth_flows.assurance import Method
from auth_flows.byoid.identity import Identity, Trouble
from auth_flows.byoid.linking import owner_of, used
from auth_flows.draft import Draft
from auth_flows.models import SignIn
from auth_flows.walk import Walk

CARRIED = (
    "browser_hash",
    "intent",
    "realm",
    "brand",
    "client",
    "request",
    "return_to",
    "floor",
    "captcha_at",
    "expires_at",
)


class NotTheirs(Trouble):
    """The identity is not of the account whose sign-in this is."""

    code = "not_connected"


def take(walk: Walk, identity: Identity) -> Walk:
    """The sign-in as it goes on from here, not yet saved. The caller has it locked. Raises NotTheirs."""
    assert not walk.operator, "operators bring no identities"
    owner = owner_of(identity)
    if walk.row.account_id is not None:
        if owner is None or owner.account_id != walk.row.account_id:
            raise NotTheirs("The identity is not of this account.")
        used(owner, identity, walk.now)
        walk.prove(Method.UPSTREAM)
        return walk
    if owner is not None:
        used(owner, identity, walk.now)
        return _becomes(walk, owner.account)
    return _brings(walk, identity)


def _becomes(walk: Walk, account: Account) -> Walk:
    mail = snapshot(account).email
    walk = _about(walk, *(normal_email(mail.value) if mail else ("", str(account.pk))))
    walk.draft.upstream = None
    walk.row.account_id = account.pk
    walk.prove(Method.UPSTREAM)
    return walk


def _brings(walk: Walk, identity: Identity) -> Walk:
    """An identity that is nobody's. Its address, if there is one, is whom the sign-in is about now."""
    said, normal = _address(identity)
    if normal:
        walk = _about(walk, said, normal)
    walk.draft.upstream = identity
    if normal and identity.is_proven and _is_enough(identity, normal):
        walk.prove(Method.UPSTREAM)
    elif not walk.proofs:
        walk.row.way = Method.EMAIL_CODE
    return walk


def _address(identity: Identity) -> tuple[str, str]:
    try:
        return normal_email(identity.email) if identity.email else ("", "")
    except BadIdentifier:
        return "", ""


def _about(walk: Walk, said: str, normal: str) -> Walk:
    """A sign-in about this address: this one, or one that takes its place.

    Codes, links and proofs of a sign-in are for the address that it is about: it never changes under them.
    """
    if walk.draft.normal not in ("", normal):
        row = SignIn(**{name: getattr(walk.row, name) for name in CARRIED})
        row.save(force_insert=True)
        walk = Walk(row, Draft(), walk.request, walk.now)
    walk.draft.said, walk.draft.normal = said, normal
    return walk


def _is_enough(identity: Identity, normal: str) -> bool:
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
