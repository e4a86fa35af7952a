"""Requests of identity providers, letter by letter: sent as they are, and what becomes of the person."""

from typing import Any

from accounts.models import Membership
from tests.provisioning.scim.door import Site


def entra_patch(operations: str) -> str:
    return (
        '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [' + operations + "]}"
    )


def created(catalogue: Site, text: str) -> dict[str, Any]:
    answer = catalogue.raw("POST", "/Users", text, type="application/scim+json; charset=utf-8")
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def patched(catalogue: Site, key: str, operations: str) -> dict[str, Any]:
    answer = catalogue.raw("PATCH", f"/Users/{key}", entra_patch(operations))
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    assert catalogue.get(f"/Users/{key}").json() == body
    return body


def status(body: dict[str, Any]) -> str:
    return Membership.objects.get(pk=body["id"]).status
