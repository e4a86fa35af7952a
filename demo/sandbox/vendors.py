"""The vendors of the sandbox: one line each."""

from demo.sandbox.hubspot import HubSpot
from demo.sandbox.vendor import MakeVendor

VENDORS: tuple[MakeVendor, ...] = (HubSpot,)
