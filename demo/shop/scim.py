"""How a website speaks SCIM to the CIAM (RFC 7644)."""

import json
from collections.abc import Mapping

import httpx

from demo.shop.asking import ask
from demo.shop.facts import Scim

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CUSTOMER = "urn:ciam:params:scim:schemas:extension:customer:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def call(
    http: httpx.Client,
    scim: Scim,
    method: str,
    path: str,
    *,
    body: Mapping[str, object] | None = None,
    params: Mapping[str, str] | None = None,
    if_match: str = "",
) -> httpx.Response:
    """Its answer, whatever the status below 500; raises CiamAway."""
    headers = {"Authorization": f"Bearer {scim.token}", "Accept": "application/scim+json"}
    if body is not None:
        headers["Content-Type"] = "application/scim+json"
    if if_match:
        headers["If-Match"] = if_match
    content = None if body is None else json.dumps(body).encode()
    return ask(http, method, f"{scim.base_url}{path}", headers=headers, params=params, content=content)


def patch(
    http: httpx.Client, scim: Scim, key: str, *, op: str, path: str, value: object, if_match: str = ""
) -> httpx.Response:
    """Change one attribute of a user; with `if_match`, only if it is that version (section 3.14)."""
    body = {"schemas": [PATCH], "Operations": [{"op": op, "path": path, "value": value}]}
    return call(http, scim, "PATCH", f"/Users/{key}", body=body, if_match=if_match)
