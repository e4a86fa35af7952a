"""Groups at the SCIM door: what websites and identity providers send, and what of it is kept."""

from typing import Any

from accounts.models import Segment, SegmentMember
from tests.provisioning.scim.door import PATCH, Answer, Site, user

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
STRANGER = "11111111-1111-4111-8111-111111111111"


def person(site: Site, name: str) -> str:
    """The id of a new user."""
    return str(site.post(user(f"{name}@example.com")).json()["id"])


def people(site: Site, *names: str) -> list[str]:
    return [person(site, name) for name in names]


def group(name: str = "Regulars", members: list[str] | None = None, /, **more: object) -> dict[str, Any]:
    said = {} if members is None else {"members": [{"value": key} for key in members]}
    return {"schemas": [GROUP], "displayName": name, **said, **more}


def made(site: Site, name: str = "Regulars", members: list[str] | None = None, /, **more: object) -> str:
    """The id of a new group."""
    answer = site.call("POST", "/Groups", group(name, members, **more))
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def patch(site: Site, key: str, *steps: dict[str, Any], **headers: str) -> Answer:
    return site.call("PATCH", f"/Groups/{key}", {"schemas": [PATCH], "Operations": list(steps)}, **headers)


def shown(site: Site, key: str) -> dict[str, Any]:
    body: dict[str, Any] = site.get(f"/Groups/{key}").json()
    return body


def shown_members(body: dict[str, Any]) -> set[str]:
    return {member["value"] for member in body.get("members", ())}


def members(key: str) -> set[str]:
    rows = SegmentMember.objects.filter(segment_id=key).values_list("membership_id", flat=True)
    return {str(member) for member in rows}


def version(key: str) -> int:
    return Segment.objects.get(pk=key).version
