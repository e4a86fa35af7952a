"""The users of a SCIM service: looked up, and changed one by one or in bulk.

RFC 7644, sections 3.4 and 3.7.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.scim_paths import Tree
from provisioning.connectors.scim_wire import Abilities, ScimWire
from provisioning.connectors.wire import Fields, Reply, name_only

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
# So many alternatives in one filter: the address stays short enough for whatever stands before the service.
ASKED_AT_ONCE = 20
# What a bulk request has beside its operations.
ENVELOPE = 200
EXTERNAL_ID = "externalId"
USER_NAME = "userName"


@dataclass(frozen=True)
class Write:
    """One change of one user: a request of its own, or an operation of a bulk request."""

    method: str
    path: str
    body: Tree | None = None
    version: str = ""
    """The entity tag that must still be the user's (RFC 7644, section 3.14); empty: whatever it is."""


@dataclass(frozen=True)
class Result:
    """What became of it. `id` is the new user's."""

    status: int
    scim_type: str = ""
    id: str = ""

    @property
    def is_refused(self) -> bool:
        return self.status >= 400


def place_of_user(key: str) -> str:
    return f"/Users/{quote(key, safe='')}"


def version_of(user: Fields) -> str:
    return user.inner("meta").text("version")


class Users:
    def __init__(self, wire: ScimWire, abilities: Abilities) -> None:
        self._wire = wire
        self._abilities = abilities

    def get(self, key: str) -> Fields | None:
        """None where it has no such user."""
        reply = self._wire.call("GET", place_of_user(key))
        if reply.status in {404, 410}:
            return None
        if reply.is_refused:
            raise self._may_not_ask(reply)
        if not reply.body.text("id"):
            raise self._wire.unreadable()
        return reply.body

    def find(self, attribute: str, values: Iterable[str]) -> dict[str, list[Fields]]:
        """Users by the value of a unique attribute; whoever isn't there has none."""
        found: dict[str, list[Fields]] = {}
        for some in _pieces(list(dict.fromkeys(values)), ASKED_AT_ONCE):
            found |= self._find(attribute, some)
        return found

    def _find(self, attribute: str, values: Sequence[str]) -> dict[str, list[Fields]]:
        reply = self._wire.call("GET", f"/Users?filter={quote(_filter(attribute, values), safe='')}")
        users = reply.body.many("Resources")
        is_whole = not reply.is_refused and (reply.body.number("totalResults") or 0) <= len(users)
        if not is_whole and len(values) > 1:
            # It knows no “or”, or does not list so many at once.
            return {key: users for value in values for key, users in self._find(attribute, [value]).items()}
        if reply.is_refused:
            raise self._may_not_ask(reply)
        if reply.body.number("totalResults") is None:
            raise self._wire.unreadable()
        return {
            value: [one for one in users if one.text("id") and one.text(attribute).lower() == value.lower()]
            for value in values
        }

    def _may_not_ask(self, reply: Reply) -> NeedsHuman:
        reason = name_only(reply.body.text("scimType")) or str(reply.status)
        return NeedsHuman(f"{self._wire.system} refuses to be asked for users ({reason}): see the settings.")

    def perform(self, writes: Sequence[Write]) -> Iterator[Result | None]:
        """What became of each, in their order; None where the service said nothing of it."""
        for some in self._portions(writes):
            if len(some) == 1 or not self._abilities.bulk_operations:
                yield from (self.perform_one(write) for write in some)
            else:
                yield from self._perform_together(some)

    def perform_one(self, write: Write) -> Result:
        reply = self._wire.change(write.method, write.path, write.body, write.version)
        scim_type = name_only(reply.body.text("scimType"))
        return Result(reply.status, scim_type, "" if reply.is_refused else reply.body.text("id"))

    def _portions(self, writes: Sequence[Write]) -> Iterator[list[Write]]:
        """As many together as one bulk request may have, by number and size."""
        most, room = max(1, self._abilities.bulk_operations), self._abilities.bulk_bytes - ENVELOPE
        portion: list[Write] = []
        size = 0
        for write in writes:
            more = len(json.dumps(_operation(write, len(portion)))) + 2
            if portion and (len(portion) == most or size + more > room):
                yield portion
                portion, size = [], 0
            portion.append(write)
            size += more
        if portion:
            yield portion

    def _perform_together(self, writes: Sequence[Write]) -> Iterator[Result | None]:
        asked: Tree = {"schemas": [BULK], "Operations": [_operation(one, n) for n, one in enumerate(writes)]}
        reply = self._wire.call("POST", "/Bulk", asked)
        if reply.is_refused:
            # It takes no bulk requests after all, or none like this.
            yield from (self.perform_one(write) for write in writes)
            return
        results = _by_place(writes, reply.body.many("Operations"))
        yield from (results.get(place) for place in range(len(writes)))


def _operation(write: Write, place: int) -> Tree:
    operation: Tree = {"method": write.method, "path": write.path, "bulkId": str(place)}
    if write.body is not None:
        operation["data"] = write.body
    if write.version:
        operation["version"] = write.version
    return operation


def _by_place(writes: Sequence[Write], said: Iterable[Fields]) -> dict[int, Result]:
    """By the bulkId, or by the address: a service need not repeat the id of what isn't new."""
    known = {str(place): place for place in range(len(writes))}
    known |= {f"{one.method} {one.path}": place for place, one in enumerate(writes) if one.method != "POST"}
    results: dict[int, Result] = {}
    for one in said:
        key = unquote(urlsplit(one.text("location")).path.rpartition("/")[2])
        names = [one.text("bulkId"), f"{one.text('method').upper()} {place_of_user(key)}"]
        place = next((known[name] for name in names if name in known), None)
        status = _status(one)
        if place is not None and status is not None:
            scim_type = name_only(one.inner("response").text("scimType"))
            results[place] = Result(status, scim_type, "" if status >= 400 else key)
    return results


def _status(operation: Fields) -> int | None:
    """RFC 7644 has a text; services of older drafts send a number, or an object with it."""
    texts = [operation.text("status"), operation.inner("status").text("code")]
    said = next((int(text) for text in texts if text.isascii() and text.isdigit()), None)
    return said if said is not None else operation.number("status")


def _filter(attribute: str, values: Sequence[str]) -> str:
    """Values are JSON texts (RFC 7644, section 3.4.2.2)."""
    return " or ".join(f"{attribute} eq {json.dumps(value, ensure_ascii=False)}" for value in values)


def _pieces(values: list[str], most: int) -> Iterator[list[str]]:
    for start in range(0, len(values), most):
        yield values[start : start + most]
