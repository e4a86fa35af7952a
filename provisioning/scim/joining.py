"""POST /Users: somebody whom a website met (RFC 7644, section 3.3)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from scim2_models import Resource, UniquenessException

from accounts import events
from accounts.handles import Handles
from accounts.models import IdentifierKind, Membership
from accounts.profiles import Known
from accounts.registration import AlreadyMember, Met, meet, raced
from consent.models import ConsentRecord
from consent.proofs import Report
from provisioning.scim.lens import Answer, Lens
from provisioning.scim.looking import look_at
from provisioning.scim.records import keep_reported, write_answers
from provisioning.scim.resources import Tree, tree_of
from provisioning.scim.told import (
    attributes_of,
    consents_of,
    handles_of,
    plain,
    reports_of,
    values_of,
    words_of,
)
from provisioning.tracking import TRACKING
from provisioning.websites import Caller

REACHED_BY = {IdentifierKind.EMAIL, IdentifierKind.PHONE}


def join(caller: Caller, user: Resource[Any], now: dt.datetime) -> Tree:
    """The new user, all of it or nothing. Raises Uniqueness where the brand has this person already.

    Whether the person was known elsewhere shows neither in the answer nor in an error.
    """
    tree = plain(user)
    handles = handles_of(tree, caller)
    met = Met(
        name=next(c for _scope, c in handles.contacts if c.kind == IdentifierKind.USERNAME),
        contacts=[c for _scope, c in handles.contacts if c.kind in REACHED_BY],
        values=values_of(attributes_of(tree), caller),
        said=caller.said(now),
        active=tree.get("active") is not False,
        is_proven=caller.website.is_trusted,
        ids=[pair for pair in handles.contacts if pair[1].kind == IdentifierKind.EXTERNAL_ID],
    )
    reports = reports_of(consents_of(tree), caller, now)
    return raced(lambda: _join(caller, tree, handles, met, reports))


def _join(
    caller: Caller, tree: Mapping[str, Any], handles: Handles, met: Met, reports: Sequence[Report]
) -> Tree:
    now = met.said.at
    with events.together():
        try:
            met_now = meet(caller.brand, met, caller.actor, how="scim")
        except AlreadyMember:
            raise UniquenessException(detail="You have a user with this name, address or id.") from None
        membership = met_now.membership
        records = write_answers(membership, reports, caller, now, of_new=met_now.is_new)
        reported = words_of(consents_of(tree))
        if reported and met_now.is_new:
            membership.reported = {str(caller.website.pk): reported}
        elif reported:
            keep_reported(membership, reported, caller)
        told = tree_of(_first_sight(membership, handles, met, records, reported))
    if TRACKING.isdisjoint(met.values):
        return told
    # What the person has not agreed to is forgotten by now.
    kept = look_at(caller, membership.pk)
    return tree_of(kept) if kept else told


def _first_sight(
    membership: Membership,
    handles: Handles,
    met: Met,
    records: Sequence[ConsentRecord],
    reported: Sequence[Mapping[str, Any]],
) -> Lens:
    """The lens on somebody whom the brand met now: what was just said, and nothing to read."""
    said = met.said
    return Lens(
        membership=membership,
        changed_at=said.at,
        handles=handles,
        values={name: Known(value, said.source, said.by, said.at) for name, value in met.values.items()},
        answers=tuple(Answer.of(record) for record in records),
        reported=tuple(reported),
    )
