"""What comes back from a provider, and whose sign-in it makes of the one that asked.

A sign-in that is somebody's takes only an identity that is already theirs. One that is nobody's yet becomes
its owner's; or, where the provider is the authority for a proven address, that address's. Else the identity
waits in the draft for a proof of an account here, and `finish` links it.
"""

from accounts.identifiers import normal_email
from accounts.models import Account
from accounts.snapshot import snapshot
from auth_flows.assurance import Method
from auth_flows.byoid.identity import Identity, Trouble
from auth_flows.byoid.linking import owner_of, used
from auth_flows.draft import Draft
from auth_flows.methods.upstream import address_of, is_enough
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
    said, normal = address_of(identity)
    if normal:
        walk = _about(walk, said, normal)
    walk.draft.upstream = identity
    if normal and identity.is_proven and is_enough(identity, normal):
        walk.prove(Method.UPSTREAM)
    elif not walk.proofs:
        walk.row.way = Method.EMAIL_CODE
    return walk


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
