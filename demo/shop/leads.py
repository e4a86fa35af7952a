"""Tells the CIAM about somebody who asked for the catalogue, by SCIM (RFC 7643, RFC 7644).

The customer extension holds what a website knows beyond the core schema.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from demo.shop.asking import CiamOdd, in_json
from demo.shop.facts import Scim
from demo.shop.purposes import Purpose
from demo.shop.scim import CUSTOMER, USER, call, patch
from demo.shop.shapes import ShapeError, parts, text


class Refused(Exception):
    """The CIAM can't use the address."""


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
    source: str
    visitor: str | None
    """The number of the visit: None unless they agreed to its being known."""
    agreed: tuple[Agreed, ...] = ()


def tell(http: httpx.Client, scim: Scim, lead: Lead) -> str:
    """The id of the user that this made, or an empty text where the brand has the address already.

    Of a known customer nothing is changed but the answers: whoever entered the address has proven nothing.
    The browser must not learn which of the two it was. Raises Refused, CiamAway, CiamOdd.
    """
    answer = call(http, scim, "POST", "/Users", body=user(lead))
    match answer.status_code:
        case 201:
            return _id_of(answer)
        case 409:
            _add_consent(http, scim, lead)
            return ""
        case 400:
            raise Refused
        case status:
            raise CiamOdd(f"SCIM answered {status}.")


def user(lead: Lead) -> dict[str, object]:
    """The SCIM user."""
    customer: dict[str, object] = {"interests": list(lead.interests), "source": lead.source}
    if lead.visitor is not None:
        customer["visitorId"] = lead.visitor
    if lead.agreed:
        customer["consents"] = _consents(lead)
    return {
        "schemas": [USER, CUSTOMER],
        "userName": lead.email,
        "emails": [{"value": lead.email, "primary": True}],
        CUSTOMER: customer,
    }


def _add_consent(http: httpx.Client, scim: Scim, lead: Lead) -> None:
    if not lead.agreed:
        return
    key = _find(http, scim, lead.email)
    answer = patch(http, scim, key, op="add", path=f"{CUSTOMER}:consents", value=_consents(lead))
    if answer.status_code not in (200, 204):
        raise CiamOdd(f"SCIM answered {answer.status_code} to an answer of a known customer.")


def _find(http: httpx.Client, scim: Scim, email: str) -> str:
    # A text in a filter is written as in JSON (RFC 7644, section 3.4.2.2).
    asked = {"filter": f"userName eq {json.dumps(email)}", "attributes": "id"}
    found = in_json(call(http, scim, "GET", "/Users", params=asked))
    try:
        return text(parts(found, "Resources")[0], "id")
    except (IndexError, ShapeError) as exc:
        raise CiamOdd("SCIM knows an address that it doesn't find.") from exc


def _id_of(answer: httpx.Response) -> str:
    try:
        told = answer.json()
        return text(told if isinstance(told, dict) else {}, "id")
    except ValueError as exc:
        raise CiamOdd("SCIM made a user and answered no JSON.") from exc
    except ShapeError as exc:
        raise CiamOdd(f"SCIM made a user and answered no id: {exc}.") from exc


def _consents(lead: Lead) -> list[dict[str, object]]:
    return [_consent(one) for one in lead.agreed]


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
