"""The HubSpot calls that many tests make, in one line each."""

from typing import Any

import httpx

CONTACTS = "/crm/objects/2026-09/contacts"
PROPERTIES = "/crm/properties/2026-09/0-1"
STATUSES = "/communication-preferences/2026-09/statuses"
DEFINITIONS = "/communication-preferences/2026-09/definitions"


def row(id: str, *, by: str = "email", trace: str = "", **properties: str) -> dict[str, Any]:
    traced = {"objectWriteTraceId": trace} if trace else {}
    return {"id": id, "idProperty": by, "properties": properties, **traced}


def upsert(client: httpx.Client, *rows: dict[str, Any]) -> httpx.Response:
    return client.post(f"{CONTACTS}/batch/upsert", json={"inputs": list(rows)})


def contact_id(client: httpx.Client, email: str, **properties: str) -> str:
    """The id of a contact made for this e-mail."""
    made = client.post(CONTACTS, json={"properties": {"email": email, **properties}})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def create_property(client: httpx.Client, name: str, **fields: object) -> httpx.Response:
    body = {"label": name, "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    return client.post(PROPERTIES, json={"name": name, **body, **fields})


def set_status(client: httpx.Client, email: str, state: str, subscription: int = 1001) -> httpx.Response:
    body = {"channel": "EMAIL", "statusState": state, "subscriptionId": subscription}
    lawful = {"legalBasis": "CONSENT_WITH_NOTICE", "legalBasisExplanation": "Said yes on the catalogue page."}
    return client.post(f"{STATUSES}/{email}", json={**body, **lawful})


def message(answer: httpx.Response) -> str:
    return str(answer.json()["message"])
