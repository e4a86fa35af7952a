"""The only door to the outside: https alone, short timeouts, nothing personal in the logs. It leads neither
into private networks nor back to us (`ciam.lib.outside`), but for the pairs of host and port that the
settings let through.

The address is resolved once, judged, and then connected to as judged, so that a name that answers
differently the second time (rebinding) leads nowhere. Redirects are not followed. Answers are bounded in
size and in time, however slowly they trickle.
"""

import datetime as dt
import email.utils
import logging
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx
from django.conf import settings

from ciam.lib.outside import is_our_name, is_outside
from ciam.lib.patience import Hurried, Patience, resolved

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(10.0, connect=3.0)
BIGGEST_ANSWER = 10 * 1024 * 1024
LONGEST_ANSWER = 10.0
LONGEST_RETRY_AFTER = 86_400.0


class Forbidden(httpx.ConnectError):
    """The address is inside our own walls, and not one that the settings let through."""


class TooLate(httpx.TransportError):
    """The deadline passed before the request was sent. It was not sent."""


def _allowed(host: str, port: int) -> bool:
    return f"{host}:{port}" in settings.OUTBOUND_ALLOWED


def judged_addresses(host: str, port: int, within: float | None = None) -> list[str]:
    """The addresses of `host` to which we may connect; raises Forbidden if any of them is inside."""
    try:
        found = resolved(host, port, within)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"The name {host} can't be resolved.") from error
    addresses = [str(info[4][0]) for info in found]
    if _allowed(host, port):
        return addresses
    if is_our_name(host) or not all(is_outside(address) for address in addresses):
        raise Forbidden(f"{host} leads to a private address, or to one of ours.")
    return addresses


@cache
def _tls() -> ssl.SSLContext:
    """Reading the system's certificates takes a tenth of a second."""
    return ssl.create_default_context()


class _JudgedBackend(httpcore.SyncBackend):
    def __init__(self, in_time: Callable[[], None], patience: Patience | None) -> None:
        self._in_time = in_time
        self._patience = patience

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        patience = self._patience
        for address in judged_addresses(host, port, patience.left() if patience else None):
            wait = patience.left(timeout) if patience else timeout
            try:
                stream = super().connect_tcp(address, port, wait, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
            else:
                # Resolving a name knows no timeout, and a process can be frozen here as anywhere.
                self._in_time()
                return Hurried(stream, patience) if patience else stream
        raise failure or httpcore.ConnectError(f"{host} has no address.")


class _JudgedTransport(httpx.HTTPTransport):
    def __init__(self, in_time: Callable[[], None], patience: Patience | None) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._in_time = in_time
        self._patience = patience
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            network_backend=_JudgedBackend(in_time, patience),
            max_connections=20,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme != "https" and not _allowed(url.host, url.port or 80):
            raise Forbidden("Only https leads outside.")
        self._in_time()
        if self._patience and self._patience.is_over:
            raise httpx.ReadTimeout("The request before has taken all the time there was.")
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Bounded(response.stream)
        return response


class _Bounded(httpx.SyncByteStream):
    """A body that ends with an error where it is too big or takes too long."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream
        self._until = time.monotonic() + LONGEST_ANSWER

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for part in self._stream:
            size += len(part)
            if size > BIGGEST_ANSWER:
                raise httpx.ReadError("The answer is too big.")
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("The answer takes too long.")
            yield part

    def close(self) -> None:
        self._stream.close()


def client(
    base_url: str = "", *, deadline: float | None = None, patience: float | None = None, **headers: str
) -> httpx.Client:
    """A client for one talk. `base_url` is http(s) only.

    After `deadline` (seconds of `time.monotonic`) nothing is sent any more: it raises TooLate.

    While somebody waits for a page, `patience` is how many seconds the whole talk may take from now, with
    names, handshakes and every byte of every answer; then it ends with httpx.TimeoutException.
    """
    if base_url and urlsplit(base_url).scheme not in {"http", "https"}:
        raise Forbidden("Only http and https lead outside.")

    def in_time() -> None:
        if deadline is not None and time.monotonic() > deadline:
            raise TooLate("It is too late to send this.")

    return httpx.Client(
        base_url=base_url,
        headers={"User-Agent": "ciam/1", **headers},
        timeout=TIMEOUT,
        transport=_JudgedTransport(in_time, Patience(patience) if patience is not None else None),
        follow_redirects=False,
        trust_env=False,
        event_hooks={"response": [_log_line]},
    )


def retry_after(response: httpx.Response, now: dt.datetime) -> float | None:
    """The seconds that the answer asks us to wait, at most a day (RFC 9110, section 10.2.3)."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said), LONGEST_RETRY_AFTER)
    try:
        until = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def _log_line(response: httpx.Response) -> None:
    request = response.request
    # Path and query can carry an address of somebody.
    log.debug("outbound %s %s -> %s", request.method, request.url.host, response.status_code)
