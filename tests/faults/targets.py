"""What each vendor holds of people, and what it was ever told of them, in one form for all."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Held:
    """One record of a vendor. Without a consent the name is empty, and nobody may write."""

    email: str
    name: str
    may_be_written_to: bool


@dataclass(frozen=True)
class Told:
    """A request that told something personal of somebody."""

    email: str
    at: dt.datetime


@dataclass(frozen=True)
class Target:
    """A vendor, and how to read its state and the requests that it got."""

    slug: str
    held: Callable[[Json], Iterator[Held]]
    told: Callable[[Json], Iterator[str]]

    def records(self, state: Json) -> Mapping[str, list[Held]]:
        """By address."""
        found: dict[str, list[Held]] = defaultdict(list)
        for one in self.held(state):
            found[one.email].append(one)
        return found

    def tellings(self, requests: Sequence[Json]) -> Iterator[Told]:
        for request in requests:
            at = dt.datetime.fromisoformat(str(request["at"]))
            for email in self.told(request):
                yield Told(email, at)


def _hubspot_held(state: Json) -> Iterator[Held]:
    for contact in state["contacts"]:
        said, email = contact["properties"], contact["properties"].get("email", "")
        subscribed = "SUBSCRIBED" in state["statuses"].get(email, {}).values()
        yield Held(email, said.get("firstname", ""), subscribed)


def _hubspot_told(request: Json) -> Iterator[str]:
    body = request["body"] if isinstance(request["body"], dict) else {}
    if request["path"].endswith("/batch/upsert"):
        for row in body.get("inputs", []):
            if row["properties"].get("firstname"):
                yield str(row["properties"].get("email", ""))
    elif body.get("statusState") == "SUBSCRIBED":
        yield unquote(str(request["path"]).rsplit("/", 1)[1])


def _salesforce_held(state: Json) -> Iterator[Held]:
    for contact in state["Contact"]:
        name, opted_out = contact.get("FirstName") or "", contact.get("HasOptedOutOfEmail", True)
        yield Held(contact.get("Email") or "", name, not opted_out)


def _salesforce_told(request: Json) -> Iterator[str]:
    body = request["body"] if isinstance(request["body"], dict) else {}
    for record in body.get("records", []):
        if record.get("FirstName"):
            yield str(record.get("Email", ""))


HUBSPOT = Target("hubspot", _hubspot_held, _hubspot_told)
SALESFORCE = Target("salesforce", _salesforce_held, _salesforce_told)
TARGETS = (HUBSPOT, SALESFORCE)
