"""A Mixpanel project as the connector's settings name it: where it lives, and by what it lets us in.

The secret is `service-account:its-secret`, and after a space, where there is one, a GDPR token. Without it
Mixpanel deletes profiles for us, but no events.
"""

import base64
import re
from dataclasses import dataclass

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Setting
from provisioning.models import Connector

REGIONS = {"us": "", "eu": "eu", "in": "in"}
SIMPLIFIED, ORIGINAL = "simplified", "original"

SETTINGS = (
    Setting(
        "region",
        "Region",
        "Where the project's data live. With a wrong one Mixpanel takes everything, and loses it.",
        required=True,
        choices=tuple(REGIONS),
    ),
    Setting("project_id", "Project id", "A number.", required=True),
    Setting("project_token", "Project token", required=True),
    Setting(
        "identity",
        "Identity merge",
        "As Mixpanel names it in the project's settings: simplified for organisations since April 2024.",
        required=True,
        choices=(SIMPLIFIED, ORIGINAL),
    ),
    Setting(
        "gdpr_token_until",
        "GDPR token valid until",
        "The secret is the service account as name:secret, then a space and the GDPR token, without which "
        "events can't be deleted. A token is good for a year.",
    ),
    Setting("base_url", "Address", "Empty: Mixpanel's own of the region."),
)


@dataclass(frozen=True)
class Project:
    id: str
    token: str
    identity: str
    account: str
    """Service account and secret, parted by a colon."""
    gdpr_token: str
    gdpr_token_until: str
    ingestion_url: str
    application_url: str
    """Of what is asked rather than told."""

    @property
    def basic(self) -> str:
        return f"Basic {base64.b64encode(self.account.encode()).decode()}"


def project_of(connector: Connector) -> Project:
    """Raises NeedsHuman for settings with which nothing can be sent."""
    said = {one.name: str(connector.settings.get(one.name) or "").strip() for one in SETTINGS}
    for one in SETTINGS:
        if one.required and not said[one.name]:
            raise NeedsHuman(f"The connector's settings lack {one.name}: enter it.")
        if one.choices and said[one.name] not in one.choices:
            raise NeedsHuman(f"The connector's {one.name} must be one of {', '.join(one.choices)}.")
    if not re.fullmatch("[0-9]{1,20}", said["project_id"]):
        raise NeedsHuman("The connector's project_id must be a number, as Mixpanel shows it.")
    account, gdpr_token = _parted(connector.secret or "")
    part = REGIONS[said["region"]]
    return Project(
        id=said["project_id"],
        token=said["project_token"],
        identity=said["identity"],
        account=account,
        gdpr_token=gdpr_token,
        gdpr_token_until=said["gdpr_token_until"],
        ingestion_url=said["base_url"] or f"https://api{'-' if part else ''}{part}.mixpanel.com",
        application_url=said["base_url"] or f"https://{part}{'.' if part else ''}mixpanel.com",
    )


def _parted(secret: str) -> tuple[str, str]:
    account, *gdpr_token = secret.split() or [""]
    name, colon, own = account.partition(":")
    if not (name and colon and own) or len(gdpr_token) > 1 or not secret.isascii():
        raise NeedsHuman(
            "The connector's secret must be a Mixpanel service account as name:secret, and may have a GDPR "
            "token after a space: enter it so."
        )
    return account, "".join(gdpr_token)
