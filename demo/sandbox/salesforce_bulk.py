"""Bulk API 2.0: a job takes a CSV, works on it for a while, and has a CSV of what was saved and one of what
was not. https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

from demo.sandbox.salesforce_collections import doubles, refuse_no_external_id, refuse_scripted
from demo.sandbox.salesforce_errors import RowError, SalesforceError, not_found
from demo.sandbox.salesforce_objects import SObject, sobject
from demo.sandbox.salesforce_records import Records
from demo.sandbox.shapes import Json, JsonObject, a_text, an_object, stamp
from demo.sandbox.vendor import Answer, Call

NULL = "#N/A"


@dataclass
class Job:
    id: str
    of: SObject
    external: str
    created: str
    state: str = "Open"
    csv: str = ""
    error: str = ""
    looks: int = 0
    columns: list[str] = field(default_factory=list)
    good: list[dict[str, str]] = field(default_factory=list)
    bad: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> JsonObject:
        body: JsonObject = {
            "id": self.id,
            "object": self.of.name,
            "operation": "upsert",
            "state": self.state,
            "externalIdFieldName": self.external,
            "contentType": "CSV",
            "createdDate": self.created,
            "numberRecordsProcessed": len(self.good) + len(self.bad),
            "numberRecordsFailed": len(self.bad),
        }
        return body | ({"errorMessage": self.error} if self.error else {})

    def rows(self) -> list[dict[str, str]]:
        read = csv.DictReader(io.StringIO(self.csv, newline=""), strict=True)
        self.columns = list(read.fieldnames or [])
        return [{name: text or "" for name, text in row.items() if name} for row in read]


@dataclass
class Jobs:
    """Each is in work for one look, so that whoever looks must look again."""

    records: Records
    made: dict[str, Job] = field(default_factory=dict)

    def create(self, call: Call) -> Answer:
        body = an_object(call.content)
        if body["operation"] != "upsert":
            raise SalesforceError(400, "INVALIDJOB", "The sandbox knows the operation upsert only.")
        kind, external = sobject(a_text(body["object"], "object")), str(body.get("externalIdFieldName", ""))
        refuse_no_external_id(kind, external)
        job = Job(f"750000000{len(self.made) + 1:06}AAA", kind, external, stamp())
        self.made[job.id] = job
        version = call.path_values["version"]
        return Answer(
            200, job.as_json() | {"contentUrl": f"services/data/v{version}/jobs/ingest/{job.id}/batches"}
        )

    def upload(self, call: Call) -> Answer:
        job = self._job(call, "Open")
        if job.csv:
            raise SalesforceError(400, "INVALIDBATCH", "A job takes one upload.")
        job.csv = a_text(call.content, "The body")
        return Answer(201)

    def close(self, call: Call) -> Answer:
        job = self._job(call)
        wanted = str(an_object(call.content)["state"])
        if job.state == "JobComplete" or (wanted == "UploadComplete" and job.state != "Open"):
            raise SalesforceError(400, "INVALIDJOBSTATE", f"The job is {job.state}.")
        job.state = wanted
        if wanted == "UploadComplete":
            self._work(job, call)
        return Answer(200, job.as_json())

    def look(self, call: Call) -> Answer:
        job = self._job(call)
        if job.state in {"UploadComplete", "InProgress"}:
            job.state = "Failed" if job.error else "JobComplete" if job.looks else "InProgress"
            job.looks += 1
        return Answer(200, job.as_json())

    def successful(self, call: Call) -> Answer:
        job = self._job(call)
        return _csv(["sf__Id", "sf__Created", *job.columns], job.good if job.state == "JobComplete" else [])

    def failed(self, call: Call) -> Answer:
        job = self._job(call)
        return _csv(["sf__Id", "sf__Error", *job.columns], job.bad if job.state == "JobComplete" else [])

    def unprocessed(self, call: Call) -> Answer:
        job = self._job(call)
        return _csv(job.columns, [] if job.state == "JobComplete" else job.rows())

    def rows(self, call: Call) -> list[dict[str, str]]:
        """Of the job that this call closes, for scripted faults."""
        job = self.made.get(call.path_values["jobId"])
        try:
            return job.rows() if job else []
        except csv.Error:
            return []

    def _job(self, call: Call, state: str = "") -> Job:
        job = self.made.get(call.path_values["jobId"])
        if job is None:
            raise not_found()
        if state and job.state != state:
            raise SalesforceError(400, "INVALIDJOBSTATE", f"The job is {job.state}.")
        return job

    def _work(self, job: Job, call: Call) -> None:
        try:
            rows = job.rows()
            unknown = [name for name in job.columns if name not in job.of.fields]
            if unknown or not rows:
                raise csv.Error(f"Field name not found : {unknown[0]}" if unknown else "Unable to find data")
        except csv.Error as error:
            job.error = f"InvalidBatch : {error}"
            return
        values = [_values(job.of, row) for row in rows]
        doubled = doubles(values, job.external)
        for row, said in zip(rows, values, strict=True):
            try:
                refuse_scripted(call, said)
                if said.get(job.external) in doubled:
                    raise RowError("DUPLICATE_VALUE", "Duplicate external id specified", (job.external,))
                record, is_new = self.records.upsert(job.of, job.external, said, allow_save=False)
            except RowError as error:
                job.bad.append({"sf__Id": "", "sf__Error": error.in_csv(), **row})
            else:
                job.good.append({"sf__Id": record.id, "sf__Created": str(is_new).lower(), **row})


def _values(kind: SObject, row: Mapping[str, str]) -> JsonObject:
    """An empty cell says nothing of its field; `#N/A` empties it."""
    return {name: _value(kind, name, text) for name, text in row.items() if text}


def _value(kind: SObject, name: str, text: str) -> Json:
    if text == NULL:
        return None
    if kind.field(name).type == "boolean" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    return text


def _csv(columns: list[str], rows: list[dict[str, str]]) -> Answer:
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return Answer(200, raw=written.getvalue().encode(), content_type="text/csv")
