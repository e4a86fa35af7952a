"""HubSpot's contacts: found and upserted in batches by a unique property of our own, answered row by row.

https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/batch/upsert-contacts
All values are texts; an empty one clears its field.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors.base import Answer, Gone, Push
from provisioning.connectors.wire import Fields, Reply, Wire, many, name_only

OUR_ID = "ciam_user_id"
# Fields of ours at HubSpot, with their labels there.
OUR_FIELDS = {
    OUR_ID: "Customer id",
    "ciam_interests": "Interests",
    "ciam_language": "Language",
    "ciam_source": "Where we met",
}
READ = ["email", "hs_additional_emails", OUR_ID]


@dataclass(frozen=True)
class Row:
    """One contact to upsert. Where nothing may be held, `left` are the attributes that stay there, and
    `failed` is what already went wrong."""

    push: Push
    properties: Mapping[str, str]
    left: frozenset[str] = frozenset()
    failed: Answer | None = None

    @property
    def key(self) -> uuid.UUID:
        return self.push.link_id

    def as_input(self) -> dict[str, object]:
        our_id = str(self.push.member_id)
        return {
            "id": our_id,
            "idProperty": OUR_ID,
            "objectWriteTraceId": str(self.key),
            "properties": self.properties,
        }


@dataclass(frozen=True)
class Refused:
    """Why HubSpot does not take something: its category, and (field, code) as far as it names them."""

    category: str
    codes: tuple[tuple[str, str], ...] = ()

    @property
    def names_a_lacking_field(self) -> bool:
        return any(code == "PROPERTY_DOESNT_EXIST" for _field, code in self.codes)

    @property
    def may_lack_a_field(self) -> bool:
        """Where the unique property itself is lacking, no field is named."""
        return self.names_a_lacking_field or (self.category == "VALIDATION_ERROR" and not self.codes)

    def answer(self) -> Answer:
        if self.category == "OBJECT_NOT_FOUND":
            return Gone("The contact is no longer at HubSpot.")
        if self.category == "CONFLICT":
            return TryLater("Another contact at HubSpot has this e-mail address.")
        if self.category != "VALIDATION_ERROR":
            return TryLater(f"HubSpot refused the contact ({self.category or 'no reason given'}).")
        named = ", ".join(f"{field} ({code})" for field, code in self.codes) or "the contact as it is"
        return NeedsHuman(
            f"HubSpot does not accept {named}: correct the value or the mapping, then send again."
        )


def refused(error: Fields) -> Refused:
    """The values themselves, which HubSpot embeds in the message as JSON, are left where they are."""
    _words, bracket, listed = error.text("message").partition("[")
    try:
        details = many(json.loads(bracket + listed))
    except (ValueError, RecursionError):
        details = []
    codes = [(name_only(one.text("name")), name_only(one.text("error"))) for one in details]
    return Refused(name_only(error.text("category")), tuple((name, code) for name, code in codes if code))


def granted(reply: Reply, what: str) -> Fields:
    """The body of an answer; raises NeedsHuman where HubSpot refused, and TryLater where that may pass."""
    if reply.is_refused:
        reason = refused(reply.body).category or str(reply.status)
        if reply.status in {404, 409}:
            raise TryLater(f"HubSpot could not {what.removeprefix('to ')} now ({reason}).")
        raise NeedsHuman(f"HubSpot refused {what} ({reason}): see the connector's settings.")
    return reply.body


Result = str | Refused | Answer
"""Of one row: the contact's id at HubSpot, or why there is none."""

UNSAID = TryLater("HubSpot said nothing of this contact.")
TAKEN = Refused("CONFLICT")
ADOPTED = Refused("")


class Contacts:
    """The contacts of one HubSpot account, and the fields that the connector's mapping names."""

    def __init__(self, wire: Wire, version: str, mapped: Iterable[str]) -> None:
        self._wire = wire
        self._fields = {OUR_ID, *mapped}
        self._contacts = f"/crm/objects/{quote(version, safe='')}/contacts"
        self._properties = f"/crm/properties/{quote(version, safe='')}/0-1"

    def check(self) -> str:
        granted(self._wire.call("GET", f"{self._contacts}?limit=1"), "to read contacts")
        return "HubSpot accepts the access token, and lets it read contacts."

    def prepare(self) -> None:
        """Make our fields there, and see that the others exist."""
        there = self._listed()
        if OUR_ID in there and not there[OUR_ID].true("hasUniqueValue"):
            raise NeedsHuman(f"The contact property {OUR_ID} at HubSpot must have unique values: replace it.")
        for name in sorted(self._fields - there.keys()):
            if name not in OUR_FIELDS:
                raise NeedsHuman(f"HubSpot has no contact property {name}: correct the connector's mapping.")
            self._make_property(name)

    def existing(self) -> frozenset[str]:
        """The names of all properties that a contact has there."""
        return frozenset(self._listed())

    def _listed(self) -> dict[str, Fields]:
        listed = granted(self._wire.call("GET", self._properties), "to list its contact properties")
        there = {one.text("name"): one for one in listed.many("results")}
        if "email" not in there:
            raise self._wire.unreadable()
        return there

    def _make_property(self, name: str) -> None:
        property_ = {
            "name": name,
            "label": OUR_FIELDS[name],
            "type": "string",
            "fieldType": "text",
            "groupName": "contactinformation",
            "hasUniqueValue": name == OUR_ID,
        }
        made = self._wire.call("POST", self._properties, property_)
        if made.status != 409:
            granted(made, f"to make the contact property {name}")

    def find(
        self, by: str, values: Iterable[str], also: Iterable[str] = ()
    ) -> tuple[dict[str, Fields], set[str]]:
        """Contacts by the value of a unique property, and the values that HubSpot says nobody has. `also`
        names properties that are read beside those by which contacts are told apart."""
        inputs = [{"id": value} for value in dict.fromkeys(values)]
        if not inputs:
            return {}, set()
        asked = {"idProperty": by, "properties": list(dict.fromkeys([*READ, *also])), "inputs": inputs}
        answer = granted(self._wire.call("POST", f"{self._contacts}/batch/read", asked), "to read contacts")
        found: dict[str, Fields] = {}
        for contact in answer.many("results"):
            known = contact.inner("properties")
            # A contact is also found by a second address, and answers with its first.
            values = (known.text(by), *known.text("hs_additional_emails").split(";"))
            found |= {value.lower(): contact for value in values if value}
        missed = [one for one in answer.many("errors") if one.text("category") == "OBJECT_NOT_FOUND"]
        return found, {value for one in missed for value in one.inner("context").texts("ids")}

    def reclaim(self, contact_id: str, our_id: str) -> Refused | None:
        """Give a contact that we stored our id again, which somebody there may have taken from it; None when
        that is done."""
        ours = {"properties": {OUR_ID: our_id}}
        reply = self._wire.call("PATCH", f"{self._contacts}/{quote(contact_id, safe='')}", ours)
        if reply.status == 404:
            return Refused("OBJECT_NOT_FOUND")
        return refused(reply.body) if reply.is_refused else None

    def erase(self, contact_id: str) -> Answer | None:
        """Delete for good; None when that is done. By id only: an address that HubSpot doesn't have would go
        to its blocklist."""
        reply = self._wire.call("POST", f"{self._contacts}/gdpr-delete", {"objectId": contact_id})
        return refused(reply.body).answer() if reply.is_refused and reply.status != 404 else None

    def upsert(self, rows: Sequence[Row]) -> dict[uuid.UUID, Result]:
        """By row key. Prepares where a field seems to lack, and adopts who is there already by address."""
        results = self._upsert_batch(rows)
        lacking = {key for key, result in results.items() if isinstance(result, Refused)}
        if any(result.may_lack_a_field for result in results.values() if isinstance(result, Refused)):
            self.prepare()
            results |= self._upsert_batch([row for row in rows if row.key in lacking])
        taken = [row for row in rows if results[row.key] == TAKEN]
        results |= self._adopt(taken)
        return results | self._upsert_batch([row for row in taken if results[row.key] == ADOPTED])

    def _upsert_batch(self, rows: Sequence[Row]) -> dict[uuid.UUID, Result]:
        if not rows:
            return {}
        inputs = {"inputs": [row.as_input() for row in rows]}
        said = _by_row(rows, self._wire.call("POST", f"{self._contacts}/batch/upsert", inputs))
        if said or len(rows) == 1:
            return {row.key: said.get(row.key, UNSAID) for row in rows}
        # Refused as a whole, or an answer without any row: one of them may be the reason.
        return {key: result for row in rows for key, result in self._upsert_batch([row]).items()}

    def _adopt(self, rows: Sequence[Row]) -> dict[uuid.UUID, Result]:
        """The address is there, without our id: that contact becomes ours, so that none is doubled."""
        found, _missing = self.find("email", [row.properties.get("email", "") for row in rows])
        return {row.key: self._take_over(row, found) for row in rows}

    def _take_over(self, row: Row, found: Mapping[str, Fields]) -> Result:
        contact, our_id = found.get(row.properties.get("email", "").lower(), Fields(None)), row.push.member_id
        contact_id, owner = contact.text("id"), contact.inner("properties").text(OUR_ID)
        if not contact_id or owner not in {"", str(our_id)}:
            return TAKEN.answer()
        ours = {"properties": {OUR_ID: str(our_id)}}
        reply = self._wire.call("PATCH", f"{self._contacts}/{quote(contact_id, safe='')}", ours)
        if reply.status == 409:
            other = f"the one with {OUR_ID} {our_id}"
            return NeedsHuman(f"This person has two contacts at HubSpot: merge {contact_id} and {other}.")
        return refused(reply.body) if reply.is_refused else ADOPTED


def _by_row(rows: Sequence[Row], reply: Reply) -> dict[uuid.UUID, Result]:
    """What the answer says of each row; the order of rows in it means nothing."""
    if reply.is_refused:
        whole = refused(reply.body)
        return {row.key: whole for row in rows} if len(rows) == 1 or whole.names_a_lacking_field else {}
    ours = {str(name): row.key for row in rows for name in (row.key, row.push.member_id)}
    said: dict[uuid.UUID, Result] = {}
    for contact in reply.body.many("results"):
        names = [contact.text("objectWriteTraceId"), contact.inner("properties").text(OUR_ID)]
        said |= {ours[name]: contact.text("id") for name in names if name in ours and contact.text("id")}
    for error in reply.body.many("errors"):
        context = error.inner("context")
        names = [*context.texts("objectWriteTraceId"), *context.texts("ids")]
        said |= {ours[name]: refused(error) for name in names if name in ours}
    return said
