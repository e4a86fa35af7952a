"""How we talk to Mixpanel: with rows that it judges one by one, and with questions about profiles.

https://developers.mixpanel.com/reference/import-events
https://developers.mixpanel.com/reference/engage-query
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

import httpx

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.mixpanel_project import Project
from provisioning.connectors.wire import Fields, Reply, Wire, name_only

Row = Mapping[str, object]

MOST_ROWS = 2000
MOST_BYTES = 2_000_000
PROFILES_A_QUERY = 1000
# Sixty queries an hour, one deletion a second.
BETWEEN_QUERIES = 60.0
BETWEEN_DELETIONS = 1.0


class Ingestion(Wire):
    """Where Mixpanel is told something."""

    def __init__(self, project: Project, deadline: float) -> None:
        super().__init__("Mixpanel", project.ingestion_url, deadline)
        self._project = project

    def events(self, rows: Sequence[Row]) -> dict[int, NeedsHuman]:
        """By place of the row, why it is refused; the others are taken."""
        path = f"/import?strict=1&project_id={self._project.id}"
        return self._judged(path, rows, Authorization=self._project.basic)

    def profiles(self, rows: Sequence[Row]) -> dict[int, NeedsHuman]:
        """Like `events`."""
        return self._judged("/engage?verbose=1&strict=1", rows)

    def track(self, rows: Sequence[Row]) -> None:
        """For what no other door takes. Without a word on single rows."""
        for _start, some in _pieces(rows):
            reply = self.call("POST", "/track?verbose=1&ip=0", form={"data": json.dumps(some)})
            if reply.is_refused or reply.body.number("status") != 1:
                raise self._nothing_taken(reply)

    def _judged(self, path: str, rows: Sequence[Row], **headers: str) -> dict[int, NeedsHuman]:
        return {
            start + place: why
            for start, some in _pieces(rows)
            for place, why in self._judge(path, some, headers).items()
        }

    def _judge(self, path: str, rows: Sequence[Row], headers: Mapping[str, str]) -> dict[int, NeedsHuman]:
        reply = self.call("POST", path, rows, None, None, **headers)
        if not reply.is_refused:
            return {}
        if reply.status not in {400, 413}:
            raise self._nothing_taken(reply)
        failed = {one.number("index"): _refusal(one) for one in reply.body.many("failed_records")}
        places = {place: why for place, why in failed.items() if place is not None and place < len(rows)}
        if places:
            return places
        if len(rows) == 1:
            return {0: _refusal(Fields(None))}
        # Too large, or refused as a whole: one of them may be the reason.
        half = len(rows) // 2
        behind = self._judge(path, rows[half:], headers)
        return {
            **self._judge(path, rows[:half], headers),
            **{half + place: why for place, why in behind.items()},
        }

    def _nothing_taken(self, reply: Reply) -> NeedsHuman:
        return NeedsHuman(f"Mixpanel takes nothing ({reply.status}): see the connector's settings.")


class Application(Wire):
    """Where Mixpanel is asked something."""

    def __init__(self, project: Project, deadline: float) -> None:
        super().__init__("Mixpanel", project.application_url, deadline)
        self._project = project

    def busy(self, response: httpx.Response, reply: Reply) -> float | None:
        return BETWEEN_QUERIES if "/query/" in response.request.url.path else BETWEEN_DELETIONS

    def profiles(self, ids: Sequence[str], names: Iterable[str]) -> dict[str, Fields]:
        """What it knows of these people, by id; those whom it lacks are left out. One query a thousand."""
        found: dict[str, Fields] = {}
        for start in range(0, len(ids), PROFILES_A_QUERY):
            some = list(ids[start : start + PROFILES_A_QUERY])
            form = {"distinct_ids": json.dumps(some), "output_properties": json.dumps(sorted(names))}
            path = f"/api/query/engage?project_id={self._project.id}"
            reply = self.call("POST", path, form=form, Authorization=self._project.basic)
            if reply.is_refused:
                raise NeedsHuman(f"Mixpanel refused a query ({reply.status}): see the connector's settings.")
            results = reply.body.many("results")
            found |= {one.text("$distinct_id"): one.inner("$properties") for one in results}
        return found

    def accepts_token(self) -> bool:
        body = {"project_token": self._project.token}
        return not self.call("POST", "/api/app/validate-project-credentials/", body).is_refused

    def deletion(self, method: str, task: str = "", body: Row | None = None) -> Reply:
        path = (
            f"/api/app/data-deletions/v3.0/{quote(task, safe='')}?token={quote(self._project.token, safe='')}"
        )
        return self.call(method, path, body, Authorization=f"Bearer {self._project.gdpr_token}")


def _pieces(rows: Sequence[Row]) -> Iterator[tuple[int, Sequence[Row]]]:
    """(place of the first, rows): as many as one call may have, by number and by size."""
    start, size = 0, 0
    for place, row in enumerate(rows):
        more = len(json.dumps(row)) + 1
        if place > start and (place - start >= MOST_ROWS or size + more > MOST_BYTES):
            yield start, rows[start:place]
            start, size = place, 0
        size += more
    if rows:
        yield start, rows[start:]


def _refusal(failed: Fields) -> NeedsHuman:
    """Its message may hold the value itself, so that only the field is told."""
    field = name_only(failed.text("field").replace("$", ""))
    return NeedsHuman(
        f"Mixpanel does not accept {field or 'the person as they are'}: correct the value or the mapping, "
        "then send again."
    )
