"""HubSpot's batch endpoints: up to 100 rows, some of which may fail (HTTP 207)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from demo.sandbox.hubspot_contacts import Contact, Contacts
from demo.sandbox.hubspot_errors import HubSpotError, invalid, not_found
from demo.sandbox.shapes import Json, JsonObject, a_list, a_text, an_object, stamp, texts
from demo.sandbox.vendor import Answer, Call


@dataclass(frozen=True)
class Row:
    id: str
    id_property: str
    trace: str
    values: Mapping[str, str]

    def as_seen_by_faults(self) -> dict[str, str]:
        named = {self.id_property: self.id} if self.id_property else {}
        return {**named, **self.values, "id": self.id}


def rows_of(call: Call) -> list[Row]:
    """The rows of a batch request; `idProperty` stands in the row (upsert) or beside the rows (read)."""
    body = an_object(call.content)
    shared = a_text(body.get("idProperty", ""), "idProperty")
    return [_row(an_object(one), shared) for one in a_list(body.get("inputs", []), "inputs")]


def _row(given: JsonObject, shared_id_property: str) -> Row:
    return Row(
        id=a_text(given["id"], "id"),
        id_property=a_text(given.get("idProperty", shared_id_property), "idProperty"),
        trace=a_text(given.get("objectWriteTraceId", ""), "objectWriteTraceId"),
        values=texts(given.get("properties", {}), "properties"),
    )


def upsert(contacts: Contacts, call: Call) -> tuple[Contacts, Answer]:
    """The contacts afterwards, and the answer."""
    started, rows = stamp(), rows_of(call)
    _refuse_doubles(rows)
    tried, results, errors = contacts.copy(), list[Json](), list[Json]()
    traceable = _all_traceable(rows)
    for row in rows:
        try:
            _refuse_scripted(call, row)
            contact, new = tried.upsert(row.id_property, row.id, row.values)
        except HubSpotError as refusal:
            # Rows can be told apart only by trace ids of their own; else one bad row fails the whole batch.
            if not traceable:
                raise
            errors.append(refusal.row([row.id], [row.trace]))
        else:
            results.append(_upserted(contact, new, row))
    return tried, _batch_answer(started, results, errors)


def read(contacts: Contacts, call: Call) -> Answer:
    started, rows = stamp(), rows_of(call)
    names = [
        a_text(name, "properties")
        for name in a_list(an_object(call.content).get("properties", []), "properties")
    ]
    found: dict[str, Contact] = {}
    errors: list[Json] = []
    missing: list[str] = []
    for row in rows:
        contact = _readable(contacts, row, archived=call.asked("archived") == "true")
        try:
            _refuse_scripted(call, row)
        except HubSpotError as refusal:
            errors.append(refusal.row([row.id], []))
            continue
        if contact is None:
            missing.append(row.id)
        else:
            found[contact.id] = contact
    if missing:
        errors.append(
            not_found("Could not get some CONTACT objects, they may be deleted or not exist: one").row(
                missing, []
            )
        )
    return _batch_answer(started, [one.as_json(names) for one in found.values()], errors)


def archive(contacts: Contacts, call: Call) -> Answer:
    for row in rows_of(call):
        contacts.archive(row.id)
    return Answer(204)


def _readable(contacts: Contacts, row: Row, *, archived: bool) -> Contact | None:
    return contacts.archived.get(row.id) if archived else contacts.find(row.id_property, row.id)


def _refuse_doubles(rows: list[Row]) -> None:
    counted = Counter((row.id_property, row.id.lower()) for row in rows)
    doubled = sorted(value for (_name, value), times in counted.items() if times > 1)
    if doubled:
        raise invalid(f"Duplicate IDs found in batch input: {', '.join(doubled)}")


def _refuse_scripted(call: Call, row: Row) -> None:
    scripted = call.refuse_row(row.as_seen_by_faults())
    if scripted is not None:
        category = a_text(scripted.get("category", "VALIDATION_ERROR"), "category")
        raise HubSpotError(
            400, category, a_text(scripted.get("message", "This row was refused on purpose."), "message")
        )


def _all_traceable(rows: list[Row]) -> bool:
    traces = [row.trace for row in rows if row.trace]
    return len(set(traces)) == len(rows)


def _upserted(contact: Contact, new: bool, row: Row) -> JsonObject:
    traced: JsonObject = {"objectWriteTraceId": row.trace} if row.trace else {}
    return contact.as_json([row.id_property, *row.values]) | {"new": new} | traced


def _batch_answer(started: str, results: list[Json], errors: list[Json]) -> Answer:
    body: JsonObject = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": started,
        "completedAt": stamp(),
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
    return Answer(207 if errors else 200, body)
