"""PUT, PATCH and DELETE of a user (RFC 7644, sections 3.5 and 3.6)."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from scim2_models import (
    MutabilityException,
    NotFoundException,
    PatchOp,
    PreconditionFailedException,
    Resource,
)

from accounts import events
from accounts.events import Change, EventType
from accounts.identifiers import normal_email
from accounts.memberships import set_status
from accounts.models import Membership, MembershipStatus, ProfileValue, Source
from accounts.profiles import Said, say
from provisioning.scim.lens import visible
from provisioning.scim.reading import look_up
from provisioning.scim.records import hold_external_id, retire_external_ids, write_answers
from provisioning.scim.resources import names_version, plant, version_of
from provisioning.scim.schemas import CONSENTS
from provisioning.scim.service import DIALECTS
from provisioning.scim.told import (
    attributes_of,
    check_allowed,
    consents_of,
    email_of,
    external_id_of,
    plain,
    reports_of,
    values_of,
)
from provisioning.websites import Caller

Tree = Mapping[str, Any]


def change(
    caller: Caller, key: uuid.UUID, patch: PatchOp[Resource[Any]], if_match: str | None, now: dt.datetime
) -> Resource[Any]:
    """The user as it is then. Raises PreconditionFailed where it isn't the version that the website meant."""
    with transaction.atomic():
        membership, user = _hold(caller, key, if_match)
        before = plain(user)
        patch.patch(user, DIALECTS)
        _apply(caller, membership, before, plain(user), now)
        return look_up(caller, key)


def replace(
    caller: Caller, key: uuid.UUID, wanted: Resource[Any], if_match: str | None, now: dt.datetime
) -> Resource[Any]:
    """The user as it is then. What the website leaves out now it takes back; answers stand."""
    with transaction.atomic():
        membership, user = _hold(caller, key, if_match)
        before, after = plain(user), plain(wanted)
        if normal_email(email_of(after))[1] != before["userName"]:
            raise MutabilityException(detail="userName: the address stays as it is.")
        if not consents_of(after):
            plant(after, CONSENTS, consents_of(before))
        _apply(caller, membership, before, after, now)
        return look_up(caller, key)


def end(caller: Caller, key: uuid.UUID, if_match: str | None, now: dt.datetime) -> None:
    """End what the person has with the caller's brand; what they have elsewhere stays."""
    with transaction.atomic():
        membership, _user = _hold(caller, key, if_match)
        retire_external_ids(membership, now)
        set_status(membership, MembershipStatus.ENDED, caller.actor)


def _hold(caller: Caller, key: uuid.UUID, if_match: str | None) -> tuple[Membership, Resource[Any]]:
    locked = visible(caller).select_related("account").select_for_update(of=("account",))
    membership = locked.filter(pk=key).first()
    if membership is None:
        raise NotFoundException(detail="There is no such user.")
    # Read after the lock is held: whoever held it may have changed what is seen.
    user = look_up(caller, key)
    if if_match is not None and not names_version(if_match, version_of(user)):
        raise PreconditionFailedException(detail="The user has changed since.")
    return membership, user


def _apply(caller: Caller, membership: Membership, before: Tree, after: Tree, now: dt.datetime) -> None:
    _apply_consents(caller, membership, before, after, now)
    if external_id_of(before) != external_id_of(after):
        hold_external_id(membership, external_id_of(after), caller, now)
    changed = _apply_attributes(caller, membership, attributes_of(before), attributes_of(after), now)
    if changed:
        told = Change(
            EventType.PROFILE_CHANGED, membership.account_id, caller.actor, caller.brand.pk, tuple(changed)
        )
        events.record([told], now)
    # Left out, it stays: a replacement that doesn't speak of it must not resume anybody.
    if before["active"] != after.get("active", before["active"]):
        wanted = MembershipStatus.SUSPENDED if before["active"] else MembershipStatus.ACTIVE
        set_status(membership, wanted, caller.actor)


def _apply_consents(
    caller: Caller, membership: Membership, before: Tree, after: Tree, now: dt.datetime
) -> None:
    stand, said = consents_of(before), consents_of(after)
    if stand and not said:
        raise MutabilityException(detail="consents: an answer isn't removed; say that it is withdrawn.")
    new = [entry for entry in said if entry not in stand]
    write_answers(membership, reports_of(new, caller, now), caller, now)


def _apply_attributes(
    caller: Caller,
    membership: Membership,
    before: Mapping[str, object],
    after: Mapping[str, object],
    now: dt.datetime,
) -> set[str]:
    """The names of what changed."""
    new = {name: value for name, value in after.items() if before.get(name) != value}
    gone = set(before) - set(after)
    check_allowed(gone, caller)
    said = Said(Source.WEBSITE, str(caller.website.pk), now)
    changed = say(membership.account, values_of(new, caller), said) if new else ()
    if gone:
        ProfileValue.objects.filter(
            account=membership.account_id, source=said.source, said_by=said.by, attribute__in=gone
        ).delete()
    return {*changed, *gone}
