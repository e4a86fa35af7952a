"""Up to 200 records in a call, each saved or refused by itself; and the same for one record.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm
"""

from collections import Counter
from collections.abc import Callable, Mapping

from demo.sandbox.salesforce_errors import RowError, SalesforceError, not_found, saved, unsaved
from demo.sandbox.salesforce_objects import SObject, sobject
from demo.sandbox.salesforce_records import Record, Records, allows_save
from demo.sandbox.shapes import Json, JsonObject, a_list, a_text, an_object
from demo.sandbox.vendor import Answer, Call

MOST = 200


def rows_of(call: Call) -> list[JsonObject]:
    return [an_object(one) for one in a_list(an_object(call.content).get("records", []), "records")]


def as_seen_by_faults(row: Mapping[str, Json]) -> dict[str, str]:
    return {name: value for name, value in row.items() if isinstance(value, str)}


def refuse_scripted(call: Call, row: Mapping[str, Json]) -> None:
    scripted = call.refuse_row(as_seen_by_faults(row))
    if scripted is not None:
        code = a_text(scripted.get("statusCode", "FIELD_CUSTOM_VALIDATION_EXCEPTION"), "statusCode")
        message = a_text(scripted.get("message", "This row was refused on purpose."), "message")
        raise RowError(code, message)


def upsert(records: Records, call: Call) -> Answer:
    kind, external = sobject(call.path_values["sobject"]), call.path_values["externalIdField"]
    refuse_no_external_id(kind, external)
    rows = [_values(kind, row) for row in rows_of(call)]
    doubled = doubles(rows, external)
    allow = allows_save(call.headers)

    def save(row: JsonObject) -> JsonObject:
        if row.get(external) in doubled:
            raise RowError(
                "DUPLICATE_VALUE", f"Duplicate external id specified: {row[external]}", (external,)
            )
        record, is_new = records.upsert(kind, external, row, allow_save=allow)
        return saved(record.id, created=is_new)

    return _each(call, rows, save)


def update(records: Records, call: Call) -> Answer:
    """By id; never makes a record."""
    allow = allows_save(call.headers)
    rows = rows_of(call)
    for row in rows:
        _values(_type(row), row)

    def save(row: JsonObject) -> JsonObject:
        record = records.live(str(row.get("Id") or row.get("id") or ""))
        if record.of != _type(row):
            raise RowError("INVALID_TYPE", f"This is no {_type(row).name}")
        records.update(record, _values(record.of, row), allow_save=allow)
        return saved(record.id, created=False)

    return _each(call, rows, save)


def delete(records: Records, call: Call) -> Answer:
    ids = (call.asked("ids") or "").split(",")
    if len(ids) > MOST:
        raise SalesforceError(400, "EXCEEDED_ID_LIMIT", f"At most {MOST} ids can be deleted at once.")

    def bin_it(row: JsonObject) -> JsonObject:
        records.delete(str(row["Id"]))
        return saved(str(row["Id"]), created=False)

    return _each(call, [{"Id": one} for one in ids], bin_it)


def upsert_one(records: Records, call: Call) -> Answer:
    kind, external = sobject(call.path_values["sobject"]), call.path_values["externalIdField"]
    refuse_no_external_id(kind, external)
    values = _values(kind, an_object(call.content))
    if external in values:
        raise SalesforceError(
            400, "INVALID_FIELD", f"The {external} field should not be specified in the sobject data."
        )
    is_there = records.find(kind, external, call.path_values["externalId"])
    if call.asked("updateOnly") == "true" and is_there is None:
        raise not_found()
    named = {**values, external: call.path_values["externalId"]}
    record, is_new = records.upsert(kind, external, named, allow_save=allows_save(call.headers))
    return Answer(201 if is_new else 200, saved(record.id, created=is_new))


def read_by_external_id(records: Records, call: Call) -> Answer:
    kind, external = sobject(call.path_values["sobject"]), call.path_values["externalIdField"]
    found = records.find(kind, external, call.path_values["externalId"])
    if found is None:
        raise not_found()
    return _shown(call, found)


def create_one(records: Records, call: Call) -> Answer:
    kind = sobject(call.path_values["sobject"])
    values = _values(kind, an_object(call.content))
    made = records.insert(kind, values, allow_save=allows_save(call.headers))
    return Answer(201, saved(made.id, created=True))


def read_one(records: Records, call: Call) -> Answer:
    return _shown(call, _one(records, call))


def update_one(records: Records, call: Call) -> Answer:
    record = _one(records, call)
    records.update(record, _values(record.of, an_object(call.content)), allow_save=allows_save(call.headers))
    return Answer(204)


def delete_one(records: Records, call: Call) -> Answer:
    records.delete(_one(records, call).id)
    return Answer(204)


def refuse_no_external_id(kind: SObject, external: str) -> None:
    if external not in kind.fields or not kind.fields[external].external:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {external}")


def doubles(rows: list[JsonObject], external: str) -> set[Json]:
    counted = Counter(str(row.get(external)) for row in rows)
    return {value for value, times in counted.items() if times > 1}


def _each(call: Call, rows: list[JsonObject], save: Callable[[JsonObject], JsonObject]) -> Answer:
    """One result for each row, in the order of the rows."""
    results: list[Json] = []
    for row in rows:
        try:
            refuse_scripted(call, row)
            results.append(save(row))
        except RowError as error:
            results.append(unsaved(error))
    return Answer(200, results)


def _type(row: Mapping[str, Json]) -> SObject:
    return sobject(a_text(an_object(row.get("attributes"), "attributes").get("type"), "type"))


def _values(kind: SObject, row: JsonObject) -> JsonObject:
    """The fields of a row; one that the object doesn't have fails the whole request."""
    if "attributes" in row and _type(row) != kind:
        raise SalesforceError(400, "INVALID_TYPE", f"All records of this call must be of type {kind.name}.")
    values = {name: value for name, value in row.items() if name not in {"attributes", "id", "Id"}}
    for name in values:
        kind.field(name)
    return values


def _one(records: Records, call: Call) -> Record:
    record = records.live(call.path_values["id"])
    if record.of.name != call.path_values["sobject"]:
        raise not_found()
    return record


def _shown(call: Call, record: Record) -> Answer:
    names = [name for name in (call.asked("fields") or "").split(",") if name] or list(record.of.fields)
    for name in names:
        record.of.field(name)
    return Answer(200, record.as_json(names, call.path_values["version"]))
