"""The kinds of targets: one line each."""

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Kind
from provisioning.connectors.hubspot import HubSpot
from provisioning.connectors.mixpanel import Mixpanel
from provisioning.connectors.salesforce import Salesforce
from provisioning.connectors.scim import Scim
from provisioning.connectors.security_events import SecurityEvents
from provisioning.connectors.webhook import Webhook
from provisioning.models import Connector

_ALL: list[Kind] = [
    HubSpot(),
    Mixpanel(),
    Salesforce(),
    Scim(),
    SecurityEvents(),
    Webhook(),
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
