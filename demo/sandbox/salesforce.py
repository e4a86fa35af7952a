"""Salesforce: one org with contacts, leads, person accounts, individuals and their consents. One handler for
each operation of its OpenAPI file."""

import base64
import binascii
import time
from collections.abc import Callable
from typing import ClassVar
from uuid import uuid4

from demo.sandbox import salesforce_collections as collections
from demo.sandbox.salesforce_bulk import Jobs
from demo.sandbox.salesforce_errors import RowError, SalesforceError, expired, failure
from demo.sandbox.salesforce_objects import CONSENT, OBJECTS, sobject
from demo.sandbox.salesforce_query import query
from demo.sandbox.salesforce_records import Record, Records
from demo.sandbox.shapes import JsonObject, ShapeError, an_object
from demo.sandbox.vendor import Answer, Call, Known, Violation

LIMIT_PER_DAY = 100_000
PEOPLE = ("Contact", "Lead", "Account")


class Salesforce:
    slug: ClassVar[str] = "salesforce"
    title: ClassVar[str] = "Salesforce"
    spec: ClassVar[str] = "salesforce.openapi.json"

    def __init__(self, *, blocks_duplicates: bool = False) -> None:
        self.records = Records(blocks_duplicates)
        self.jobs = Jobs(self.records)
        self._tokens: set[str] = set()
        self._asked = 0
        records, jobs = self.records, self.jobs
        self._handlers: dict[str, Callable[[Call], Answer]] = {
            "collectionUpsert": lambda call: collections.upsert(records, call),
            "collectionUpdate": lambda call: collections.update(records, call),
            "collectionDelete": lambda call: collections.delete(records, call),
            "upsert": lambda call: collections.upsert_one(records, call),
            "getByExternalId": lambda call: collections.read_by_external_id(records, call),
            "create": lambda call: collections.create_one(records, call),
            "get": lambda call: collections.read_one(records, call),
            "update": lambda call: collections.update_one(records, call),
            "delete": lambda call: collections.delete_one(records, call),
            "describe": lambda call: Answer(200, sobject(call.path_values["sobject"]).as_json()),
            "query": lambda call: query(records, call),
            "limits": self._limits,
            "ingestCreate": jobs.create,
            "ingestUpload": jobs.upload,
            "ingestClose": jobs.close,
            "ingestInfo": jobs.look,
            "ingestSuccessfulResults": jobs.successful,
            "ingestFailedResults": jobs.failed,
            "ingestUnprocessedrecords": jobs.unprocessed,
        }

    def behave(self, call: Call) -> Answer:
        if call.operation == "token":
            return self._token(call)
        try:
            if _bearer(call) not in self._tokens:
                raise expired()
            return self._handlers[call.operation](call)
        except (SalesforceError, RowError) as refusal:
            return refusal.answer()
        except ShapeError as exc:
            return SalesforceError(400, "JSON_PARSER_ERROR", str(exc)).answer()

    def refuse(self, violation: Violation) -> Answer:
        if violation.kind == "path":
            return SalesforceError(404, "NOT_FOUND", "The requested resource does not exist").answer()
        if violation.kind == "method":
            return SalesforceError(405, "METHOD_NOT_ALLOWED", violation.message).answer()
        if violation.kind == "credentials":
            return expired().answer()
        return SalesforceError(400, "JSON_PARSER_ERROR", violation.message).answer()

    def fail(self, status: int) -> Answer:
        return failure(status)

    def headers(self, call: Call) -> dict[str, str]:
        """Limits are told, not enforced: a scripted 403 enforces them when a test wants it to."""
        if call.operation == "token":
            return {}
        self._asked += 1
        return {"Sforce-Limit-Info": f"api-usage={self._asked}/{LIMIT_PER_DAY}"}

    def rows(self, call: Call) -> list[dict[str, str]]:
        if call.operation in {"collectionUpsert", "collectionUpdate"}:
            return [collections.as_seen_by_faults(row) for row in collections.rows_of(call)]
        return self.jobs.rows(call) if call.operation == "ingestClose" else []

    def state(self) -> JsonObject:
        """Records by object, and what lies in the Recycle Bin."""
        everything = self.records.by_id.values()
        live = {
            name: [one.as_state() for one in everything if one.of.name == name and not one.is_deleted]
            for name in OBJECTS
        }
        recycled = [one.as_state() for one in everything if one.is_deleted]
        return {**{name: [*rows] for name, rows in live.items()}, "recycle_bin": [*recycled]}

    def known(self) -> list[Known]:
        people = [one for one in self.records.by_id.values() if one.of.name in PEOPLE]
        return [self._known(one) for one in sorted(people, key=lambda one: one.changed, reverse=True)]

    def remarks(self) -> list[str]:
        forget = [
            f"Individual {one.id} is to be forgotten."
            for one in self.records.all_of(OBJECTS["Individual"])
            if one.value("ShouldForget")
        ]
        return [*forget, *(f"Job {job.id} is {job.state}." for job in self.jobs.made.values())]

    def _known(self, record: Record) -> Known:
        address, *names = [record.text(name) for name in record.of.alike]
        name = " ".join(part for part in names if part not in {"", "-"})
        facts = [(field, value) for field, value in record.values.items() if isinstance(value, str)]
        return Known(
            title=address or name or f"{record.of.name} {record.id}",
            number=record.id,
            state="archived" if record.is_deleted else "live",
            changed=record.changed,
            facts=sorted(facts),
            permissions=self._permissions(record),
        )

    def _permissions(self, record: Record) -> list[tuple[str, str]]:
        prefix = "Person" if record.of.name == "Account" else ""
        out = record.value(f"{prefix}HasOptedOutOfEmail")
        told = [("E-mail", "unsubscribed" if out else "subscribed")]
        party = record.text(f"{prefix}IndividualId")
        consents = [
            (
                one.text("Name"),
                {"OptIn": "subscribed", "OptOut": "unsubscribed"}.get(one.text(CONSENT), "not asked"),
            )
            for one in self.records.all_of(OBJECTS["ContactPointTypeConsent"])
            if party and one.text("PartyId") == party
        ]
        return told + consents

    def _limits(self, _call: Call) -> Answer:
        left = max(0, LIMIT_PER_DAY - self._asked)
        return Answer(200, {"DailyApiRequests": {"Max": LIMIT_PER_DAY, "Remaining": left}})

    def _token(self, call: Call) -> Answer:
        try:
            form = an_object(call.content)
        except ShapeError:
            return _no_token("invalid_request", "the form can't be read")
        if form.get("grant_type") != "client_credentials":
            return _no_token("unsupported_grant_type", "grant type not supported")
        if not _has_credentials(call, form):
            return _no_token("invalid_client_id", "client identifier invalid")
        token = f"00D000000000001!{uuid4().hex}"
        self._tokens.add(token)
        host = {name.lower(): value for name, value in call.headers.items()}.get("host", "localhost")
        body: JsonObject = {
            "access_token": token,
            "instance_url": f"http://{host}/{self.slug}",
            "id": f"http://{host}/{self.slug}/id/00D000000000001AAA/005000000000001AAA",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
            "signature": uuid4().hex,
        }
        return Answer(200, body)


def _bearer(call: Call) -> str:
    said = {name.lower(): value for name, value in call.headers.items()}.get("authorization", "")
    return said.removeprefix("Bearer ")


def _has_credentials(call: Call, form: JsonObject) -> bool:
    """In the form, or by HTTP Basic. Any pair is right, but both must be there."""
    if form.get("client_id") and form.get("client_secret"):
        return True
    said = {name.lower(): value for name, value in call.headers.items()}.get("authorization", "")
    try:
        pair = base64.b64decode(said.removeprefix("Basic "), validate=True)
    except (binascii.Error, ValueError):
        return False
    key, _colon, secret = pair.partition(b":")
    return bool(key and secret)


def _no_token(error: str, description: str) -> Answer:
    return Answer(400, {"error": error, "error_description": description})
