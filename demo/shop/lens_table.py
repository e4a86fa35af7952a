"""A SCIM user as rows for people. Nothing is left out: what has no label here is shown by its path."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from demo.shop.scim import CUSTOMER

LABELS = {
    "id": "Your id here",
    "externalId": "Our own id for you",
    "userName": "User name",
    "emails": "E-mail addresses",
    "phoneNumbers": "Phone numbers",
    "active": "Are you active here?",
    "name.givenName": "First name",
    "name.familyName": "Last name",
    "locale": "Language",
    "schemas": "Schemas",
    "meta.resourceType": "Kind of record",
    "meta.created": "Since when",
    "meta.lastModified": "Last change that we see",
    "meta.location": "Its address",
    "meta.version": "Its version",
    f"{CUSTOMER}:kind": "Kind of customer",
    f"{CUSTOMER}:country": "Country",
    f"{CUSTOMER}:interests": "What you like",
    f"{CUSTOMER}:visitorId": "Number of your visit",
    f"{CUSTOMER}:visitorIds": "Numbers of your visits",
    f"{CUSTOMER}:source": "Where we met",
    f"{CUSTOMER}:consents": "What we said that you answered",
    f"{CUSTOMER}:answers": "Your answers, as they stand",
    f"{CUSTOMER}:known": "What you let us know",
}

# What only machines need comes last.
LAST = ("schemas", "meta")


@dataclass(frozen=True)
class Row:
    """`label` is empty where this program has no word for the path; each entry is some lines of text."""

    label: str
    path: str
    entries: list[list[str]]


def rows(told: Mapping[str, object]) -> list[Row]:
    in_order = sorted(told.items(), key=lambda one: one[0] in LAST)
    return [
        Row(LABELS.get(path, ""), path.removeprefix(f"{CUSTOMER}:"), _entries(value))
        for path, value in _leaves(dict(in_order))
    ]


def _leaves(told: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in told.items():
        if isinstance(value, dict) and value:
            # An extension's name is a URN, which a colon ends (RFC 7644, section 3.10).
            yield from _leaves(value, f"{above}{name}:" if ":" in name else f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _entries(value: object) -> list[list[str]]:
    return [_lines(one) for one in value] if isinstance(value, list) and value else [_lines(value)]


def _lines(value: object) -> list[str]:
    if isinstance(value, dict) and value:
        return [f"{name}: {_words(inner)}" for name, inner in value.items()]
    return [_words(value)]


def _words(value: object) -> str:
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
