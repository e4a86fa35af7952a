"""What connectors that speak JSON over HTTP share: one call, and which of its failures mean what.

Vendors answer all sorts of things: `Fields` reads a JSON object in which every field may be missing or odd.
"""

import datetime as dt
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx
from django.utils import timezone

from ciam.lib import http
from ciam.lib.outbox import NeedsHuman, TryLater

log = logging.getLogger(__name__)

LOCKED_FOR = 2.0
_TIMES_OUT = {408, 425, 477}


class Fields:
    """A JSON object, read without trust: what isn't there, or is of another kind, is empty."""

    def __init__(self, value: object) -> None:
        self._value: dict[str, object] = value if isinstance(value, dict) else {}

    def text(self, name: str) -> str:
        value = self._value.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int | None:
        value = self._value.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def true(self, name: str) -> bool:
        return self._value.get(name) is True

    @property
    def tree(self) -> dict[str, object]:
        """As it came."""
        return dict(self._value)

    def inner(self, name: str) -> "Fields":
        return Fields(self._value.get(name))

    def many(self, name: str) -> list["Fields"]:
        return many(self._value.get(name))

    def texts(self, name: str) -> list[str]:
        value = self._value.get(name)
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def many(value: object) -> list[Fields]:
    return [Fields(one) for one in value] if isinstance(value, list) else []


def name_only(said: str) -> str:
    """A vendor's name of a field or an error, safe to keep; empty for anything that could say more."""
    return said if re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", said) else ""


@dataclass(frozen=True)
class Reply:
    """An answer that says yes, or no to what was asked: 2xx or 4xx."""

    status: int
    body: Fields

    @property
    def is_refused(self) -> bool:
        return self.status >= 400


class Wire:
    """The connection of one talk. `system` is what an operator calls the target."""

    def __init__(self, system: str, base_url: str, deadline: float, **headers: str) -> None:
        self.system = system
        try:
            self._client = http.client(base_url, deadline=deadline, patience=None, **headers)
        except (http.Forbidden, httpx.InvalidURL, ValueError) as error:
            raise self._misplaced() from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | Sequence[object] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        **headers: str,
    ) -> Reply:
        """`body` goes as JSON, `form` as a form, `content` as it is. Raises TryLater and NeedsHuman for what
        concerns the whole target."""
        try:
            response = self._client.request(
                method, path, json=body, data=form, content=content, headers=headers
            )
        except (http.Forbidden, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise self._misplaced() from error
        except http.TooLate as error:
            raise TryLater(f"{self.system} takes too long: the rest is sent with the next batch.") from error
        except httpx.HTTPError as error:
            raise TryLater(f"{self.system} did not answer ({type(error).__name__}).") from error
        reply = self._reply(response)
        if reply.is_refused:
            self._log(reply)
        self._raise_for_all(response, reply)
        return reply

    def busy(self, response: httpx.Response, reply: Reply) -> float | None:
        """Seconds to wait after an answer 429 without Retry-After; a vendor's own class knows better."""
        return None

    def denies_us(self, response: httpx.Response) -> bool:
        """Whether it refuses the connector, rather than this one request."""
        return response.status_code in {401, 403}

    def unreadable(self) -> TryLater:
        """For an answer that does not say what it should."""
        return TryLater(f"{self.system}'s answer could not be read.")

    def _reply(self, response: httpx.Response) -> Reply:
        try:
            content = json.loads(response.content) if response.content else {}
        except (ValueError, RecursionError):
            content = None
        if response.is_success and not isinstance(content, dict):
            raise self.unreadable()
        return Reply(response.status_code, Fields(content))

    def _raise_for_all(self, response: httpx.Response, reply: Reply) -> None:
        status, asked = reply.status, http.retry_after(response, _now())
        said = f"{self.system} answered {status}"
        if self.denies_us(response):
            raise NeedsHuman(
                f"{said}: it does not accept the connector's credentials, or they lack a permission "
                f"({_category(reply)}). Enter valid ones."
            )
        if status == 429:
            wait = asked if asked is not None else self.busy(response, reply)
            raise TryLater(f"{said}: too many requests.", wait)
        if status == 423:
            raise TryLater(f"{said}: locked.", asked or LOCKED_FOR)
        if status in _TIMES_OUT or status >= 500:
            raise TryLater(f"{said}.", asked)
        if not response.is_success and status < 400:
            raise self._misplaced()

    def _misplaced(self) -> NeedsHuman:
        return NeedsHuman(
            f"{self.system} is not to be reached at the connector's base_url: correct its settings."
        )

    def _log(self, reply: Reply) -> None:
        correlation = name_only(reply.body.text("correlationId"))
        log.warning("%s: %s %s, correlation %s", self.system, reply.status, _category(reply), correlation)


def _category(reply: Reply) -> str:
    return name_only(reply.body.text("category")) or "no reason given"


def _now() -> dt.datetime:
    return timezone.now()
