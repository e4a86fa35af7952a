"""Joining a visitor with a customer at Mixpanel, and under which ids it knows somebody then.

https://docs.mixpanel.com/docs/tracking-methods/id-management
What is joined can't be parted again: not even by Mixpanel.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from provisioning.connectors.base import Push
from provisioning.connectors.mixpanel_project import ORIGINAL, Project
from provisioning.connectors.mixpanel_wire import Ingestion, Row

VISIT = "visitor_id"
LONGEST_REMOTE_ID = 200
FORBIDDEN = frozenset(
    {
        *("00000000-0000-0000-0000-000000000000", "anon", "anonymous", "nil", "none", "null", "n/a", "na"),
        *("undefined", "unknown", "empty", "0", "-1", "true", "false", "[]", "{}"),
    }
)
OURS = uuid.UUID("5b0f5c8e-0c0f-4f0e-9a55-3d1f6f0a7c11")


@dataclass(frozen=True)
class Ids:
    """Under which Mixpanel knows somebody: our own, and the numbers of visits that were joined with it, the
    newest first. Kept as the link's remote id, so that their deletion can be asked for once the numbers are
    forgotten here."""

    member: str
    visits: tuple[str, ...] = ()

    @classmethod
    def of(cls, push: Push) -> "Ids":
        _member, *visits = push.remote_id.split() or [""]
        return cls(str(push.member_id), tuple(unquote(one) for one in visits))

    def with_visit(self, visit: str) -> "Ids":
        return replace(self, visits=(visit, *(one for one in self.visits if one != visit)))

    def as_text(self) -> str:
        """As many visits as there is room for; with UUIDs, the last four."""
        text = self.member
        for visit in self.visits:
            more = f"{text} {quote(visit, safe='')}"
            text = more if len(more) <= LONGEST_REMOTE_ID else text
        return text


def distinct_id(project: Project, visit: str) -> str:
    return visit if project.identity == ORIGINAL else f"$device:{visit}"


def can_be_joined(project: Project, visit: str) -> bool:
    """Mixpanel says nothing of those with which it does nothing."""
    return _is_uuid4(visit) if project.identity == ORIGINAL else visit.lower() not in FORBIDDEN


@dataclass(frozen=True)
class Joining:
    """A visit that becomes a customer's; `at` is when they agreed."""

    member: str
    visit: str
    at: dt.datetime


def join(wire: Ingestion, project: Project, visits: Sequence[Joining]) -> None:
    """Repeated, it is the same event once more."""
    if project.identity == ORIGINAL:
        wire.track([_identify(project, one) for one in visits])
    else:
        wire.events([_joined(one) for one in visits])


def _identify(project: Project, one: Joining) -> Row:
    return {
        "event": "$identify",
        "properties": {"$identified_id": one.member, "$anon_id": one.visit, "token": project.token},
    }


def _joined(one: Joining) -> Row:
    return {
        "event": "Visit joined",
        "properties": {
            "time": int(one.at.timestamp() * 1000),
            "$insert_id": str(uuid.uuid5(OURS, f"{one.member} {one.visit}")),
            "distinct_id": one.member,
            "$user_id": one.member,
            "$device_id": one.visit,
            "ip": "0",
        },
    }


def _is_uuid4(text: str) -> bool:
    try:
        return uuid.UUID(text).version == 4
    except ValueError:
        return False
