"""Calls to providers, while somebody waits: all of one visit within five seconds, and bounded in size."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from auth_flows.byoid.identity import Away
from ciam.lib import http

BUDGET_S = 5.0
BIGGEST = 512 * 1024

Json = dict[str, Any]


@dataclass
class Talk:
    """One request of ours, whatever it has to ask: the time is shared."""

    deadline: float = field(default_factory=lambda: time.monotonic() + BUDGET_S)

    def get(self, url: str, **headers: str) -> Any:
        return self._send("GET", url, headers, None)

    def post(self, url: str, body: str, **headers: str) -> Any:
        return self._send("POST", url, headers, body)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> Any:
        """The JSON of the answer, whatever its status: providers tell errors in many ways. Raises Away."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Away("The time is over.")
        # To connect (twice: TLS counts again), to the first byte, from one byte to the next: in all no more
        # than is left.
        patience = left / 3
        timeout = httpx.Timeout(patience, connect=patience / 2)
        sent = {"Accept": "application/json", **headers}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            with http.client(deadline=self.deadline) as client:
                client.timeout = timeout
                with client.stream(method, url, headers=sent, content=body) as answer:
                    if answer.status_code >= 500 or 300 <= answer.status_code < 400:
                        raise Away(f"The provider answered {answer.status_code}.")
                    return json.loads(self._read(answer, self.deadline - patience))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise Away(type(error).__name__) from error

    def _read(self, answer: httpx.Response, until: float) -> bytes:
        whole = b""
        for part in answer.iter_bytes():
            whole += part
            if len(whole) > BIGGEST:
                raise Away("The answer is too big.")
            if time.monotonic() > until:
                raise Away("The answer takes too long.")
        return whole


def an_object(answer: Any) -> Json:
    if not isinstance(answer, dict):
        raise Away("The answer is no JSON object.")
    return answer


def text(said: Any) -> str:
    """A text, or nothing."""
    return said if isinstance(said, str) else ""
