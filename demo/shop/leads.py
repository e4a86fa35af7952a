"""Tells the CIAM about somebody who asked for the catalogue, by SCIM (RFC 7643, RFC 7644).

The customer extension holds what a shop knows beyond the core schema.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

import httpx

from demo.shop.asking import CiamOdd, ask
from demo.shop.facts import Scim
from demo.shop.purposes import Purpose

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CUSTOMER = "urn:ciam:params:scim:schemas:extension:customer:2.0:User"


@dataclass(frozen=True)
class Agreed:
    """The proof of a yes: what was shown, on which page, and when it was answered."""

    purpose: Purpose
    surface: str
    at: datetime


@dataclass(frozen=True)
class Lead:
    email: str
    interests: tuple[str, ...]
    visitor: str | None
    agreed: Agreed | None


class Outcome(Enum):
    """Known and new customers are one outcome: nobody may find out here who is a customer."""

    TAKEN = auto()
    REFUSED = auto()


def tell(http: httpx.Client, scim: Scim, lead: Lead) -> Outcome:
    """Raises CiamAway, CiamOdd."""
    answer = ask(
        http,
        "POST",
        f"{scim.base_url}/Users",
        headers={"Content-Type": "application/scim+json", "Authorization": f"Bearer {scim.token}"},
        content=json.dumps(user(lead)).encode(),
    )
    match answer.status_code:
        case 201 | 409:
            return Outcome.TAKEN
        case 400:
            return Outcome.REFUSED
        case status:
            raise CiamOdd(f"SCIM answered {status}.")


def user(lead: Lead) -> dict[str, object]:
    """The SCIM user."""
    customer: dict[str, object] = {"interests": list(lead.interests), "source": "catalogue"}
    if lead.visitor is not None:
        customer["visitorId"] = lead.visitor
    if lead.agreed is not None:
        customer["consents"] = [_consent(lead.agreed)]
    return {
        "schemas": [USER, CUSTOMER],
        "userName": lead.email,
        "emails": [{"value": lead.email, "primary": True}],
        CUSTOMER: customer,
    }


def _consent(agreed: Agreed) -> dict[str, object]:
    return {
        "purpose": agreed.purpose.key,
        "decision": "given",
        "version": agreed.purpose.version,
        "textHash": agreed.purpose.text_hash,
        "locale": agreed.purpose.locale,
        "at": agreed.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "surface": agreed.surface,
    }
