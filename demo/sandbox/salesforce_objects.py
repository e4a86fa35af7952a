"""The objects of the sandbox's org and their fields, with what an administrator has added for the CIAM."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from demo.sandbox.salesforce_errors import RowError, no_such_field, not_found
from demo.sandbox.shapes import Json, JsonObject

OUR_ID = "CIAM_Id__c"
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
RECORD_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")


@dataclass(frozen=True)
class Field:
    name: str
    type: str = "string"
    length: int = 255
    required: bool = False
    external: bool = False
    read_only: bool = False
    choices: tuple[str, ...] = ()
    """A restricted picklist's values."""

    def as_json(self) -> JsonObject:
        return {
            "name": self.name,
            "label": self.name.removesuffix("__c").replace("_", " "),
            "type": self.type,
            "length": self.length if self.type in {"string", "email", "phone", "textarea"} else 0,
            "custom": self.name.endswith("__c"),
            "createable": not self.read_only,
            "updateable": not self.read_only,
            "nillable": not self.required and self.type != "boolean",
            "externalId": self.external,
            "unique": self.external,
            "caseSensitive": self.external,
        }

    def check(self, value: Json) -> None:
        """Raises RowError where the field doesn't take this value."""
        if self.read_only:
            raise RowError(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                f"Unable to create/update fields: {self.name}",
                (self.name,),
            )
        if value is None:
            return
        if isinstance(value, bool) is not (self.type == "boolean") or not isinstance(value, bool | str):
            raise RowError(
                "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{self.name}: value not of required type", (self.name,)
            )
        if isinstance(value, str):
            self._check_text(value)

    def _check_text(self, text: str) -> None:
        named = (self.name,)
        if self.type == "email" and not EMAIL.fullmatch(text):
            raise RowError("INVALID_EMAIL_ADDRESS", f"{self.name}: invalid email address: {text}", named)
        if self.type == "datetime" and not TIME.fullmatch(text):
            raise RowError("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{self.name}: not a dateTime", named)
        if self.type == "reference" and not RECORD_ID.fullmatch(text):
            raise RowError("MALFORMED_ID", f"{self.name}: id value of incorrect type: {text}", named)
        if self.choices and text not in self.choices:
            raise RowError(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{self.name}: bad value for restricted picklist field",
                named,
            )
        if len(text) > self.length:
            raise RowError(
                "STRING_TOO_LONG",
                f"{self.name}: data value too large: {text} (max length={self.length})",
                named,
            )


@dataclass(frozen=True)
class SObject:
    name: str
    prefix: str
    """With which the ids of its records begin."""
    fields: Mapping[str, Field]
    alike: tuple[str, ...] = ()
    """The field of the address, then those of the name: by them the duplicate rule knows a person again."""

    def field(self, name: str) -> Field:
        try:
            return self.fields[name]
        except KeyError:
            raise no_such_field(name, self.name) from None

    def required(self) -> list[str]:
        return [one.name for one in self.fields.values() if one.required]

    def as_json(self) -> JsonObject:
        return {
            "name": self.name,
            "label": self.name,
            "keyPrefix": self.prefix,
            "createable": True,
            "updateable": True,
            "deletable": True,
            "queryable": True,
            "fields": [one.as_json() for one in self.fields.values()],
        }


SYSTEM = (
    Field("Id", "id", 18, read_only=True),
    Field("CreatedDate", "datetime", read_only=True),
    Field("LastModifiedDate", "datetime", read_only=True),
)
OURS = (
    Field(OUR_ID, length=64, external=True),
    Field("CIAM_Interests__c"),
    Field("CIAM_Language__c", length=10),
)
NAME = (Field("LastName", length=80, required=True), Field("FirstName", length=40))
CONSENT = "PrivacyConsentStatus"
POINTS = ("Email", "MailingAddress", "Phone", "Social", "Web")


def _sobject(name: str, prefix: str, *fields: Field, alike: tuple[str, ...] = ()) -> SObject:
    return SObject(name, prefix, {one.name: one for one in (*SYSTEM, *fields)}, alike)


def _texts(names: Iterable[str]) -> list[Field]:
    return [Field(name) for name in names]


def _flags(names: Iterable[str]) -> list[Field]:
    return [Field(name, "boolean") for name in names]


_ALL = [
    _sobject(
        "Contact",
        "003",
        *NAME,
        *OURS,
        Field("Email", "email", 80),
        Field("Phone", "phone", 40),
        Field("IndividualId", "reference", 18),
        *_texts(["MailingCity", "MailingCountry", "LeadSource", "Title"]),
        *_flags(["HasOptedOutOfEmail", "DoNotCall"]),
        alike=("Email", "FirstName", "LastName"),
    ),
    _sobject(
        "Lead",
        "00Q",
        *NAME,
        *OURS,
        Field("Company", required=True),
        Field("Email", "email", 80),
        Field("Phone", "phone", 40),
        Field("IndividualId", "reference", 18),
        *_texts(["City", "Country", "LeadSource", "Title"]),
        *_flags(["HasOptedOutOfEmail", "DoNotCall"]),
        alike=("Email", "FirstName", "LastName"),
    ),
    _sobject(
        "Account",
        "001",
        *NAME,
        *OURS,
        Field("PersonEmail", "email", 80),
        Field("PersonIndividualId", "reference", 18),
        *_texts(["PersonMailingCity", "PersonMailingCountry", "PersonLeadSource"]),
        *_flags(["PersonHasOptedOutOfEmail"]),
        alike=("PersonEmail", "FirstName", "LastName"),
    ),
    _sobject(
        "Individual",
        "0PK",
        *NAME,
        OURS[0],
        *_flags(
            [
                "HasOptedOutProcessing",
                "HasOptedOutProfiling",
                "HasOptedOutTracking",
                "HasOptedOutGeoTracking",
                "HasOptedOutSolicit",
                "ShouldForget",
                "SendIndividualData",
                "CanStorePiiElsewhere",
            ]
        ),
    ),
    _sobject(
        "ContactPointTypeConsent",
        "0Zc",
        OURS[0],
        Field("Name", required=True),
        Field("PartyId", "reference", 18, required=True),
        Field("ContactPointType", required=True, choices=POINTS),
        Field(CONSENT, required=True, choices=("NotSeen", "Seen", "OptIn", "OptOut")),
        Field("CaptureContactPointType", required=True, choices=POINTS),
        Field("CaptureDate", "datetime", required=True),
        Field("CaptureSource", required=True),
        Field("EffectiveFrom", "datetime"),
        Field("EffectiveTo", "datetime"),
    ),
]
OBJECTS: dict[str, SObject] = {one.name: one for one in _ALL}


def sobject(name: str) -> SObject:
    try:
        return OBJECTS[name]
    except KeyError:
        raise not_found() from None
