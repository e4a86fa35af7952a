"""Somebody who signs in by the hosted pages, over one connection that stays open."""

import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench.driving import PATIENCE_S, Answer, Failed
from bench.serving import Server

PASSWORD = "nine chairs and a kettle"
# Those whose address has no account come last: nobody is there to be made.
STATES = ("full", "lite", "social-only", "passkey-only", "suspended", "legacy hash")
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


def stranger(i: int) -> str:
    """An address without an account, as long as a customer's."""
    return f"stranger{i}@bench.example"


@dataclass
class Visitor:
    """A browser with nothing in it. `source`: the address of this machine from which it comes."""

    server: Server
    source: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    path: str = ""
    token: str = ""

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", self.server.port, timeout=PATIENCE_S, source_address=(self.source, 0)
        )

    def close(self) -> None:
        self._connection.close()

    def arrives(self, address: str, door: str = "/sign-in/") -> Answer:
        """Up to the page that wants a proof; the answer is that to the address, and timed."""
        self.send("GET", door, expected=303)
        self.send("GET", self.path)
        told = self.send("POST", f"{self.path}?step=identify", {"identifier": address}, expected=303)
        self.send("GET", self.path)
        return told

    def says(self, password: str, expected: int = 200) -> Answer:
        return self.send("POST", f"{self.path}?step=password", {"password": password}, expected=expected)

    def send(
        self, method: str, path: str, form: Mapping[str, str] | None = None, *, expected: int = 200
    ) -> Answer:
        headers = {
            "Host": f"localhost:{self.server.port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({"csrfmiddlewaretoken": self.token, **form})
        began = time.perf_counter()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        answer = Answer(response.status, response.read(), time.perf_counter() - began)
        if answer.status != expected:
            raise Failed(f"{method} {path.partition('?')[2]} was answered {answer.status}")
        self._remember(response, answer)
        return answer

    def _remember(self, response: http.client.HTTPResponse, answer: Answer) -> None:
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if response.headers["Location"]:
            self.path = response.headers["Location"].partition("?")[0]
        found = TOKEN.search(answer.body)
        if found:
            self.token = found[1].decode()
