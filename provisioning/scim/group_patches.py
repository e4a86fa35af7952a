"""What a PATCH of a group says of its members, as sets; the rest stays a PATCH (RFC 7644, section 3.5.2).

So a step costs what it names, however many are in the group.
"""

import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from scim2_models import (
    InvalidFilterException,
    InvalidPathException,
    InvalidValueException,
    MutabilityException,
    PatchOp,
    Resource,
)
from scim2_models.path import (
    AttributeBinding,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
)

from accounts.segments import NO_MOVES, Moves, UnknownMembers, only
from provisioning.scim.service import Group, GroupPath

Patch = PatchOp[Resource[Any]]

AS_A_WHOLE = "members: add and remove whole members; what one consists of doesn't change."
BY_VALUE = 'members: choose them by [value eq "…"], joined by or.'


def split(patch: Patch) -> tuple[Moves, Patch]:
    """Who comes and who goes after all its steps, and a patch without these steps.

    Raises UnknownMembers, Mutability, InvalidFilter, InvalidValue and ValidationError.
    """
    moves, rest = NO_MOVES, []
    for step in patch.operations or ():
        path = step.path
        if path is None or path.model is not None:
            said, others = _in_value(step.value)
            for members in said:
                moves = _moved(moves, step.op, None, members)
            if others:
                rest.append(step.model_copy(update={"value": others}))
        elif (binding := path.resolve()) is not None and binding.field_name == "members":
            if binding.sub_field_name or "]." in path:
                raise MutabilityException(detail=AS_A_WHOLE)
            moves = _moved(moves, step.op, path.value_filter, step.value)
        else:
            rest.append(step)
    return moves, patch.model_copy(update={"operations": rest})


def members_of(group: Resource[Any]) -> frozenset[uuid.UUID]:
    """Raises InvalidValue, and UnknownMembers for what can't be an id."""
    try:
        return frozenset(uuid.UUID(text) for text in _texts(group))
    except ValueError:
        raise UnknownMembers from None


def _texts(group: Resource[Any]) -> list[str]:
    texts = [member.value for member in group["members"] or ()]
    if None in texts:
        raise InvalidValueException(detail="members: each is named by its value.")
    return texts


def _in_value(value: Any) -> tuple[list[Any], Mapping[str, Any]]:
    """The members that the value of a step without a path names, and the rest of it."""
    if not isinstance(value, Mapping):
        return [], value
    said = {name for name in value if (bound := _bound(name)) and bound.field_name == "members"}
    return [value[name] for name in said], {name: value[name] for name in value if name not in said}


def _bound(name: str) -> AttributeBinding | None:
    try:
        path = GroupPath(name)
    except InvalidPathException:
        return None
    # With a filter or a part it is no name of a value: it stays with the rest, to be refused there.
    bound = None if path.model is not None or path.value_filter else path.resolve()
    return bound if bound and not bound.sub_field_name else None


def _moved(moves: Moves, verb: str, chosen: FilterNode | None, value: Any) -> Moves:
    if chosen is not None:
        if verb != "remove":
            raise MutabilityException(detail=AS_A_WHOLE)
        return moves.dismissing(_ids(_named(chosen)))
    if verb == "remove" and value is None:
        return only(())
    group = Group.model_validate({"members": [value] if isinstance(value, Mapping) else value})
    if verb == "remove":
        return moves.dismissing(_ids(_texts(group)))
    members = members_of(group)
    return moves.admitting(members) if verb == "add" else only(members)


def _named(chosen: FilterNode) -> Iterable[str]:
    match chosen:
        case LogicalExpr(op=LogicalOperator.or_):
            return [text for term in chosen.terms for text in _named(term)]
        case Comparison(op=CompareOperator.eq) if str(chosen.attr_path).lower() == "value":
            return [str(chosen.value)]
    raise InvalidFilterException(detail=BY_VALUE)


def _ids(texts: Iterable[str]) -> Iterable[uuid.UUID]:
    """Those that are ids at all: of the others nobody is here to go."""
    for text in texts:
        with suppress(ValueError):
            yield uuid.UUID(text)
