"""The demo's targets: one line each. All of them stand in the sandbox."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.conf import settings

from accounts.models import Brand
from consent.models import Purpose
from provisioning import matrix
from provisioning.connectors import KINDS
from provisioning.connectors.base import TakesEvents
from provisioning.models import Connector


def _token() -> str:
    return secrets.token_urlsafe(24)


def _pair() -> str:
    return f"{_token()}:{_token()}"


@dataclass(frozen=True)
class DemoTarget:
    """A row of the demo's list of targets. `address` is the setting that says where it is."""

    kind: str
    name: str
    address: str = "base_url"
    purpose: str = "newsletter"
    settings: Mapping[str, object] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    secret: Callable[[], str] = _token


TARGETS = [
    DemoTarget("hubspot", "HubSpot", settings={"subscription_id": 1001}),
    DemoTarget(
        "salesforce",
        "Salesforce",
        address="login_url",
        settings={"with_individual": "yes"},
        mapping={
            "email": "Email",
            "given_name": "FirstName",
            "family_name": "LastName",
            "country": "MailingCountry",
            "locale": "CIAM_Language__c",
            "interests": "CIAM_Interests__c",
        },
        secret=_pair,
    ),
    DemoTarget(
        "mixpanel",
        "Mixpanel",
        purpose="analytics",
        settings={
            "region": "eu",
            "project_id": "3001",
            "project_token": "sandbox-simplified",
            "identity": "simplified",
        },
        secret=lambda: f"{_pair()} {_token()}",
    ),
]


def target(said: DemoTarget, home: Brand) -> Connector:
    """Found by its kind; its address follows the sandbox."""
    kind = KINDS[said.kind]
    row, _made = Connector.objects.get_or_create(
        brand=home,
        kind=said.kind,
        defaults={
            "name": said.name,
            "purpose": Purpose.objects.get(brand=home, key=said.purpose),
            "mapping": dict(said.mapping),
            "secret": said.secret(),
            "event_types": list(kind.event_types) if isinstance(kind, TakesEvents) else [],
            "keeps_state": kind.batch_size > 0,
        },
    )
    row.settings = {said.address: f"{settings.SANDBOX_URL}/{said.kind}", **said.settings}
    row.save(update_fields=["settings"])
    matrix.fill(row)
    return row
