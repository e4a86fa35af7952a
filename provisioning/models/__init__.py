"""Who writes to us, and whom we keep in step."""

from provisioning.models.connector import Connector
from provisioning.models.delivery import Delivery, DeliveryState
from provisioning.models.link import Link, Outcome
from provisioning.models.release import Release
from provisioning.models.run import Run, RunKind, RunState
from provisioning.models.website import Scope, Website, WebsiteToken

__all__ = [
    "Connector",
    "Delivery",
    "DeliveryState",
    "Link",
    "Outcome",
    "Release",
    "Run",
    "RunKind",
    "RunState",
    "Scope",
    "Website",
    "WebsiteToken",
]
