"""The kinds of targets: one line each."""

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Kind
from provisioning.connectors.hubspot import HubSpot
from provisioning.models import Connector

_ALL: list[Kind] = [
    HubSpot(),
]

KINDS: dict[str, Kind] = {kind.kind: kind for kind in _ALL}


def kind_of(connector: Connector) -> Kind:
    """Raises NeedsHuman for a kind that this version of the program doesn't have."""
    try:
        return KINDS[connector.kind]
    except KeyError:
        raise NeedsHuman(
            f"There is no kind of connector called “{connector.kind}”: correct the connector's kind."
        ) from None
