"""POST, PUT, PATCH and DELETE of a group, which is a segment of the brand (RFC 7644, section 3)."""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from scim2_models import (
    MutabilityException,
    NotFoundException,
    PatchOp,
    PreconditionFailedException,
    Resource,
)

from accounts import segments
from accounts.models import Segment
from accounts.segments import NO_MOVES, ExternalId, Moves, only
from provisioning.scim.group_patches import members_of, split
from provisioning.scim.resources import names_version
from provisioning.scim.service import DIALECTS, Group
from provisioning.websites import Caller


def version_of(segment: Segment) -> str:
    return f'W/"{segment.version}"'


def look_up(caller: Caller, key: uuid.UUID) -> Segment:
    """Raises NotFound for what isn't a segment of the caller's brand."""
    segment = Segment.objects.filter(brand=caller.brand, pk=key).first()
    if segment is None:
        raise NotFoundException(detail="There is no such group.")
    return segment


def create(caller: Caller, group: Resource[Any], now: dt.datetime) -> Segment:
    """Raises Uniqueness where the website gave this id to another; a name may be given twice."""
    moves = only(members_of(group))
    return segments.create(
        caller.brand, group["displayName"], _external_id(group, caller), moves, caller.actor, now
    )


def replace(
    caller: Caller, key: uuid.UUID, group: Resource[Any], if_match: str | None, now: dt.datetime
) -> Segment:
    """Without members it keeps those that it has: of a large group the website wasn't shown any."""
    moves = only(members_of(group)) if "members" in group.model_fields_set else NO_MOVES
    with transaction.atomic():
        segment = _hold(caller, key, if_match)
        return _apply(caller, segment, group, moves, now)


def change(
    caller: Caller, key: uuid.UUID, patch: PatchOp[Resource[Any]], if_match: str | None, now: dt.datetime
) -> Segment:
    """Nobody is read who isn't named."""
    moves, rest = split(patch)
    with transaction.atomic():
        segment = _hold(caller, key, if_match)
        group = group_from(segment, caller)
        rest.patch(group, DIALECTS)
        if group["members"]:
            raise MutabilityException(detail="members: name them by “members” alone.")
        return _apply(caller, segment, group, moves, now)


def end(caller: Caller, key: uuid.UUID, if_match: str | None, now: dt.datetime) -> None:
    with transaction.atomic():
        segments.end(_hold(caller, key, if_match), caller.actor, now)


def group_from(segment: Segment, caller: Caller, **more: object) -> Resource[Any]:
    """As the caller knows it, without its members."""
    tree: dict[str, object] = {"id": str(segment.pk), "displayName": segment.name, **more}
    if text := segment.external_ids.get(str(caller.website.pk)):
        tree["externalId"] = text
    return Group.model_validate(tree)


def _hold(caller: Caller, key: uuid.UUID, if_match: str | None) -> Segment:
    segment = segments.hold(caller.brand, key)
    if segment is None:
        raise NotFoundException(detail="There is no such group.")
    if if_match is not None and not names_version(if_match, version_of(segment)):
        raise PreconditionFailedException(detail="The group has changed since.")
    return segment


def _apply(caller: Caller, segment: Segment, group: Resource[Any], moves: Moves, now: dt.datetime) -> Segment:
    segments.change(segment, group["displayName"], _external_id(group, caller), moves, caller.actor, now)
    return segment


def _external_id(group: Resource[Any], caller: Caller) -> ExternalId:
    return ExternalId(caller.website.pk, group["externalId"] or "")
