"""How Salesforce speaks: errors are lists, some answers are tables, and a limit is a 403 without a time.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from django.utils import timezone

from ciam.lib import http
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors.base import Answer, Gone
from provisioning.connectors.wire import Fields, Reply, Wire, name_only

log = logging.getLogger(__name__)

ROWS = "rows"
"""Under this name a `Reply` has the list that Salesforce answers with."""
# The limit counts the calls of the last 24 hours: it opens again call by call.
LIMITED_FOR = 900.0
LOCKED = re.compile("UNABLE_TO_LOCK_ROW|Too many SOQL queries")
PASSING = {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "REQUEST_RUNNING_TOO_LONG"}
DUPLICATES = "DUPLICATES_DETECTED"
DELETED = {"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"}


@dataclass(frozen=True)
class Refused:
    """Why Salesforce does not take something: its code, and the fields that it names."""

    code: str
    fields: tuple[str, ...] = ()
    will_pass: bool = False

    @property
    def is_gone(self) -> bool:
        return self.code in DELETED

    def answer(self) -> Answer:
        if self.is_gone:
            return Gone("The record is no longer at Salesforce.")
        if self.will_pass or not self.code:
            return TryLater(f"Salesforce could not save the record ({self.code or 'no reason given'}).")
        named = f" in {', '.join(self.fields)}" if self.fields else ""
        return NeedsHuman(
            f"Salesforce refused the record ({self.code}{named}): correct the value, the mapping or the rule "
            "there, then send again."
        )


def refused(error: Fields) -> Refused:
    """From an error of a row (`statusCode`) or of a whole request (`errorCode`). The message, which may
    repeat the value, is only looked at."""
    code = name_only(error.text("statusCode") or error.text("errorCode"))
    will_pass = code in PASSING or bool(LOCKED.search(error.text("message")))
    fields = [name_only(name) for name in error.texts("fields")]
    return Refused(code, tuple(name for name in fields if name), will_pass)


def reason(reply: Reply) -> Refused:
    """Why a whole request was refused: the first of its errors."""
    return refused(next(iter(reply.body.many(ROWS)), Fields(None)))


class SalesforceWire(Wire):
    """A connection to one host of Salesforce's."""

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        table: str | None = None,
    ) -> httpx.Response:
        """Raises TryLater and NeedsHuman where there is no answer."""
        headers = {} if table is None else {"Content-Type": "text/csv"}
        content = None if table is None else table.encode()
        try:
            return self._client.request(method, path, json=json, data=form, content=content, headers=headers)
        except (http.Forbidden, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise self._misplaced() from error
        except http.TooLate as error:
            raise TryLater("Salesforce takes too long: the rest is sent with the next batch.") from error
        except httpx.HTTPError as error:
            raise TryLater(f"Salesforce did not answer ({type(error).__name__}).") from error

    def judged(self, response: httpx.Response) -> Reply:
        """What an answer says, if it is about what was asked; raises for what concerns the whole target."""
        reply = self._reply(response)
        if reply.is_refused:
            log.warning("Salesforce: %s %s", reply.status, reason(reply).code or "no reason given")
        self._raise_for_all(response, reply)
        return reply

    def _reply(self, response: httpx.Response) -> Reply:
        try:
            content = json.loads(response.content) if response.content else {}
        except (ValueError, RecursionError):
            content = None
        if response.is_success and not isinstance(content, dict | list):
            raise self.unreadable()
        return Reply(response.status_code, Fields({ROWS: content} if isinstance(content, list) else content))

    def _raise_for_all(self, response: httpx.Response, reply: Reply) -> None:
        code, said = reason(reply).code, f"Salesforce answered {reply.status}"
        if code == "REQUEST_LIMIT_EXCEEDED":
            raise TryLater("Salesforce takes no more calls today (REQUEST_LIMIT_EXCEEDED).", LIMITED_FOR)
        if reply.status in {401, 403}:
            raise NeedsHuman(
                f"{said}: it does not accept the connector's credentials, or the run-as user lacks a "
                f"permission ({code or 'no reason given'}). Correct that, then switch the connector on again."
            )
        if reply.status in {408, 429} or reply.status >= 500:
            raise TryLater(f"{said}.", http.retry_after(response, timezone.now()))
        if reply.status in {414, 431}:
            raise NeedsHuman(f"{said}: the mapping has too many fields.")
        if not response.is_success and reply.status < 400:
            raise self._misplaced()

    def _misplaced(self) -> NeedsHuman:
        return NeedsHuman(
            "Salesforce is not to be reached at the connector's login_url: enter the address of My Domain, "
            "as https://example.my.salesforce.com."
        )
