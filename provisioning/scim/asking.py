"""What a query may cost to read, checked before anything of it is parsed (RFC 7644, section 3.4.2)."""

import re
from collections.abc import Mapping
from typing import Any

from scim2_models import (
    Context,
    InvalidFilterException,
    InvalidPathException,
    InvalidValueException,
    Resource,
    SCIMException,
    SearchRequest,
)

from provisioning.scim.service import UserSearch

Search = SearchRequest[Resource[Any]]

LONGEST_FILTER = 4_000
LONGEST = 4_000
LONGEST_PATH = 300
MOST_NAMES = 100
MOST_COMPARISONS = 50
DEEPEST = 20

IN_QUERY = (
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
    "attributes",
    "excludedAttributes",
)
NAMES = ("attributes", "excludedAttributes")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
JOINED = re.compile(r"\b(?:and|or)\b", re.IGNORECASE | re.ASCII)


def search_of(asked: Mapping[str, object], kind: type[Search] = UserSearch) -> Search:
    """A query, whether it came in the address or as the body of a search. Raises what `check` does, and
    ValidationError for what it names wrongly."""
    check(asked)
    if asked.get("cursor") is not None and asked.get("startIndex") is not None:
        raise InvalidValueException(detail="Page by a cursor or by startIndex, not by both.")
    return kind.model_validate(asked, scim_ctx=Context.SEARCH_REQUEST)


def check(asked: Mapping[str, object]) -> None:
    """Raises InvalidFilter, InvalidPath or InvalidValue for what would take long to read."""
    check_filter(_text(asked.get("filter")))
    sort_by = _text(asked.get("sortBy"))
    if len(sort_by) > LONGEST_PATH:
        raise InvalidPathException(detail=f"sortBy has at most {LONGEST_PATH} characters.")
    for name in NAMES:
        _check_names(name, asked.get(name))
    for name in ("sortOrder", "startIndex", "count", "cursor"):
        if len(_text(asked.get(name))) > LONGEST:
            raise _too_long(name)


def check_filter(text: str) -> None:
    if len(text) > LONGEST_FILTER:
        raise InvalidFilterException(detail=f"A filter has at most {LONGEST_FILTER} characters.")
    plain = QUOTED.sub('""', text)
    if len(JOINED.findall(plain)) >= MOST_COMPARISONS:
        raise InvalidFilterException(detail=f"A filter has at most {MOST_COMPARISONS} comparisons.")
    depth = 0
    for char in plain:
        depth += (char in "([") - (char in ")]")
        if depth > DEEPEST:
            raise InvalidFilterException(detail=f"A filter nests at most {DEEPEST} deep.")


def _check_names(name: str, asked: object) -> None:
    names = asked if isinstance(asked, list) else [asked]
    texts = [_text(each) for each in names[: MOST_NAMES + 1]]
    if len(names) > MOST_NAMES or sum(text.count(",") + 1 for text in texts) > MOST_NAMES:
        raise InvalidValueException(detail=f"{name}: at most {MOST_NAMES}.")
    if sum(map(len, texts)) > LONGEST:
        raise _too_long(name)


def _too_long(name: str) -> SCIMException:
    return InvalidValueException(detail=f"{name} has at most {LONGEST} characters.")


def _text(said: object) -> str:
    # What isn't text is for the model to refuse.
    return said if isinstance(said, str) else ""
