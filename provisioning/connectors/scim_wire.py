"""How a SCIM service is spoken to, and what it says that it can do (RFC 7644, sections 3.1, 3.12 and 4)."""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx

from ciam.lib.kept import Kept
from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.scim_paths import CORE, Place
from provisioning.connectors.wire import Fields, Reply, Wire
from provisioning.models import Connector

CONTENT_TYPE = "application/scim+json"
# Where a service says nothing of how much a bulk request may hold.
BULK_OPERATIONS = 100
BULK_BYTES = 1_000_000


class ScimWire(Wire):
    def __init__(self, connector: Connector, deadline: float) -> None:
        token = (connector.secret or "").strip()
        if not re.fullmatch("[!-~]+", token):
            raise NeedsHuman("The connector has no bearer token, or none that can be sent: enter one.")
        base_url = str(connector.settings.get("base_url", "")).strip()
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": CONTENT_TYPE,
            "Content-Type": CONTENT_TYPE,
        }
        super().__init__(connector.name, base_url, deadline, **headers)

    def change(self, method: str, path: str, body: Mapping[str, object] | None, version: str) -> Reply:
        """`version`: the entity tag that must still be there, if any."""
        headers = {"If-Match": version} if version else {}
        return self.call(method, path, body, None, None, **headers)

    def denies_us(self, response: httpx.Response) -> bool:
        """A 403 without a challenge is about this one person: one whom the service protects, say."""
        challenged = response.status_code == 403 and "WWW-Authenticate" in response.headers
        return response.status_code == 401 or challenged


@dataclass(frozen=True)
class Abilities:
    """Without a word of the service it can do what RFC 7644 demands of all, which is PUT.

    `attributes` are the paths of the attributes that its schemas publish, in lower case, and whether they
    have many values; None where it publishes none.
    """

    patch: bool = False
    bulk_operations: int = 0
    """0: no bulk requests."""
    bulk_bytes: int = BULK_BYTES
    attributes: dict[str, bool] | None = None

    def has(self, place: Place) -> bool:
        """Whether it takes the attribute: one of an extension only where its schemas publish it."""
        return not place.schema or _published_as(place) in (self.attributes or {})

    def is_many(self, place: Place) -> bool:
        return not place.part and (self.attributes or {}).get(_published_as(place), False)


def _published_as(place: Place) -> str:
    return f"{place.schema or CORE}:{place.name}".lower()


_known: Kept[tuple[uuid.UUID, str], Abilities] = Kept(seconds=300)


def abilities_of(wire: Wire, connector: Connector) -> Abilities:
    """As it said within the last minutes."""
    key = (connector.pk, str(connector.settings.get("base_url", "")))
    return _known.get(key, lambda: ask_abilities(wire)) or Abilities()


def ask_abilities(wire: Wire) -> Abilities:
    said = wire.call("GET", "/ServiceProviderConfig")
    config = Fields(None) if said.is_refused else said.body
    bulk = config.inner("bulk")
    most = bulk.number("maxOperations")
    return Abilities(
        patch=config.inner("patch").true("supported"),
        bulk_operations=(BULK_OPERATIONS if most is None else max(0, most)) if bulk.true("supported") else 0,
        bulk_bytes=bulk.number("maxPayloadSize") or BULK_BYTES,
        attributes=_published(wire),
    )


def _published(wire: Wire) -> dict[str, bool] | None:
    said = wire.call("GET", "/Schemas")
    if said.is_refused:
        return None
    return {path.lower(): many for schema in said.body.many("Resources") for path, many in _paths(schema)}


def _paths(schema: Fields) -> Iterator[tuple[str, bool]]:
    for one in schema.many("attributes"):
        yield f"{schema.text('id')}:{one.text('name')}", one.true("multiValued")
