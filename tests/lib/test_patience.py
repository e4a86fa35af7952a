"""What a page asks of others takes so long at most, however slowly they answer."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from pytest_django import Settings

from ciam.lib import http

Answering = Callable[[socket.socket, threading.Event], None]


@contextmanager
def server(answering: Answering) -> Iterator[int]:
    """A port at which each connection is treated like this until the block ends."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _address = listening.accept()
                except OSError:
                    return
                threading.Thread(target=quietly, args=[connection], daemon=True).start()

        def quietly(connection: socket.socket) -> None:
            with connection:
                try:
                    answering(connection, over)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield int(listening.getsockname()[1])
        over.set()
        listening.shutdown(socket.SHUT_RDWR)


def says_nothing(_connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def drips(text: bytes) -> Answering:
    """One byte at a time, each well within the timeout of a single read."""

    def dripping(connection: socket.socket, over: threading.Event) -> None:
        for place in range(len(text)):
            connection.sendall(text[place : place + 1])
            if over.wait(0.05):
                return

    return dripping


@pytest.mark.parametrize(
    "answering",
    [
        says_nothing,
        drips(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: very\r\n" * 100),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000),
    ],
    ids=["silent", "dripping headers", "dripping body"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_slow_answer_ends_when_patience_does(answering: Answering, scheme: str, settings: Settings) -> None:
    with server(answering) as port:
        settings.OUTBOUND_ALLOWED = [f"localhost:{port}"]
        began = time.monotonic()

        with http.client(patience=0.4) as outside, pytest.raises(httpx.TransportError):
            outside.get(f"{scheme}://localhost:{port}/")

        assert time.monotonic() - began < 10


def test_all_requests_of_a_talk_share_the_patience(settings: Settings) -> None:
    with server(says_nothing) as port:
        settings.OUTBOUND_ALLOWED = [f"localhost:{port}"]
        began = time.monotonic()

        with http.client(patience=0.4) as outside:
            for _request in range(50):
                with pytest.raises(httpx.TimeoutException):
                    outside.get(f"http://localhost:{port}/")

        assert time.monotonic() - began < 10


def test_a_name_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: over.wait(30) and [])
    began = time.monotonic()

    with http.client(patience=0.2) as outside, pytest.raises(httpx.TransportError):
        outside.get("https://slow.example/")

    over.set()
    assert time.monotonic() - began < 10
