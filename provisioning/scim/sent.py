"""Users, groups and patches as websites send them, checked against the schemas before anything is done.

All raise ValidationError and InvalidSyntax; patches also InvalidPath and InvalidValue.
"""

from collections.abc import Mapping
from typing import Any

from scim2_models import (
    Context,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    PatchOp,
    Resource,
)

from provisioning.scim.payload import refuse_strange
from provisioning.scim.service import DIALECTS, SET_ASIDE, Group, GroupPatch, GroupPath, User, UserPatch
from provisioning.scim.unkept import without_unkept

Tree = Mapping[str, object]
Patch = PatchOp[Resource[Any]]

MOST_OPERATIONS = 100
LONGEST_PATHS = 10_000
MOST_REMOVED = 200


def user_of(tree: Tree, context: Context) -> Resource[Any]:
    user = User.model_validate(tree, scim_ctx=context, scim_policy=SET_ASIDE)
    refuse_strange(user)
    return user


def group_of(tree: Tree, context: Context) -> Resource[Any]:
    """Others' schemas may stand beside ours, as Entra ID writes them; others' attributes may not."""
    group = Group.model_validate(tree, scim_ctx=context, scim_policy=SET_ASIDE)
    refuse_strange(group, GroupPath)
    return group


def user_patch_of(tree: Tree) -> Patch:
    check_patch(tree)
    return _patch_of(without_unkept(tree), UserPatch)


def group_patch_of(tree: Tree) -> Patch:
    return _patch_of(tree, GroupPatch)


def _patch_of(tree: Tree, kind: type[Patch]) -> Patch:
    check_patch(tree)
    return kind.model_validate(tree, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=DIALECTS)


def check_patch(tree: Tree) -> None:
    """What a patch may cost to read, checked before anything of it is parsed: paths with filters, and the
    values of a removal, each of which becomes a comparison."""
    steps = next((value for name, value in tree.items() if name.lower() == "operations"), None)
    if not isinstance(steps, list):
        return
    if len(steps) > MOST_OPERATIONS:
        raise InvalidSyntaxException(detail=f"A patch has at most {MOST_OPERATIONS} operations.")
    said = [{name.lower(): value for name, value in step.items()} for step in steps if isinstance(step, dict)]
    if sum(len(path) for step in said if isinstance(path := step.get("path"), str)) > LONGEST_PATHS:
        raise InvalidPathException(detail=f"The paths of a patch have at most {LONGEST_PATHS} characters.")
    removed = [step.get("value") for step in said if str(step.get("op")).lower() == "remove"]
    if sum(map(_compared, removed)) > MOST_REMOVED:
        raise InvalidValueException(detail=f"A patch removes at most {MOST_REMOVED} values by their value.")


def _compared(value: object) -> int:
    entries = value if isinstance(value, list) else [value]
    return sum(len(entry) if isinstance(entry, dict) else 1 for entry in entries)
