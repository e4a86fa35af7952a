"""Who writes to us, and whom we keep in step."""

from provisioning.models.connector import Connector
from provisioning.models.link import Link, Outcome
from provisioning.models.website import Scope, Website, WebsiteToken

__all__ = ["Connector", "Link", "Outcome", "Scope", "Website", "WebsiteToken"]
