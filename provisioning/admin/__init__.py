"""The operator's workbench: targets, and websites."""

from provisioning.admin import websites
from provisioning.admin.targets import links_of

__all__ = ["links_of", "websites"]
