"""A website at the SCIM door, over Django's own test client."""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.attributes import ATTRIBUTES, CUSTOMER_EXTENSION
from accounts.models import Brand
from consent.models import PurposeVersion, text_hash
from provisioning.models import Scope, Website
from provisioning.websites import issue_token

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

    Answer = _MonkeyPatchedWSGIResponse
else:
    Answer = HttpResponse

BASE = "/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Site:
    """A website of a brand with a token. What it sends is JSON; `raw` sends whatever it is given."""

    website: Website
    token: str
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    @property
    def brand(self) -> Brand:
        return self.website.brand

    def raw(
        self,
        method: str,
        path: str,
        body: bytes | str = b"",
        type: str = "application/scim+json",
        **headers: str,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        response: Answer = self.client.generic(method, BASE + path, body, content_type=type, headers=sent)
        return response

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        return self.raw(method, path, b"" if body is None else json.dumps(body), **headers)

    def post(self, body: object, **headers: str) -> Answer:
        return self.call("POST", "/Users", body, **headers)

    def get(self, path: str = "/Users", headers: dict[str, str] | None = None, /, **query: object) -> Answer:
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path, **(headers or {}))

    def patch(self, key: str, *operations: dict[str, Any], **headers: str) -> Answer:
        return self.call(
            "PATCH", f"/Users/{key}", {"schemas": [PATCH], "Operations": list(operations)}, **headers
        )

    def delete(self, key: str, **headers: str) -> Answer:
        return self.call("DELETE", f"/Users/{key}", **headers)

    def find(self, filter: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(filter=filter).json()["Resources"]
        return found


def site(
    brand: Brand, name: str = "shop", scopes: list[Scope] | None = None, attributes: list[str] | None = None
) -> Site:
    website = Website.objects.create(
        brand=brand, name=name, attributes=list(ATTRIBUTES) if attributes is None else attributes
    )
    return Site(website, issue_token(website, "test", list(Scope) if scopes is None else scopes))


def user(email: str = "ada@example.com", /, **extension: object) -> dict[str, Any]:
    """A user as the catalogue form sends her."""
    return {
        "schemas": [USER, CUSTOMER_EXTENSION],
        "userName": email,
        "emails": [{"value": email, "primary": True}],
        CUSTOMER_EXTENSION: extension,
    }


def proven(version: PurposeVersion, decision: str = "given", /, **changed: object) -> dict[str, object]:
    """An answer with its proof."""
    return {
        "purpose": version.purpose.key,
        "decision": decision,
        "version": version.number,
        "textHash": text_hash(version.texts["en"]),
        "locale": "en",
        "at": timezone.now().isoformat(),
        "surface": "https://shop.example/catalogue",
    } | changed


def ago(**span: float) -> str:
    return (timezone.now() - dt.timedelta(**span)).isoformat()


def extension(body: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = body.get(CUSTOMER_EXTENSION, {})
    return part


def told(site: Site, key: str) -> dict[str, Any]:
    """What a user has that a website didn't write: told to whoever asks for it by name."""
    names = ",".join(f"{CUSTOMER_EXTENSION}:{name}" for name in ("kind", "answers", "known"))
    return extension(site.get(f"/Users/{key}", attributes=names).json())
