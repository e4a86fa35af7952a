"""Somebody arrives who owns the address of an account whose maker never proved it (pre-hijacking: Sudhodanan
and Paverd, 2022). Whatever was attached before is somebody else's until shown otherwise, and goes."""

from django.db import models

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.memberships import revoke_sessions
from accounts.models import Account, Identifier, IdentifierKind, ProfileValue, Source
from auth_flows.assurance import Method
from auth_flows.models import Authenticator, Device, LinkedIdentity
from auth_flows.walk import Walk

ATTACHED: tuple[type[models.Model], ...] = (Authenticator, LinkedIdentity, Device)


def has_arrived(walk: Walk) -> bool:
    """Whether this walk proves the address, which nobody has proven so far."""
    upstream = walk.draft.upstream
    vouched = upstream is not None and upstream.is_proven
    proven = {proof.method for proof in walk.proofs}
    return walk.is_unproven and (Method.EMAIL_CODE in proven or (vouched and Method.UPSTREAM in proven))


def arrives(walk: Walk, account: Account) -> None:
    """In the caller's transaction, with the account locked."""
    if not has_arrived(walk):
        return
    for model in ATTACHED:
        model._default_manager.filter(account=account).delete()
    ProfileValue.objects.filter(account=account, source=Source.CUSTOMER).delete()
    Identifier.objects.filter(
        account=account, scope="", kind=IdentifierKind.EMAIL, normal=walk.draft.normal, retired_at=None
    ).update(verified_at=walk.now)
    actor = Actor("customer", str(account.pk))
    changes = [
        Change(EventType.IDENTIFIER_VERIFIED, account.pk, actor, None, ("email",)),
        Change(EventType.AUTHENTICATOR_REMOVED, account.pk, actor),
    ]
    events.record(changes, walk.now)
    revoke_sessions(account, actor)
    account.refresh_from_db(fields=["session_epoch"])
