"""The record of a person at Salesforce: a contact, a lead or a person account, known by our external id.

Fields are named as on a contact; where a lead or an account calls one something else, it is translated.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors.base import Hold, Push
from provisioning.connectors.salesforce_org import NAME, UNSAID, Org, Saved, Value, Values
from provisioning.connectors.salesforce_wire import DUPLICATES, Refused
from provisioning.connectors.wire import Fields
from provisioning.mapping import cleared, fields, mapping_of
from provisioning.models import Connector

OBJECTS = ("Contact", "Lead", "Account")
OUR_ID = "CIAM_Id__c"
LAST_NAME, COMPANY = "LastName", "Company"
# Salesforce demands a last name of everybody, and a company of leads.
UNKNOWN = "-"
OTHER_NAMES: Mapping[str, Mapping[str, str]] = {
    "Lead": {
        "MailingStreet": "Street",
        "MailingCity": "City",
        "MailingState": "State",
        "MailingPostalCode": "PostalCode",
        "MailingCountry": "Country",
        "MailingCountryCode": "CountryCode",
    },
    "Account": {
        "Email": "PersonEmail",
        "HasOptedOutOfEmail": "PersonHasOptedOutOfEmail",
        "IndividualId": "PersonIndividualId",
        "LeadSource": "PersonLeadSource",
        "MobilePhone": "PersonMobilePhone",
        "HomePhone": "PersonHomePhone",
        "Title": "PersonTitle",
        "Birthdate": "PersonBirthdate",
        "MailingStreet": "PersonMailingStreet",
        "MailingCity": "PersonMailingCity",
        "MailingState": "PersonMailingState",
        "MailingPostalCode": "PersonMailingPostalCode",
        "MailingCountry": "PersonMailingCountry",
        "MailingCountryCode": "PersonMailingCountryCode",
    },
}


@dataclass(frozen=True)
class Shape:
    """What a connector's settings say of the record."""

    sobject: str
    our_id: str
    company: str
    mapping: Mapping[str, str]
    """Attribute name -> field of this object."""
    default: Mapping[str, str] = field(repr=False, default_factory=dict)
    """Attribute name -> field as the mapping has it."""

    @classmethod
    def of(cls, connector: Connector, default: Mapping[str, str]) -> "Shape":
        """Raises NeedsHuman: the names go into addresses and queries."""
        said, mapping = connector.settings, mapping_of(connector, default)
        sobject, our_id = str(said.get("object") or OBJECTS[0]), str(said.get("external_id") or OUR_ID)
        for name in (our_id, *mapping.values()):
            if not NAME.fullmatch(name):
                raise NeedsHuman("The mapping or the setting external_id has a name that no field can have.")
        if sobject not in OBJECTS:
            raise NeedsHuman(f"The setting object must be one of {', '.join(OBJECTS)}.")
        there = {attribute: _named(sobject, name) for attribute, name in mapping.items()}
        return cls(sobject, our_id, str(said.get("company") or UNKNOWN), there, mapping)

    def named(self, name: str) -> str:
        """What a field of a contact is called here."""
        return _named(self.sobject, name)

    @property
    def email(self) -> str:
        return self.named("Email")

    @property
    def opted_out(self) -> str:
        return self.named("HasOptedOutOfEmail")

    @property
    def individual(self) -> str:
        return self.named("IndividualId")

    def values(self, push: Push, hold: Hold) -> dict[str, Value]:
        """What stands in for a missing name is said of somebody new only: one that was typed there stays."""
        gone = self.without(push.held - hold.values.keys())
        values: dict[str, Value] = {**gone, **dict[str, Value](fields(self.mapping, hold.values))}
        if push.is_unknown_there:
            values = {**self.placeholders(), **values}
        return {self.our_id: str(push.member_id), **values}

    def placeholders(self) -> dict[str, Value]:
        return {LAST_NAME: UNKNOWN, **({COMPANY: self.company} if self.sobject == "Lead" else {})}

    def without(self, attributes: Iterable[str]) -> dict[str, Value]:
        """Clears the fields of these attributes."""
        demanded = self.placeholders()
        return {name: demanded.get(name) for name in cleared(self.mapping, attributes)}

    def held(self, record: Fields) -> dict[str, str]:
        """The texts that a record holds, by field of the mapping."""
        held = {}
        for attribute, name in self.mapping.items():
            text = record.text(name)
            held[self.default[attribute]] = "" if name == LAST_NAME and text == UNKNOWN else text
        return held


def _named(sobject: str, name: str) -> str:
    return OTHER_NAMES.get(sobject, {}).get(name, name)


@dataclass(frozen=True)
class Row:
    """One person to upsert, with the values by field."""

    push: Push
    values: Mapping[str, Value]

    @property
    def key(self) -> uuid.UUID:
        return self.push.link_id

    @property
    def our_id(self) -> str:
        return str(self.push.member_id)


Result = Saved | Refused | TryLater | NeedsHuman


class People:
    def __init__(self, org: Org, shape: Shape) -> None:
        self._org, self._shape = org, shape

    def find(self, our_ids: Iterable[str], names: Iterable[str] = ()) -> dict[str, Fields]:
        """Records by our id, with these fields and the address."""
        asked = dict.fromkeys(["Id", self._shape.our_id, self._shape.email, *names])
        found = self._org.query(self._shape.sobject, asked, self._shape.our_id, our_ids)
        return {one.text(self._shape.our_id): one for one in found}

    def upsert(self, rows: Sequence[Row]) -> dict[uuid.UUID, Result]:
        """By row key."""
        first = self._org.upsert(self._shape.sobject, self._shape.our_id, [row.values for row in rows])
        return self.settle(rows, {row.key: result for row, result in zip(rows, first, strict=True)})

    def settle(self, rows: Sequence[Row], first: Mapping[uuid.UUID, Result]) -> dict[uuid.UUID, Result]:
        """Whoever is gone there is made again, with what Salesforce demands. Of those whom a duplicate rule
        has stopped, whoever is there already becomes ours, so that nobody is doubled; whom the rule only
        finds alike, with another address, is saved after all."""
        results = {row.key: first.get(row.key, UNSAID) for row in rows}
        demanded = self._shape.placeholders()
        lacking = [row for row in rows if _lacks(results[row.key], row, demanded)]
        filled = {row.key: Row(row.push, {**demanded, **row.values}) for row in lacking}
        results |= self._insist([*filled.values()], allow_save=False)
        stopped = [filled.get(row.key, row) for row in rows if _is_doubled(results[row.key])]
        alike = self._alike(stopped)
        adopted: dict[str, Row] = {}
        again: list[Row] = []
        for row in stopped:
            others = [
                one for one in alike.get(_lower(row, self._shape), []) if self._owner(one) != row.our_id
            ]
            if not others:
                again.append(row)
            elif len(others) == 1 and not self._owner(others[0]) and others[0].text("Id") not in adopted:
                adopted[others[0].text("Id")] = row
            else:
                results[row.key] = self._taken(others, rows)
        results |= self._adopt(adopted)
        return results | self._insist(again, allow_save=True)

    def _alike(self, rows: Sequence[Row]) -> dict[str, list[Fields]]:
        """Records that have the address of one of these, by address."""
        addresses = {str(row.values.get(self._shape.email) or "") for row in rows} - {""}
        asked = ["Id", self._shape.our_id, self._shape.email]
        alike: dict[str, list[Fields]] = {}
        for one in self._org.query(self._shape.sobject, asked, self._shape.email, sorted(addresses)):
            alike.setdefault(one.text(self._shape.email).lower(), []).append(one)
        return alike

    def _owner(self, record: Fields) -> str:
        return record.text(self._shape.our_id)

    def _taken(self, others: Sequence[Fields], rows: Sequence[Row]) -> Result:
        ids = ", ".join(one.text("Id") for one in others if one.text("Id").isalnum())
        if {self._owner(one) for one in others} <= {row.our_id for row in rows}:
            return TryLater("Another customer's record at Salesforce still has this e-mail address.")
        return NeedsHuman(
            f"Records at Salesforce have this person's e-mail address and can't become theirs ({ids}): merge "
            "them, or correct the address there, then send again."
        )

    def _adopt(self, adopted: Mapping[str, Row]) -> dict[uuid.UUID, Result]:
        """By the id of the record that becomes ours. What stands in for a missing name overwrites none."""
        demanded = self._shape.placeholders()
        rows: list[Values] = [
            {"Id": record_id, **_but(demanded, row.values)} for record_id, row in adopted.items()
        ]
        results = self._org.update(self._shape.sobject, rows)
        return {
            row.key: _merge(record_id, row) if _has_two(result, self._shape) else result
            for (record_id, row), result in zip(adopted.items(), results, strict=True)
        }

    def _insist(self, rows: Sequence[Row], *, allow_save: bool) -> dict[uuid.UUID, Result]:
        values = [row.values for row in rows]
        results = self._org.upsert(self._shape.sobject, self._shape.our_id, values, allow_save=allow_save)
        return {row.key: result for row, result in zip(rows, results, strict=True)}


def _but(demanded: Values, values: Values) -> Values:
    return {name: value for name, value in values.items() if value is None or demanded.get(name) != value}


def _lacks(result: Result, row: Row, demanded: Values) -> bool:
    """It was known there once, so nothing was made up for it."""
    is_refused = isinstance(result, Refused) and result.code == "REQUIRED_FIELD_MISSING"
    return is_refused and not demanded.keys() <= row.values.keys()


def _is_doubled(result: Result) -> bool:
    return isinstance(result, Refused) and result.code == DUPLICATES


def _has_two(result: Result, shape: Shape) -> bool:
    """Our id is on another record already."""
    return isinstance(result, Refused) and result.code == "DUPLICATE_VALUE" and shape.our_id in result.fields


def _merge(record_id: str, row: Row) -> NeedsHuman:
    other = f"the one that has the id {row.our_id}"
    return NeedsHuman(
        f"This person has two records at Salesforce: merge {record_id} and {other}, then send again."
    )


def _lower(row: Row, shape: Shape) -> str:
    return str(row.values.get(shape.email) or "").lower()
