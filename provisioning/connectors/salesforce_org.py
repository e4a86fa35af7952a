"""One talk with one Salesforce org: who we are there, and up to 200 records in a call.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm
Rows are answered in their order, each by itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

import httpx

from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.salesforce_session import session_of
from provisioning.connectors.salesforce_wire import ROWS, Refused, SalesforceWire, reason, refused
from provisioning.connectors.wire import Fields, Reply
from provisioning.models import Connector

VERSION = "v68.0"
OLDEST = 52
MOST = 200
# Salesforce takes addresses of some 16,000 characters; the rest of a query needs its part.
LONGEST_LIST = 12_000
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
DUPLICATE_RULE = "Sforce-Duplicate-Rule-Header"
HEADERS = {
    "Sforce-Auto-Assign": "FALSE",
    "Sforce-Call-Options": "client=ciam",
}

Value = str | bool | None
Values = Mapping[str, Value]
"""By field; None clears it."""


@dataclass(frozen=True)
class Saved:
    id: str


Result = Saved | Refused
UNSAID = Refused("")


class Org(SalesforceWire):
    """With the session that all workers share. What Salesforce refuses for its age is asked once more with a
    new one."""

    def __init__(self, connector: Connector, deadline: float) -> None:
        self._connector, self._deadline = connector, deadline
        self._session = session_of(connector, deadline)
        version = str(connector.settings.get("version") or VERSION)
        said = re.fullmatch(r"v?([0-9]{2,3})\.0", version)
        if said is None or int(said[1]) < OLDEST:
            raise NeedsHuman(f"The setting version must be one from v{OLDEST}.0 on, as {VERSION}.")
        self.base = f"/services/data/v{said[1]}.0"
        super().__init__("Salesforce", self._session.instance_url, deadline, **HEADERS)
        self._wear()

    @property
    def host(self) -> str:
        return urlsplit(self._session.instance_url).hostname or ""

    def _wear(self) -> None:
        self._client.base_url = httpx.URL(self._session.instance_url)
        self._client.headers["Authorization"] = f"Bearer {self._session.token}"

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        table: str | None = None,
        *,
        allow_save: bool = False,
    ) -> Reply:
        """`path` is below the version's. `allow_save`: pass over duplicate rules that only warn."""
        return self.judged(self._fresh(method, path, body, table, allow_save=allow_save))

    def table(self, path: str) -> str:
        """An answer in CSV; raises TryLater where it is none."""
        response = self._fresh("GET", path, None, None, allow_save=False)
        if not response.is_success:
            self.judged(response)
            raise NeedsHuman(f"Salesforce answered {response.status_code}: it does not have these results.")
        if response.headers.get("Content-Type", "").partition(";")[0] != "text/csv":
            raise self.unreadable()
        return response.text

    def _fresh(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        table: str | None,
        *,
        allow_save: bool,
    ) -> httpx.Response:
        rule = f"allowSave={str(allow_save).lower()}; includeRecordDetails=false; runAsCurrentUser=true"
        self._client.headers[DUPLICATE_RULE] = rule
        response = self.send(method, f"{self.base}{path}", json=body, table=table)
        if response.status_code == 401 and reason(self._reply(response)).code == "INVALID_SESSION_ID":
            self._session = session_of(self._connector, self._deadline, refused=self._session.token)
            self._wear()
            response = self.send(method, f"{self.base}{path}", json=body, table=table)
        return response

    def describe(self, sobject: str) -> dict[str, Fields] | None:
        """The fields of an object by name; None where the run-as user sees no such object."""
        reply = self.ask("GET", f"/sobjects/{sobject}/describe")
        if reply.is_refused:
            return None
        found = {one.text("name"): one for one in reply.body.many("fields")}
        if "Id" not in found:
            raise self.unreadable()
        return found

    def upsert(
        self, sobject: str, external: str, rows: Sequence[Values], *, allow_save: bool = False
    ) -> list[Result]:
        return self._save(f"/composite/sobjects/{sobject}/{external}", sobject, rows, allow_save=allow_save)

    def update(self, sobject: str, rows: Sequence[Values]) -> list[Result]:
        """Each row has its `Id`; none is ever made."""
        return self._save("/composite/sobjects", sobject, rows, allow_save=True)

    def delete(self, ids: Sequence[str]) -> list[Result]:
        found: list[Result] = []
        for start in range(0, len(ids), MOST):
            asked = urlencode({"ids": ",".join(ids[start : start + MOST]), "allOrNone": "false"})
            reply = self.ask("DELETE", f"/composite/sobjects?{asked}")
            found += self._results(reply, len(ids[start : start + MOST]))
        return found

    def forget(self, sobject: str, our_id: str, rows: Sequence[Values], *, delete: bool) -> list[Result]:
        """Overwrites records, by `Id`, with what these rows say, and takes our id from them. With `delete`
        they are deleted after that: the Recycle Bin keeps them for fifteen days, so there is nothing left in
        them by then."""
        if not delete:
            return self.update(sobject, [{**row, our_id: None} for row in rows])
        overwritten = self.update(sobject, rows)
        ids = [result.id for result in overwritten if isinstance(result, Saved)]
        deleted = dict(zip(ids, self.delete(ids), strict=True))
        return [deleted[one.id] if isinstance(one, Saved) else one for one in overwritten]

    def query(self, sobject: str, names: Iterable[str], by: str, values: Iterable[str]) -> list[Fields]:
        """Records in which the field `by` has one of these values. One call for 200 ids of ours."""
        asked = ",".join(names)
        found: list[Fields] = []
        for piece in pieces(f"'{_escaped(value)}'" for value in dict.fromkeys(values)):
            # Names come from settings, which are held to `NAME`.
            found += self._found(f"SELECT {asked} FROM {sobject} WHERE {by} IN ({','.join(piece)})")  # noqa: S608
        return found

    def _found(self, soql: str) -> list[Fields]:
        reply = self.ask("GET", f"/query?{urlencode({'q': soql})}")
        if reply.is_refused:
            raise NeedsHuman(
                f"Salesforce refused to read records ({reason(reply).code or reply.status}): see the "
                "mapping, the external id field and what the run-as user may see."
            )
        records = reply.body.many("records")
        # Whoever isn't in the answer counts as not there, so it must be whole.
        if not reply.body.true("done") or not all(one.text("Id") for one in records):
            raise self.unreadable()
        return records

    def _save(self, path: str, sobject: str, rows: Sequence[Values], *, allow_save: bool) -> list[Result]:
        found: list[Result] = []
        for start in range(0, len(rows), MOST):
            found += self._save_batch(path, sobject, rows[start : start + MOST], allow_save=allow_save)
        return found

    def _save_batch(
        self, path: str, sobject: str, rows: Sequence[Values], *, allow_save: bool
    ) -> list[Result]:
        records = [{"attributes": {"type": sobject}, **row} for row in rows]
        body = {"allOrNone": False, "records": records}
        reply = self.ask("PATCH", path, body, allow_save=allow_save)
        if not reply.is_refused:
            return self._results(reply, len(rows))
        if reply.status == 404 or reason(reply).code == "INVALID_FIELD":
            raise NeedsHuman(
                f"Salesforce does not have {sobject}, its external id field or a mapped field, or the run-as "
                f"user does not see it ({reason(reply).code or reply.status}): see the connector's settings."
            )
        if len(rows) == 1:
            return [reason(reply)]
        # One of them is the reason.
        half = len(rows) // 2
        return [
            result
            for part in (rows[:half], rows[half:])
            for result in self._save_batch(path, sobject, part, allow_save=allow_save)
        ]

    def _results(self, reply: Reply, expected: int) -> list[Result]:
        results = reply.body.many(ROWS)
        if reply.is_refused or len(results) != expected:
            raise self.unreadable()
        return [_result(one) for one in results]


def pieces(texts: Iterable[str]) -> Iterator[list[str]]:
    """As many at a time as an address can carry."""
    piece: list[str] = []
    size = 0
    for text in texts:
        length = len(quote(text)) + len("%2C")
        if piece and (size + length > LONGEST_LIST or len(piece) == MOST):
            yield piece
            piece, size = [], 0
        piece.append(text)
        size += length
    if piece:
        yield piece


def _result(said: Fields) -> Result:
    if said.true("success") and said.text("id"):
        return Saved(said.text("id"))
    return next((refused(error) for error in said.many("errors")), UNSAID)


def _escaped(text: str) -> str:
    """As the inside of a text in SOQL."""
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
