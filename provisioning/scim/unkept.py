"""What identity providers patch unasked: attributes that the standard has and that aren't kept here.

As in a whole user (`payload.refuse_strange`), they are left out of a patch, so that the rest of it is done;
the answer shows what was kept. A password isn't: who changes one has to learn that nothing came of it.
"""

from collections.abc import Mapping
from typing import Any

from scim2_models import InvalidPathException, Path

from provisioning.scim.payload import StandardPath
from provisioning.scim.service import UserPath

NOTHING = {"op": "add", "value": {}}
DEEPEST = 3


def without_unkept(tree: Mapping[str, object]) -> Mapping[str, object]:
    """A patch of a user without what isn't kept; what can't be understood stays, to be refused."""
    name = next((name for name in tree if name.lower() == "operations"), "")
    steps = tree.get(name)
    if not isinstance(steps, list):
        return tree
    kept = [left for step in steps if (left := _left(step)) is not None]
    # A patch has one operation at least (RFC 7644, section 3.5.2).
    return {**tree, name: kept or [NOTHING] if steps else steps}


def _left(step: object) -> object | None:
    if not isinstance(step, dict):
        return step
    names = {name.lower(): name for name in step}
    path = step.get(names.get("path", ""), "")
    if not isinstance(path, str) or _is_unkept(path):
        return None if isinstance(path, str) else step
    if "value" not in names:
        return step
    return step | {names["value"]: _pruned(step[names["value"]], path, DEEPEST)}


def _pruned(value: Any, above: str, depth: int) -> Any:
    if depth and isinstance(value, list):
        return [_pruned(one, above, depth - 1) for one in value]
    if not depth or not isinstance(value, dict):
        return value
    paths = {name: _below(above, name) for name in value}
    return {
        name: _pruned(below, paths[name], depth - 1)
        for name, below in value.items()
        if not _is_unkept(paths[name])
    }


def _below(above: str, name: str) -> str:
    if not above:
        return name
    plain = above.partition("[")[0]
    return f"{plain}:{name}" if _is_schema(plain) else f"{plain}.{name}"


def _is_schema(path: str) -> bool:
    try:
        return UserPath(path).model is not None
    except InvalidPathException:
        return False


def _is_unkept(path: str) -> bool:
    if not path or path.lower().endswith("password"):
        return False
    return _names_something(StandardPath, path) and not _names_something(UserPath, path)


def _names_something(kind: type[Path[Any]], path: str) -> bool:
    try:
        named = kind(path)
        return named.model is not None or named.resolve() is not None
    except InvalidPathException:
        return False
