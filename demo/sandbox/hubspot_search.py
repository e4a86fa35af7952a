"""HubSpot's list and search: filter groups are joined by OR, the filters of a group by AND."""

import re
from collections.abc import Callable, Sequence

from demo.sandbox.hubspot_contacts import Contact, Contacts
from demo.sandbox.hubspot_errors import invalid
from demo.sandbox.shapes import Json, JsonObject, a_list, a_text, an_object
from demo.sandbox.vendor import Answer, Call

USUAL_LIMIT = 10
SEARCHED = ("firstname", "lastname", "email", "phone", "company")


def listed(contacts: Contacts, call: Call) -> Answer:
    shelf = contacts.archived if call.asked("archived") == "true" else contacts.live
    names = [name for many in call.query.get("properties", []) for name in many.split(",") if name]
    after = _whole(call.asked("after"))
    found = [one for one in sorted(shelf.values(), key=_number) if _number(one) > after]
    limit = int(call.asked("limit") or USUAL_LIMIT)
    body: JsonObject = {"results": [one.as_json(names) for one in found[:limit]]}
    if len(found) > limit:
        body["paging"] = {"next": {"after": found[limit - 1].id}}
    return Answer(200, body)


def search(contacts: Contacts, call: Call) -> Answer:
    body = an_object(call.content)
    groups = [_filters(an_object(one)) for one in a_list(body.get("filterGroups", []), "filterGroups")]
    query = a_text(body.get("query", ""), "query").lower()
    names = [a_text(one, "properties") for one in a_list(body.get("properties", []), "properties")]
    found = [one for one in contacts.live.values() if _in_groups(one, groups) and _has_words(one, query)]
    ordered = _sorted(found, a_list(body.get("sorts", []), "sorts"))
    start, limit = _whole(body.get("after")), _whole(body.get("limit", USUAL_LIMIT))
    results: list[Json] = [one.as_json(names) for one in ordered[start : start + limit]]
    answer: JsonObject = {"total": len(ordered), "results": results}
    if len(ordered) > start + limit:
        answer["paging"] = {"next": {"after": str(start + limit)}}
    return Answer(200, answer)


def _number(contact: Contact) -> int:
    return int(contact.id)


def _whole(value: Json) -> int:
    text = str(value or 0)
    if not text.isascii() or not text.isdigit():
        raise invalid(f"'{text}' is not a place to continue from.")
    return int(text)


def _filters(group: JsonObject) -> list[JsonObject]:
    return [an_object(one) for one in a_list(group.get("filters", []), "filters")]


def _in_groups(contact: Contact, groups: Sequence[list[JsonObject]]) -> bool:
    return not groups or any(all(_meets(contact, one) for one in group) for group in groups)


def _meets(contact: Contact, wanted: JsonObject) -> bool:
    value = contact.value(a_text(wanted["propertyName"], "propertyName")).lower()
    operator = a_text(wanted["operator"], "operator")
    first = a_text(wanted.get("value", ""), "value").lower()
    many = [a_text(one, "values").lower() for one in a_list(wanted.get("values", []), "values")]
    if operator == "BETWEEN":
        return _order(first) <= _order(value) <= _order(a_text(wanted.get("highValue", ""), "highValue"))
    return _OPERATORS[operator](value, first, many)


def _order(value: str) -> tuple[int, float, str]:
    """Numbers by size before texts by letters."""
    return (0, float(value), "") if re.fullmatch(r"-?\d+(\.\d+)?", value) else (1, 0.0, value)


def _tokens(value: str) -> set[str]:
    return {value, *re.split(r"[\s@.,;]+", value)}


_Meets = Callable[[str, str, list[str]], bool]
_OPERATORS: dict[str, _Meets] = {
    "EQ": lambda value, first, _many: value == first,
    "NEQ": lambda value, first, _many: value != first,
    "LT": lambda value, first, _many: bool(value) and _order(value) < _order(first),
    "LTE": lambda value, first, _many: bool(value) and _order(value) <= _order(first),
    "GT": lambda value, first, _many: bool(value) and _order(value) > _order(first),
    "GTE": lambda value, first, _many: bool(value) and _order(value) >= _order(first),
    "IN": lambda value, _first, many: value in many,
    "NOT_IN": lambda value, _first, many: value not in many,
    "HAS_PROPERTY": lambda value, _first, _many: bool(value),
    "NOT_HAS_PROPERTY": lambda value, _first, _many: not value,
    "CONTAINS_TOKEN": lambda value, first, _many: first.strip("*") in _tokens(value),
    "NOT_CONTAINS_TOKEN": lambda value, first, _many: first.strip("*") not in _tokens(value),
}


def _has_words(contact: Contact, query: str) -> bool:
    return not query or any(query in contact.value(name).lower() for name in SEARCHED)


def _sorted(found: list[Contact], sorts: list[Json]) -> list[Contact]:
    ordered = sorted(found, key=_number)
    for sort in sorts[:1]:
        wanted = sort if isinstance(sort, dict) else {"propertyName": sort}
        name = a_text(wanted.get("propertyName"), "propertyName")
        ordered.sort(key=lambda one: _order(one.value(name)), reverse=wanted.get("direction") == "DESCENDING")
    return ordered
