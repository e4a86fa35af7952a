"""Any service that speaks SCIM 2.0: its users are kept in step, under our member id as their externalId.

https://www.rfc-editor.org/rfc/rfc7644 (protocol), https://www.rfc-editor.org/rfc/rfc7643 (schemas)

Secret: the bearer token. Fields of the mapping are paths (`scim_paths`). The userName isn't mapped: it is the
e-mail address where that may leave, else our member id. Whom the service may no longer know is deactivated
there and cleared, or deleted, as the connector's settings say; erasure deletes in any case.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from accounts.attributes import ATTRIBUTES
from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Answer, Push, Setting
from provisioning.connectors.scim_paths import Place, place_of
from provisioning.connectors.scim_sync import Sync, Terms
from provisioning.connectors.scim_users import EXTERNAL_ID, USER_NAME, Users
from provisioning.connectors.scim_wire import Abilities, ScimWire, abilities_of, ask_abilities
from provisioning.mapping import EMAIL, mapping_of
from provisioning.models import Connector

DEACTIVATE, DELETE = "deactivate", "delete"
AUTO, NO = "auto", "no"
# Those that every service has by RFC 7643; what only some have an operator maps.
_DEFAULT = {name: one.scim for name, one in ATTRIBUTES.items() if not one.scim.startswith("urn:")}


class Scim:
    kind: ClassVar[str] = "scim"
    title: ClassVar[str] = "SCIM 2.0"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "base_url", "Address", "Under which /Users is, such as https://x.example/scim/v2", required=True
        ),
        Setting(
            "match",
            "Found by",
            "Who is there already. By userName only where the service can't be asked for externalId.",
            default=EXTERNAL_ID,
            choices=(EXTERNAL_ID, USER_NAME),
        ),
        Setting(
            "withdrawal",
            "When consent ends",
            "deactivate: active is false, and what we wrote is cleared.",
            default=DEACTIVATE,
            choices=(DEACTIVATE, DELETE),
        ),
        Setting(
            "bulk", "Bulk requests", "auto: where the service offers them.", default=AUTO, choices=(AUTO, NO)
        ),
    )
    default_mapping: ClassVar[Mapping[str, str]] = {EMAIL: 'emails[type eq "work"].value', **_DEFAULT}
    batch_size: ClassVar[int] = 50

    def check(self, connector: Connector, deadline: float) -> str:
        with ScimWire(connector, deadline) as wire:
            abilities = ask_abilities(wire)
            places = _places(connector, abilities, wire)
            # Nobody's: whether it may be asked, and what is found is nothing.
            Users(wire, abilities).find(_match(connector), [str(connector.pk)])
            return _described(abilities, places, wire)

    def prepare(self, connector: Connector, deadline: float) -> None:
        with ScimWire(connector, deadline) as wire:
            _places(connector, abilities_of(wire, connector), wire)

    def push(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        with ScimWire(connector, deadline) as wire:
            abilities = abilities_of(wire, connector)
            if connector.settings.get("bulk") == NO:
                abilities = replace(abilities, bulk_operations=0)
            places = _places(connector, abilities, wire)
            yield from _sync(wire, connector, abilities, places).push(pushes)

    def held_there(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, str] | None]]:
        mapping = mapping_of(connector, self.default_mapping)
        with ScimWire(connector, deadline) as wire:
            abilities = abilities_of(wire, connector)
            places = _places(connector, abilities, wire)
            for link_id, user in _sync(wire, connector, abilities, places).held_there(pushes):
                if user is None:
                    yield link_id, None
                else:
                    texts = {mapping[name]: place.read(user.tree) for name, place in places.items()}
                    yield link_id, {path: text for path, text in texts.items() if text}


def _sync(wire: ScimWire, connector: Connector, abilities: Abilities, places: Mapping[str, Place]) -> Sync:
    terms = Terms(
        system=wire.system,
        match=_match(connector),
        deletes=connector.settings.get("withdrawal") == DELETE,
        places=places,
    )
    return Sync(Users(wire, abilities), abilities, terms)


def _match(connector: Connector) -> str:
    return USER_NAME if connector.settings.get("match") == USER_NAME else EXTERNAL_ID


def _places(connector: Connector, abilities: Abilities, wire: ScimWire) -> dict[str, Place]:
    """By attribute. Raises NeedsHuman for what can't be mapped, or what the service lacks."""
    mapping = mapping_of(connector, Scim.default_mapping)
    places = {name: place_of(path) for name, path in mapping.items()}
    lacking = sorted(place.attribute[:100] for place in places.values() if not abilities.has(place))
    if lacking:
        named = ", ".join(lacking)
        raise NeedsHuman(f"{wire.system} publishes no attribute {named} at /Schemas: correct the mapping.")
    return places


def _described(abilities: Abilities, places: Mapping[str, Place], wire: ScimWire) -> str:
    how = "by PATCH" if abilities.patch else "by PUT"
    many = f"up to {abilities.bulk_operations} in a request" if abilities.bulk_operations else "one by one"
    more = [
        name for name, one in ATTRIBUTES.items() if name not in places and _is_offered(one.scim, abilities)
    ]
    also = f" It also publishes {', '.join(more)}: map them to send them." if more else ""
    return f"{wire.system} accepts the token. Users are changed {how}, {many}.{also}"


def _is_offered(path: str, abilities: Abilities) -> bool:
    place = place_of(path)
    return bool(place.schema) and abilities.has(place)
