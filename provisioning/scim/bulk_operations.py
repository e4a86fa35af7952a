"""One operation of a bulk request: how it is read, and what it does (RFC 7644, section 3.7)."""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scim2_models import (
    Context,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    NotFoundException,
    SCIMException,
)

from provisioning.models import Scope
from provisioning.scim import changing, joining, segments
from provisioning.scim.errors import MethodNotAllowed, ScopeMissing
from provisioning.scim.payload import MOST_ENTRIES, MOST_MEMBERS, check_contents
from provisioning.scim.resources import version_of
from provisioning.scim.sent import group_of, group_patch_of, user_of, user_patch_of
from provisioning.websites import Caller

Tree = Mapping[str, object]

PATH = re.compile(r"/(Users|Groups)(?:/([^/]+))?")
NAMES = frozenset({"method", "path", "bulkid", "version", "data"})
# Of answers: whoever sends one back with them means nothing by it.
OF_ANSWERS = frozenset({"location", "response", "status"})
SCOPES = {"POST": Scope.CREATE, "PUT": Scope.UPDATE, "PATCH": Scope.UPDATE, "DELETE": Scope.DELETE}
MADE, DONE, ENDED = 201, 200, 204


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    bulk_id: str = ""
    version: str | None = None
    data: object = None
    fault: SCIMException | None = None
    """Why it can't be done, whatever else happens."""


@dataclass(frozen=True)
class Done:
    status: int
    key: str
    version: str | None = None


def read(raw: object) -> Operation:
    """Never raises: what is wrong with one operation is that one's fault (RFC 7644, section 3.7.3)."""
    said = {name.lower(): value for name, value in raw.items()} if isinstance(raw, dict) else {}
    method, path, bulk_id, version = (said.get(name) for name in ("method", "path", "bulkid", "version"))
    return Operation(
        method=method.upper() if isinstance(method, str) else "",
        path=path if isinstance(path, str) else "",
        bulk_id=bulk_id if isinstance(bulk_id, str) else "",
        version=version if isinstance(version, str) else None,
        data=said.get("data"),
        fault=_fault(raw, said),
    )


def _fault(raw: object, said: Tree) -> SCIMException | None:
    texts = [name for name in NAMES - {"data"} if not isinstance(said.get(name, ""), str | None)]
    if not isinstance(raw, dict) or said.keys() - NAMES - OF_ANSWERS:
        return InvalidSyntaxException(detail="An operation has a method, path, bulkId, version and data.")
    if texts:
        return InvalidValueException(detail=f"{', '.join(sorted(texts))}: not a text.")
    method = str(said.get("method", "")).upper()
    if method not in SCOPES:
        return InvalidValueException(detail=f"The method is one of {', '.join(SCOPES)}.")
    if method == "POST" and not said.get("bulkid"):
        return InvalidValueException(detail="A POST has a bulkId.")
    if method != "DELETE" and not isinstance(said.get("data"), dict):
        return InvalidValueException(detail="data: what the request alone would have as its body.")
    return None


def perform(caller: Caller, operation: Operation, now: dt.datetime) -> Done:
    """What the single request would do, all of it or nothing, and what that would raise."""
    if operation.fault:
        raise operation.fault
    match = PATH.fullmatch(operation.path)
    if match is None:
        raise InvalidPathException(detail="The path is that of users or groups, or of one of them.")
    kind, key = KINDS[match[1]], match[2]
    if (operation.method == "POST") == bool(key):
        raise MethodNotAllowed("PUT, PATCH, DELETE" if key else "POST")
    needed = SCOPES[operation.method]
    if needed not in caller.scopes:
        raise ScopeMissing(needed)
    data = operation.data if isinstance(operation.data, dict) else {}
    check_contents(data, kind.longest)
    if operation.method == "POST":
        return kind.create(caller, data, now)
    one = Target(_id(key), operation.version, now)
    if operation.method == "DELETE":
        kind.end(caller, one.key, one.version, now)
        return Done(ENDED, str(one.key))
    return (kind.replace if operation.method == "PUT" else kind.change)(caller, one, data)


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFoundException from None


@dataclass(frozen=True)
class Target:
    key: uuid.UUID
    version: str | None
    now: dt.datetime


@dataclass(frozen=True)
class Kind:
    """What is done with the resources of one endpoint: the same as by single requests."""

    longest: int
    create: Callable[[Caller, Tree, dt.datetime], Done]
    replace: Callable[[Caller, Target, Tree], Done]
    change: Callable[[Caller, Target, Tree], Done]
    end: Callable[[Caller, uuid.UUID, str | None, dt.datetime], None]


def _user(user: dict[str, Any], status: int) -> Done:
    return Done(status, str(user["id"]), version_of(user))


def _create_user(caller: Caller, tree: Tree, now: dt.datetime) -> Done:
    return _user(joining.join(caller, user_of(tree, Context.RESOURCE_CREATION_REQUEST), now), MADE)


def _replace_user(caller: Caller, one: Target, tree: Tree) -> Done:
    user = user_of(tree, Context.RESOURCE_REPLACEMENT_REQUEST)
    return _user(changing.replace(caller, one.key, user, one.version, one.now), DONE)


def _change_user(caller: Caller, one: Target, tree: Tree) -> Done:
    return _user(changing.change(caller, one.key, user_patch_of(tree), one.version, one.now), DONE)


def _group(segment: Any, status: int) -> Done:
    return Done(status, str(segment.pk), segments.version_of(segment))


def _create_group(caller: Caller, tree: Tree, now: dt.datetime) -> Done:
    return _group(segments.create(caller, group_of(tree, Context.RESOURCE_CREATION_REQUEST), now), MADE)


def _replace_group(caller: Caller, one: Target, tree: Tree) -> Done:
    group = group_of(tree, Context.RESOURCE_REPLACEMENT_REQUEST)
    return _group(segments.replace(caller, one.key, group, one.version, one.now), DONE)


def _change_group(caller: Caller, one: Target, tree: Tree) -> Done:
    return _group(segments.change(caller, one.key, group_patch_of(tree), one.version, one.now), DONE)


KINDS: Mapping[str, Kind] = {
    "Users": Kind(MOST_ENTRIES, _create_user, _replace_user, _change_user, changing.end),
    "Groups": Kind(MOST_MEMBERS, _create_group, _replace_group, _change_group, segments.end),
}
