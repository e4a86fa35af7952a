"""HubSpot's contact properties: which exist, and which values they take. All values are texts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from demo.sandbox.hubspot_errors import BadValue, HubSpotError, bad_values, invalid
from demo.sandbox.shapes import Json, JsonObject, a_list, a_text, an_object

CONTACTS = ("0-1", "contacts")
MOST_UNIQUE = 10
EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\".]+(\.[^@\s<>,;\".]+)+")


@dataclass(frozen=True)
class Property:
    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    group: str = "contactinformation"
    unique: bool = False
    read_only: bool = False
    built_in: bool = False
    options: tuple[tuple[str, str], ...] = ()
    description: str = ""

    def as_json(self) -> JsonObject:
        options: list[Json] = [
            {"value": value, "label": label, "displayOrder": place, "hidden": False}
            for place, (value, label) in enumerate(self.options)
        ]
        return {
            "name": self.name,
            "label": self.label,
            "description": self.description,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": self.group,
            "hasUniqueValue": self.unique,
            "options": options,
            "modificationMetadata": {
                "archivable": not self.built_in,
                "readOnlyDefinition": self.built_in,
                "readOnlyValue": self.read_only,
            },
        }

    def problem(self, value: str) -> BadValue | None:
        """Why this value is refused. An empty text clears the property and is always fine."""
        if self.read_only:
            return BadValue(self.name, "READ_ONLY_VALUE", f'"{self.name}" is a read only property')
        if not value:
            return None
        if self.name == "email" and not EMAIL.fullmatch(value):
            return BadValue(self.name, "INVALID_EMAIL", f"Email address {value} is invalid")
        if self.type == "enumeration":
            return self._bad_option(value)
        if _FITS.get(self.type, _anything)(value):
            return None
        return BadValue(self.name, f"INVALID_{self.type.upper()}", f"{value} was not a valid {self.type}.")

    def _bad_option(self, value: str) -> BadValue | None:
        allowed = [name for name, _label in self.options]
        many = self.field_type == "checkbox"
        wrong = [one for one in (value.split(";") if many else [value]) if one not in allowed]
        if not wrong:
            return None
        message = f"{wrong[0]} was not one of the allowed options: {', '.join(allowed)}"
        return BadValue(self.name, "INVALID_OPTION", message)


class PropertyBook:
    def __init__(self, built_in: Iterable[Property]) -> None:
        self._known = {one.name: one for one in built_in}

    def __iter__(self) -> Iterator[Property]:
        return iter(self._known.values())

    def get(self, name: str) -> Property | None:
        return self._known.get(name)

    def unique_names(self) -> list[str]:
        return [one.name for one in self if one.unique]

    def create(self, posted: JsonObject) -> Property:
        made = _from_json(posted)
        if made.name in self._known:
            raise HubSpotError(409, "CONFLICT", f"A property named '{made.name}' already exists.")
        if made.type == "enumeration" and not made.options:
            raise invalid(f"The enumeration '{made.name}' needs options.")
        own_unique = [one for one in self if one.unique and not one.built_in]
        if made.unique and len(own_unique) >= MOST_UNIQUE:
            raise invalid(f"There can be at most {MOST_UNIQUE} properties with unique values.")
        self._known[made.name] = made
        return made

    def check(self, values: Mapping[str, str]) -> dict[str, str]:
        """The values as HubSpot keeps them; raises one refusal that names every bad one."""
        wrong = [problem for name, value in values.items() if (problem := self._problem(name, value))]
        if wrong:
            raise bad_values(wrong)
        return {name: _kept(name, value) for name, value in values.items()}

    def _problem(self, name: str, value: str) -> BadValue | None:
        known = self._known.get(name)
        if known is None:
            return BadValue(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        return known.problem(value.strip())


def _kept(name: str, value: str) -> str:
    return value.strip().lower() if name == "email" else value.strip()


def _from_json(posted: JsonObject) -> Property:
    options = [an_object(one, "option") for one in a_list(posted.get("options", []), "options")]
    return Property(
        name=a_text(posted["name"], "name"),
        label=a_text(posted["label"], "label"),
        type=a_text(posted["type"], "type"),
        field_type=a_text(posted["fieldType"], "fieldType"),
        group=a_text(posted["groupName"], "groupName"),
        description=a_text(posted.get("description", ""), "description"),
        unique=posted.get("hasUniqueValue") is True,
        options=tuple((a_text(one["value"], "value"), a_text(one["label"], "label")) for one in options),
    )


def _anything(_value: str) -> bool:
    return True


def _is_number(value: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def _is_time(value: str) -> bool:
    """ISO 8601, or milliseconds since 1970."""
    if re.fullmatch(r"-?\d+", value):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


_FITS = {
    "number": _is_number,
    "bool": ("true", "false").__contains__,
    "date": _is_time,
    "datetime": _is_time,
}
