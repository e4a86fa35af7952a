"""The operator's workbench: targets, and websites."""

from provisioning.admin import connectors, deliveries, runs, websites
from provisioning.admin.links import links_of

__all__ = ["connectors", "deliveries", "links_of", "runs", "websites"]
