"""What happened, as Mixpanel's events: whose, what and when, and the names of what changed; no values.

https://developers.mixpanel.com/reference/import-events
By event, time, distinct_id and $insert_id together Mixpanel knows a repetition.
"""

import uuid
from collections.abc import Iterator, Sequence

from accounts.events import EventType
from provisioning.connectors.base import Answer, Done, Message
from provisioning.connectors.mixpanel_project import SIMPLIFIED, Project
from provisioning.connectors.mixpanel_visits import VISIT, can_be_joined
from provisioning.connectors.mixpanel_wire import Ingestion, Row
from provisioning.models import Outcome

# Not those that take a permission away: of whoever did that nothing is sent any more, not even that.
NAMES: dict[str, str] = {
    EventType.ACCOUNT_CREATED: "Account created",
    EventType.ACCOUNT_UPGRADED: "Registered",
    EventType.IDENTIFIER_VERIFIED: "Address confirmed",
    EventType.MEMBERSHIP_BEGAN: "Became a customer",
    EventType.PROFILE_CHANGED: "Profile changed",
    EventType.SIGNED_IN: "Signed in",
    EventType.SIGNED_OUT: "Signed out",
}
ARRIVED = Done("", frozenset(), Outcome.HOLDS)


def deliver(
    wire: Ingestion, project: Project, messages: Sequence[Message]
) -> Iterator[tuple[uuid.UUID, Answer]]:
    """The rows that Mixpanel refuses are refused for good: the others it has taken."""
    refused = wire.events([_row(project, message) for message in messages])
    for place, message in enumerate(messages):
        yield message.delivery_id, refused.get(place, ARRIVED)


def _row(project: Project, message: Message) -> Row:
    member = str(message.member_id)
    properties: dict[str, object] = {
        "time": int(message.at.timestamp() * 1000),
        "distinct_id": member,
        "$insert_id": str(message.delivery_id),
        "ip": "0",
    }
    if message.fields:
        properties["fields"] = list(message.fields)
    if project.identity == SIMPLIFIED:
        properties["$user_id"] = member
        visit = str(message.values.get(VISIT, ""))
        if visit and can_be_joined(project, visit):
            properties["$device_id"] = visit
    return {"event": NAMES.get(message.type, message.type), "properties": properties}
