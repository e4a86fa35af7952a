"""References in a bulk request to what its other operations make (RFC 7644, section 3.7.2).

`bulkId:x` stands for an id that doesn't exist yet: in an operation's path, in the path of a PATCH's step, and
as the `value` of anything.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scim2_models import InvalidSyntaxException

from provisioning.scim.bulk_operations import Operation

MARK = "bulkId:"
QUOTED = re.compile(rf'"{MARK}([^"]+)"')
DEEPEST = 20

Resolve = Callable[[str], str]
"""From a bulkId to what stands in its place."""


def resolved(operation: Operation, resolve: Resolve) -> Operation:
    """With every reference replaced. Raises what `resolve` does, and InvalidSyntax for data without end."""
    endpoint, _slash, key = operation.path.rpartition("/")
    if key.startswith(MARK):
        operation = replace(operation, path=f"{endpoint}/{resolve(key.removeprefix(MARK))}")
    return replace(operation, data=_in_data(operation.data, resolve, DEEPEST))


def named(operation: Operation) -> frozenset[str]:
    """The bulkIds that an operation refers to."""
    found: set[str] = set()

    def keep(bulk_id: str) -> str:
        found.add(bulk_id)
        return ""

    resolved(operation, keep)
    return frozenset(found)


def in_order(needs: Sequence[frozenset[int]]) -> list[int]:
    """The operations by their places: as they came, but what one refers to before it.

    One of each circle comes before what it refers to. No recursion: a chain may be as long as the request.
    """
    order: list[int] = []
    done: set[int] = set()
    for place in range(len(needs)):
        waiting = [] if place in done else [place]
        begun = {place}
        while waiting:
            missing = sorted(needs[waiting[-1]] - done - begun)
            if missing:
                begun.add(missing[0])
                waiting.append(missing[0])
            else:
                done.add(waiting[-1])
                order.append(waiting.pop())
    return order


def _in_data(node: Any, resolve: Resolve, depth: int) -> Any:
    if isinstance(node, list):
        return [_in_data(entry, resolve, _below(depth)) for entry in node]
    if isinstance(node, Mapping):
        return {name: _in_entry(name.lower(), value, resolve, _below(depth)) for name, value in node.items()}
    return node


def _in_entry(name: str, value: Any, resolve: Resolve, depth: int) -> Any:
    if isinstance(value, str):
        if name == "value" and value.startswith(MARK):
            return resolve(value.removeprefix(MARK))
        if name == "path":
            return QUOTED.sub(lambda match: f'"{resolve(match[1])}"', value)
        return value
    return _in_data(value, resolve, depth)


def _below(depth: int) -> int:
    if not depth:
        raise InvalidSyntaxException(detail=f"Data is at most {DEEPEST} levels deep.")
    return depth - 1
