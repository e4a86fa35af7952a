"""A Mixpanel project: its profiles, its events, and who Mixpanel takes for one and the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from demo.sandbox.mixpanel_errors import BadRow
from demo.sandbox.shapes import Json, JsonObject, stamp

Identity = Literal["simplified", "original"]
FORBIDDEN = frozenset(
    {
        *("00000000-0000-0000-0000-000000000000", "anon", "anonymous", "nil", "none", "null", "n/a", "na"),
        *("undefined", "unknown", "empty", "0", "-1", "true", "false", "[]", "{}"),
    }
)
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
FUTURE = timedelta(hours=1)
IN_MILLISECONDS = 100_000_000_000
DEVICE = "$device:"

EventKey = tuple[str, int, str, str]
"""(event, time, distinct_id, $insert_id): by all four together Mixpanel knows a repetition."""


@dataclass
class Profile:
    properties: JsonObject = field(default_factory=dict)
    changed: str = ""


@dataclass
class Project:
    id: str
    token: str
    identity: Identity
    profiles: dict[str, Profile] = field(default_factory=dict)
    events: dict[EventKey, JsonObject] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    """Device or anonymous id -> the user into whom it was merged. Never undone."""

    def take_event(self, name: str, properties: Mapping[str, Json]) -> None:
        """Raises BadRow."""
        told = {**properties}
        moment, insert_id = _moment(told["time"]), str(told["$insert_id"])
        distinct_id = str(told["distinct_id"])
        for where, one in (("distinct_id", distinct_id), ("$insert_id", insert_id)):
            if one.lower() in FORBIDDEN:
                raise BadRow(f"properties.{where}", f"'properties.{where}' is invalid: '{one}' is forbidden")
        if self.identity == "simplified":
            distinct_id = self._merge_devices(told) or distinct_id
        told["distinct_id"] = distinct_id
        self.events[name, moment, distinct_id, insert_id] = told

    def _merge_devices(self, told: JsonObject) -> str:
        """The first event with both ids merges them; two users are never merged. Returns the distinct_id."""
        device, user = str(told.get("$device_id", "")), str(told.get("$user_id", ""))
        if device and user and self.owners.setdefault(device, user) != user:
            told["$identity_failure_reason"] = "device_id is already merged with another user_id"
        return user or (f"{DEVICE}{device}" if device else "")

    def identify(self, identified: str, anonymous: str) -> bool:
        """Original identity only: elsewhere `$identify` does nothing. Says whether they are one now."""
        if self.identity != "original" or not _is_uuid4(anonymous):
            return False
        return self.owners.setdefault(anonymous, identified) == identified

    def canonical(self, distinct_id: str) -> str:
        return self.owners.get(distinct_id.removeprefix(DEVICE), distinct_id)

    def change_profile(self, row: Mapping[str, Json]) -> None:
        """Raises BadRow."""
        distinct_id = str(row["$distinct_id"])
        if distinct_id.lower() in FORBIDDEN:
            raise BadRow("$distinct_id", f"'$distinct_id' is invalid: '{distinct_id}' is forbidden")
        said = sorted({"$set", "$set_once", "$union", "$unset", "$delete"} & row.keys())
        if len(said) != 1:
            raise BadRow("", "a record has exactly one operation")
        if said == ["$delete"]:
            self.profiles.pop(self._of_profile(row), None)
            return
        if said == ["$unset"] and distinct_id not in self.profiles:
            return
        profile = self.profiles.setdefault(self._of_profile(row), Profile())
        profile.changed = stamp()
        _change(profile.properties, said[0], row[said[0]])
        if row.get("$ip") != "0":
            profile.properties["$city"] = "Wherever our own server stands"

    def _of_profile(self, row: Mapping[str, Json]) -> str:
        distinct_id = str(row["$distinct_id"])
        return distinct_id if row.get("$ignore_alias") is True else self.canonical(distinct_id)

    def forget(self, ids: Iterable[str]) -> None:
        """What a deletion does in the end: profiles and events of exactly these ids."""
        gone = set(ids)
        self.profiles = {key: one for key, one in self.profiles.items() if key not in gone}
        self.events = {key: one for key, one in self.events.items() if not gone & _ids_of(one)}
        self.owners = {key: owner for key, owner in self.owners.items() if f"{DEVICE}{key}" not in gone}


def _ids_of(event: Mapping[str, Json]) -> set[str]:
    return {str(event["distinct_id"]), f"{DEVICE}{event.get('$device_id', '')}"}


def _moment(time: Json) -> int:
    """In milliseconds; Mixpanel takes seconds too."""
    said = time if isinstance(time, int) else -1
    moment = said if said > IN_MILLISECONDS else said * 1000
    if not EARLIEST.timestamp() * 1000 <= moment <= (datetime.now(UTC) + FUTURE).timestamp() * 1000:
        raise BadRow(
            "properties.time", "'properties.time' is invalid: must be specified as seconds since epoch"
        )
    return moment


def _is_uuid4(text: str) -> bool:
    try:
        return UUID(text).version == 4
    except ValueError:
        return False


def _change(properties: JsonObject, operation: str, said: Json) -> None:
    if isinstance(said, list):
        for name in said:
            properties.pop(str(name), None)
    if not isinstance(said, dict):
        return
    for name, value in said.items():
        if operation == "$set":
            properties[name] = value[:255] if isinstance(value, str) else value
        elif operation == "$set_once":
            properties.setdefault(name, value)
        elif isinstance(value, list):
            known = properties.get(name)
            held = list(known) if isinstance(known, list) else []
            properties[name] = [*held, *(one for one in value if one not in held)]
