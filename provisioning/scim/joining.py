"""POST /Users: somebody whom a website met (RFC 7644, section 3.3)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from scim2_models import Resource, UniquenessException

from accounts.identifiers import normal_email
from accounts.memberships import set_status
from accounts.models import Kind, Membership, MembershipStatus, Source
from accounts.profiles import Known, Said
from accounts.registration import AlreadyMember, Met, create_lite
from consent.models import ConsentRecord
from provisioning.scim.lens import Consent, Lens
from provisioning.scim.reading import look_up
from provisioning.scim.records import hold_external_id, write_answers
from provisioning.scim.resources import represent
from provisioning.scim.told import (
    attributes_of,
    consents_of,
    email_of,
    external_id_of,
    plain,
    reports_of,
    values_of,
)
from provisioning.websites import Caller


def join(caller: Caller, user: Resource[Any], now: dt.datetime) -> Resource[Any]:
    """The new user, all of it or nothing. Raises Uniqueness where the brand has this person already.

    Whether the person was known elsewhere shows neither in the answer nor in an error.
    """
    tree = plain(user)
    said = Said(Source.WEBSITE, str(caller.website.pk), now)
    met = Met(email=email_of(tree), values=values_of(attributes_of(tree), caller), said=said)
    external_id = external_id_of(tree)
    reports = reports_of(consents_of(tree), caller, now)
    with transaction.atomic():
        try:
            membership = create_lite(caller.brand, met, caller.actor, how="scim")
        except AlreadyMember:
            raise UniquenessException(detail="userName: you have a user with this address.") from None
        if external_id:
            hold_external_id(membership, external_id, caller, now)
        records = write_answers(membership, reports, caller, now)
        if tree.get("active") is False:
            set_status(membership, MembershipStatus.SUSPENDED, caller.actor)
        if membership.since < now:
            # Back again: what was said in earlier days counts still.
            return look_up(caller, membership.pk)
        return represent(_first_sight(membership, met, external_id, records))


def _first_sight(
    membership: Membership, met: Met, external_id: str, records: Sequence[ConsentRecord]
) -> Lens:
    """The lens on somebody of whom the brand knew nothing so far: what was just said, and nothing to read."""
    said = met.said
    return Lens(
        membership=membership,
        kind=Kind.LITE,
        email=normal_email(met.email)[1],
        external_id=external_id,
        values={name: Known(value, said.source, said.by, said.at) for name, value in met.values.items()},
        consents=tuple(Consent(record.version.purpose.key, record) for record in records),
    )
