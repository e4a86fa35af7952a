"""What came in a request's body, read without trusting it (RFC 7644, section 3.1)."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email.message import Message
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from pydantic import BaseModel
from scim2_models import (
    BaseModel as ScimModel,
)
from scim2_models import (
    EnterpriseUser,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    Path,
    PayloadTooLargeException,
)
from scim2_models import (
    User as StandardUser,
)

from provisioning.scim.errors import UnsupportedMediaType

LARGEST = 131_072
MOST_ENTRIES = 200
MOST_MEMBERS = 1_000
"""In one list of a group."""
LONGEST_TEXT = 4_000
MEDIA_TYPES = frozenset({"application/scim+json", "application/json"})

StandardPath = Path[StandardUser[EnterpriseUser]]


def read_object(request: HttpRequest, longest: int = MOST_ENTRIES) -> dict[str, object]:
    """The JSON object in the body. Raises UnsupportedMediaType, PayloadTooLarge, InvalidSyntax, InvalidValue.

    What validating costs grows with the size, so that these limits are what bounds the time.
    """
    tree = read_json(request, LARGEST)
    check_contents(tree, longest)
    return tree


def read_json(request: HttpRequest, largest: int) -> dict[str, object]:
    """As `read_object`, without a look at what is in it."""
    _check_media_type(request.headers.get("Content-Type", ""))
    body = _read(request, largest)
    try:
        tree = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidSyntaxException(detail="The body is not JSON in UTF-8.") from None
    if not isinstance(tree, dict):
        raise InvalidSyntaxException(detail="The body is not a JSON object.")
    return tree


def _read(request: HttpRequest, largest: int) -> bytes:
    with suppress(RequestDataTooBig, UnreadablePostError):
        if len(request.body) <= largest:
            return request.body
    raise PayloadTooLargeException(detail=f"The body has at most {largest} bytes.")


def _check_media_type(header: str) -> None:
    parsed = Message()
    parsed["Content-Type"] = header
    charset = parsed.get_param("charset", "utf-8")
    if parsed.get_content_type() not in MEDIA_TYPES or str(charset).lower() != "utf-8":
        raise UnsupportedMediaType


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def check_contents(tree: object, longest: int) -> None:
    """Raise InvalidValue for a list or a text that is too long, and InvalidSyntax for what can't be kept."""
    # No recursion: the depth is the sender's choice.
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending += [*node.keys(), *node.values()]
        elif isinstance(node, list):
            if len(node) > longest:
                raise InvalidValueException(detail=f"A list has at most {longest} entries.")
            pending += node
        elif isinstance(node, str):
            _check_text(node)


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise InvalidValueException(detail=f"A text has at most {LONGEST_TEXT} characters.")
    if not can_be_kept(text):
        raise InvalidSyntaxException(detail="A text in the body has characters that can't be kept.")


def can_be_kept(text: str) -> bool:
    """JSON can spell half a surrogate pair (RFC 8259, section 8.2) and NUL; PostgreSQL keeps neither."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def refuse_strange(model: ScimModel, standard: type[Path[Any]] = StandardPath) -> None:
    """Raise InvalidSyntax for a name that RFC 7643 doesn't give either: a typo must not lose data silently.

    What the standard has and this service doesn't keep (a title, a password, roles) is left out instead,
    as identity providers send it unasked; the answer shows what was kept.
    """
    for path in _set_aside(model):
        if not _is_standard(path, standard):
            raise InvalidSyntaxException(detail=f"There is no attribute “{path[:100]}”.")


def _set_aside(model: BaseModel, above: str = "") -> Iterator[str]:
    if isinstance(model, ScimModel):
        yield from (f"{above}{name}" for name in model.unknown_attributes)
    for name, field in type(model).model_fields.items():
        below: Any = getattr(model, name)
        for child in below if isinstance(below, list) else [below]:
            if isinstance(child, BaseModel):
                key = field.serialization_alias or name
                yield from _set_aside(child, f"{key}:" if ":" in key else f"{key}.")


def _is_standard(name: str, standard: type[Path[Any]]) -> bool:
    try:
        path = standard(name)
    except InvalidPathException:
        return False
    return path.model is not None or path.resolve() is not None


def dig(tree: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """What stands under these keys, or None."""
    node: Any = tree
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node
