"""A vendor is named in its connector or gateway, in that one's templates, and by what seeds the demo: nowhere
else. A gateway has settings as well: the whole installation has one."""

import re
from pathlib import Path

import pytest

from demo.sandbox.vendors import VENDORS
from tests.architecture.tree import APPS, project_files, text_of

HOMES = ("provisioning/connectors/", "templates/provisioning/connectors/")
GATEWAYS = {"twilio": ("auth_flows/sms/", "ciam/settings.py")}
DEMO_SEED = re.compile(r"^ciam/management/commands/\w*demo\w*\.py$|^ciam/demo\w*(/|\.py$)")
# Of the sandbox: whoever receives webhooks is no target, nor is what the sign-in asks.
NAMES = sorted({make().slug for make in VENDORS} - {"receiver", "hibp", "captcha", "idp"})


def elsewhere(name: str) -> list[Path]:
    """Files above the connectors in which this name stands."""
    return [
        path
        for path in project_files(*APPS, "templates", "static")
        if not (str(path).startswith((*HOMES, *GATEWAYS.get(name, ()))) or DEMO_SEED.match(str(path)))
        and (name in text_of(path).lower() or name in str(path).lower())
    ]


def test_there_are_vendors_to_look_for() -> None:
    assert {"hubspot", "mixpanel", "salesforce"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_vendor_is_named_only_at_home(name: str) -> None:
    assert elsewhere(name) == []
