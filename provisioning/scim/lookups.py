"""The question that identity providers ask before each write: is there somebody of this name?

A filter that compares one handle by `eq`, for the first page, is one statement. It says what `filters` would.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from accounts.identifiers import normal_email
from accounts.models import IdentifierKind
from provisioning.scim.asking import LONGEST_FILTER, Search
from provisioning.scim.lens import Lens
from provisioning.scim.looking import look_for
from provisioning.scim.payload import can_be_kept
from provisioning.scim.schemas import USER
from provisioning.scim.user_columns import name_form, or_folded
from provisioning.websites import Caller

ONE_HANDLE = re.compile(rf'\s*(?:{USER}:)?([a-z.]+)\s+eq\s+("(?:[^"\\]|\\.)*")\s*', re.IGNORECASE | re.ASCII)


# Of this no part can be refused: neither its form nor a character of the text.
PLAINLY = re.compile(r'([A-Za-z]+(?:\.value)?) eq ("[^"\\\x00-\x1f]*")')


@dataclass(frozen=True)
class Handle:
    kind: IdentifierKind
    scope: Callable[[Caller], uuid.UUID]
    normal: Callable[[str], str]


def _brand(caller: Caller) -> uuid.UUID:
    return caller.brand.pk


def _website(caller: Caller) -> uuid.UUID:
    return caller.website.pk


HANDLES = {
    "username": Handle(IdentifierKind.USERNAME, _brand, name_form),
    "emails.value": Handle(
        IdentifierKind.EMAIL, _brand, or_folded(str.casefold, lambda said: normal_email(said)[1])
    ),
    "externalid": Handle(IdentifierKind.EXTERNAL_ID, _website, str),
}


def asked_plainly(caller: Caller, asked: Mapping[str, object]) -> list[Lens] | None:
    """As `looked_up`, of a query that is such a filter and nothing else: it isn't even parsed."""
    text = asked.get("filter")
    if len(asked) != 1 or not isinstance(text, str) or len(text) > LONGEST_FILTER:
        return None
    match = PLAINLY.fullmatch(text)
    return _called(caller, match) if match else None


def looked_up(caller: Caller, search: Search) -> list[Lens] | None:
    """Whoever is called so; None where the question is another one."""
    is_first = search.cursor is None and search.sort_by is None and (search.start_index or 1) <= 1
    match = ONE_HANDLE.fullmatch(str(search.filter)) if search.filter is not None and is_first else None
    return _called(caller, match) if match else None


def _called(caller: Caller, match: re.Match[str]) -> list[Lens] | None:
    handle = HANDLES.get(match[1].lower())
    if handle is None:
        return None
    try:
        text = str(json.loads(match[2]))
    except ValueError:
        return None
    if not can_be_kept(text):
        return []
    return look_for(caller, handle.scope(caller), handle.kind, handle.normal(text))
