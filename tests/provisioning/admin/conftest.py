"""The brand, its targets and people, as in the tests of the outbox."""

from tests.provisioning.outbox.conftest import (
    anna,
    crm,
    hubspot,
    memory,
    newsletter,
    people,
    running_sandbox,
    sandbox,
    shop,
)

__all__ = [
    "anna",
    "crm",
    "hubspot",
    "memory",
    "newsletter",
    "people",
    "running_sandbox",
    "sandbox",
    "shop",
]
