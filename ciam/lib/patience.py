"""How long a talk with somebody outside may take in all, while a person waits for a page.

A timeout of a socket starts anew with each byte: whoever sends one a second holds a page for ever.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore

FOR_A_PAGE = 5.0
"""Seconds. All that a page asks of others together."""


class Patience:
    """Begins when it is made."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def left(self, most: float | None = None) -> float:
        """Seconds that are left, at most `most`; raises a timeout where there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("It takes too long for somebody who waits.")
        return left if most is None else min(left, most)


class Hurried(httpcore.NetworkStream):
    """A connection that ends when patience does."""

    def __init__(self, stream: httpcore.NetworkStream, patience: Patience) -> None:
        self._stream = stream
        self._patience = patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._patience.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._patience.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._patience.left(timeout))
        return Hurried(stream, self._patience)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def resolved(host: str, port: int, within: float | None) -> Iterable[Any]:
    """`socket.getaddrinfo`, which itself knows no timeout. Raises OSError."""
    if within is None:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found: list[Any] = []
    failed: list[Exception] = []

    def look() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(within)
    if failed:
        raise failed[0]
    if not found:
        raise httpcore.ConnectTimeout(f"The name {host} takes too long to be resolved.")
    return found
