"""Thousands of people in one job (Bulk API 2.0), for a target that is new or brought up to date as a whole.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_0_ingest.htm

It goes in two steps, as a job may work for longer than what we know stays fresh: `begin` sends what was read
just now and gives the job's number, to be kept; `answers`, once `is_over`, has one for each person, as `push`
would. In between none of these people may be pushed, or the job could bring an older state after a newer one:
whoever begins keeps their claims until the job is over, or has been ended with `abandon`. What changes
meanwhile stays behind, and goes the usual way afterwards. A job whose people are no longer known to whoever
began it is abandoned, and they are sent anew: saving somebody twice makes one.
"""

import csv
import io
import uuid
from collections.abc import Iterator, Mapping, Sequence

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Answer, Push
from provisioning.connectors.salesforce_hold import Held, Holding
from provisioning.connectors.salesforce_org import NAME, UNSAID, Org, Saved, Value
from provisioning.connectors.salesforce_person import People, Result, Shape
from provisioning.connectors.salesforce_wire import LOCKED, PASSING, Refused, reason
from provisioning.connectors.wire import Reply, name_only

# Salesforce works in steps of so many; the table of results stays well below what we read at once.
MOST_ROWS = 10_000
JOBS = "/jobs/ingest"
OVER, WORKING = "JobComplete", {"Open", "UploadComplete", "InProgress"}
NULL = "#N/A"


class Backfill:
    """The people whom one connector shall hold, in jobs. All methods raise TryLater or NeedsHuman for what
    concerns the whole target."""

    def __init__(self, org: Org, shape: Shape, holding: Holding) -> None:
        self._org, self._shape, self._holding = org, shape, holding

    def begin(self, pushes: Sequence[Push]) -> str:
        """At most MOST_ROWS. Those that are not to be held are left out: they go by `push`."""
        assert len(pushes) <= MOST_ROWS, "more people than a job should have"
        people, _failed = self._holding.begin(pushes)
        if not people:
            return ""
        wanted = {
            "object": self._shape.sobject,
            "operation": "upsert",
            "externalIdFieldName": self._shape.our_id,
            "contentType": "CSV",
            "lineEnding": "LF",
        }
        job = self._granted(self._org.ask("POST", JOBS, wanted)).body.text("id")
        if not job.isalnum():
            raise self._org.unreadable()
        self._granted(self._org.ask("PUT", f"{JOBS}/{job}/batches", table=_table(people)))
        self._granted(self._org.ask("PATCH", f"{JOBS}/{job}", {"state": "UploadComplete"}))
        return job

    def is_over(self, job: str) -> bool:
        """Raises NeedsHuman where the job as a whole has failed."""
        state = self._granted(self._org.ask("GET", f"{JOBS}/{job}")).body.text("state")
        if state not in {OVER, *WORKING}:
            raise NeedsHuman(
                f"Salesforce did not do the job {job} ({name_only(state) or 'no reason given'}): see the "
                "Bulk Data Load Jobs there."
            )
        return state == OVER

    def abandon(self, job: str) -> None:
        """Ends a job that is still to be worked on; what it has saved stays saved."""
        reply = self._org.ask("PATCH", f"{JOBS}/{job}", {"state": "Aborted"})
        if reply.is_refused and reply.status != 404 and not self.is_over(job):
            self._granted(reply)

    def answers(self, job: str, pushes: Sequence[Push]) -> Iterator[tuple[uuid.UUID, Answer]]:
        """Of a job that is over, for the pushes that it began with."""
        people, failed = self._holding.begin(pushes)
        yield from failed.items()
        said = self._said(job)
        rows = [one.row for one in people]
        first: dict[uuid.UUID, Result] = {row.key: said.get(row.our_id, UNSAID) for row in rows}
        yield from self._holding.finish(people, People(self._org, self._shape).settle(rows, first))

    def _said(self, job: str) -> Mapping[str, Saved | Refused]:
        """By our id."""
        said: dict[str, Saved | Refused] = {}
        for row in self._rows(f"{JOBS}/{job}/failedResults"):
            said[row.get(self._shape.our_id) or ""] = refused_in_table(row.get("sf__Error") or "")
        for row in csv.DictReader(
            io.StringIO(self._org.table(f"{JOBS}/{job}/successfulResults"), newline="")
        ):
            if row.get("sf__Id"):
                said[row.get(self._shape.our_id) or ""] = Saved(str(row["sf__Id"]))
        return said

    def _rows(self, path: str) -> list[dict[str, str]]:
        text = self._org.table(path)
        try:
            return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            raise self._org.unreadable() from error

    def _granted(self, reply: Reply) -> Reply:
        if reply.is_refused:
            code = reason(reply).code or str(reply.status)
            raise NeedsHuman(
                f"Salesforce refused the job ({code}): see that the run-as user may use the Bulk API."
            )
        return reply


def refused_in_table(text: str) -> Refused:
    """From `CODE:message:Field, Field --`, of which the message is only looked at."""
    code, _colon, rest = text.partition(":")
    named = rest.rpartition(":")[2].removesuffix("--").split(",")
    fields = tuple(name.strip() for name in named if NAME.fullmatch(name.strip()))
    return Refused(name_only(code.strip()), fields, code in PASSING or bool(LOCKED.search(text)))


def _table(people: Sequence[Held]) -> str:
    """A row for each, with the columns of all. An empty cell says nothing of its field, `#N/A` clears it."""
    columns = list(dict.fromkeys(name for one in people for name in one.row.values))
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in one.row.values.items()} for one in people)
    return written.getvalue()


def _cell(value: Value) -> str:
    if value is None:
        return NULL
    return str(value).lower() if isinstance(value, bool) else value
