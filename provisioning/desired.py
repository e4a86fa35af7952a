"""What a target may know of a person now. Decided from fetched data at the moment of sending."""

import uuid
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from accounts.attributes import ATTRIBUTES
from accounts.models import LEAVING, MembershipStatus, Status
from accounts.snapshot import Snapshot
from accounts.values import Value
from consent.ledger import Standing
from consent.models import Decision
from provisioning.connectors import kind_of
from provisioning.connectors.base import Basis, Erase, Hold, HoldNothing, Reason, Wanted
from provisioning.mapping import EMAIL, mapping_of
from provisioning.matrix import Matrix
from provisioning.models import Connector

Standings = Mapping[uuid.UUID, Standing]
"""By purpose id, of one person."""


def desired(connector: Connector, matrix: Matrix, snapshot: Snapshot | None, stands: Standings) -> Wanted:
    """`snapshot` is None where there is no such account any more; `stands` has the connector's purpose and
    those of its matrix."""
    if snapshot is None or snapshot.status in LEAVING:
        return Erase(_("The account is erased."))
    own = stands.get(connector.purpose_id)
    if own is None or not own.allows:
        return HoldNothing(_refused(connector.purpose.key, own), is_withdrawn=True)
    if pause := _pause(connector, snapshot):
        return HoldNothing(pause)
    values = known(snapshot, connector.brand_id)
    why = tuple(reasons(connector, matrix, values, stands))
    return Hold(
        values={reason.attribute: values[reason.attribute] for reason in why if reason.leaves},
        basis=_basis(own),
        why=why,
    )


def _basis(own: Standing) -> Basis:
    assert own.version is not None, "what allows has a wording"
    assert own.since is not None
    return Basis(own.purpose.key, own.version.number, own.since)


def known(snapshot: Snapshot, brand_id: uuid.UUID) -> dict[str, Value]:
    """What could leave at all, by attribute: the address by which the brand reaches them, and the profile."""
    reached_by = snapshot.email_at(brand_id)
    address = {EMAIL: reached_by.value} if reached_by else {}
    return {**address, **{name: said.value for name, said in snapshot.values.items()}}


def _pause(connector: Connector, snapshot: Snapshot) -> str:
    """Why the target may hold nothing although the person agrees; empty if it may."""
    membership = snapshot.memberships.get(connector.brand_id)
    if snapshot.status != Status.ACTIVE:
        return _("The account is suspended.")
    if snapshot.is_restricted:
        return _("The person has had processing restricted.")
    if membership is None or membership.status != MembershipStatus.ACTIVE:
        return _("The person is no active customer of this brand.")
    return ""


def _refused(key: str, standing: Standing | None) -> str:
    if standing is None or standing.record is None:
        return _("The person has never been asked for the purpose “%(key)s”.") % {"key": key}
    record = standing.record
    if record.decision == Decision.GIVEN:
        return _("The consent to “%(key)s” has expired.") % {"key": key}
    return _("The consent to “%(key)s” is %(decision)s.") % {"key": key, "decision": record.decision}


def reasons(
    connector: Connector, matrix: Matrix, values: Mapping[str, Value], stands: Standings
) -> Iterator[Reason]:
    """For each attribute there is whether it leaves, and why."""
    mapping = mapping_of(connector, kind_of(connector).default_mapping)
    for name in (EMAIL, *ATTRIBUTES):
        cells = [stands[key] for key in matrix.cells.get(name, ()) if key in stands]
        basis = next((one for one in _in_order(cells) if name in one.releases), None)
        if basis is None:
            yield Reason(name, False, _why_not(name, cells))
        elif name not in mapping:
            yield Reason(name, False, _("It has no field at this target."))
        elif name not in values:
            yield Reason(name, False, _("It is not known."))
        else:
            yield Reason(name, True, _why(basis), basis.purpose.key)


def _why(basis: Standing) -> str:
    words = {"key": basis.purpose.key}
    if basis.record is None:
        return _("It serves “%(key)s”, a legitimate interest, and the person has not objected.") % words
    return _("The person agreed to “%(key)s”, which releases it.") % words


def _in_order(cells: list[Standing]) -> list[Standing]:
    return sorted(cells, key=lambda one: one.purpose.key)


def _why_not(name: str, cells: list[Standing]) -> str:
    """No purpose lets this attribute leave: the first reason in the order of the purposes' keys."""
    if not cells:
        return _("No purpose releases it to this target.")
    first = _in_order(cells)[0]
    for one in _in_order(cells):
        if one.allows:
            words = {"key": one.purpose.key}
            return _("The wording of “%(key)s” that the person agreed to does not tell of it.") % words
    return _refused(first.purpose.key, first)
