"""What a target may know of a person now. Decided from fetched data at the moment of sending."""

import uuid
from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.attributes import ATTRIBUTES
from accounts.models import LEAVING, MembershipStatus, Status
from accounts.snapshot import Snapshot
from accounts.values import Value
from consent.ledger import is_given
from consent.models import ConsentRecord
from provisioning.connectors import kind_of
from provisioning.connectors.base import Basis, Erase, Hold, HoldNothing, Reason, Wanted
from provisioning.mapping import EMAIL, mapping_of
from provisioning.models import Connector


def desired(connector: Connector, snapshot: Snapshot | None, stands: ConsentRecord | None) -> Wanted:
    """`snapshot` is None where there is no such account any more; `stands` is the last answer to the
    connector's purpose (`consent.ledger.current`)."""
    if snapshot is None or snapshot.status in LEAVING:
        return Erase(_("The account is erased."))
    refusal = _refusal(connector, snapshot, stands)
    if refusal or stands is None:
        return HoldNothing(refusal)
    values = known(snapshot, connector.brand_id)
    why = tuple(_reasons(connector, values))
    return Hold(
        values={reason.attribute: values[reason.attribute] for reason in why if reason.leaves},
        basis=Basis(connector.purpose.key, stands.version.number, stands.said_at),
        why=why,
    )


def known(snapshot: Snapshot, brand_id: uuid.UUID) -> dict[str, Value]:
    """What could leave at all, by attribute: the address by which the brand reaches them, and the profile."""
    reached_by = snapshot.email_at(brand_id)
    address = {EMAIL: reached_by.value} if reached_by else {}
    return {**address, **{name: said.value for name, said in snapshot.values.items()}}


def _refusal(connector: Connector, snapshot: Snapshot, stands: ConsentRecord | None) -> str:
    """Why the target may hold nothing; empty if it may."""
    membership = snapshot.memberships.get(connector.brand_id)
    if snapshot.status != Status.ACTIVE:
        return _("The account is suspended.")
    if membership is None or membership.status != MembershipStatus.ACTIVE:
        return _("The person is no active customer of this brand.")
    if stands is None:
        return _("The person has never been asked for the purpose “%(key)s”.") % {
            "key": connector.purpose.key
        }
    if not is_given(stands):
        words = {"key": connector.purpose.key, "decision": stands.decision}
        return _("The consent to “%(key)s” is %(decision)s.") % words
    return ""


def _reasons(connector: Connector, values: dict[str, Value]) -> Iterator[Reason]:
    """For each attribute there is whether it leaves, and why."""
    purpose, mapping = connector.purpose, mapping_of(connector, kind_of(connector).default_mapping)
    words = {"key": purpose.key}
    for name in (EMAIL, *ATTRIBUTES):
        if name not in purpose.releases:
            yield Reason(name, False, _("The purpose “%(key)s” does not release it.") % words)
        elif name not in mapping:
            yield Reason(name, False, _("It has no field at this target."))
        elif name not in values:
            yield Reason(name, False, _("It is not known."))
        else:
            yield Reason(name, True, _("The person agreed to “%(key)s”, which releases it.") % words)
