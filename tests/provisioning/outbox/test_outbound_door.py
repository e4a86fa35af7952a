"""The client that connectors use: nothing after the deadline, no answer without end."""

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from pytest_django import Settings

from ciam.lib import http

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
Serve = Callable[[Callable[[socket.socket], None]], str]


@pytest.fixture
def serve(settings: Settings) -> Iterator[Serve]:
    """Answers one connection as a test wishes; gives the address."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{port}"]
    threads: list[threading.Thread] = []

    def start(answer: Callable[[socket.socket], None]) -> str:
        def run() -> None:
            try:
                connection, _address = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                answer(connection)

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{port}"

    yield start
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    for thread in threads:
        thread.join(5)


def said(connection: socket.socket, text: str) -> None:
    try:
        connection.sendall(text.encode())
    except OSError:
        raise ConnectionError from None


def test_nothing_is_sent_after_the_deadline(serve: Serve) -> None:
    asked = threading.Event()
    address = serve(lambda connection: asked.set())

    with http.client(address, deadline=time.monotonic() - 1) as client, pytest.raises(http.TooLate):
        client.get("/")

    assert not asked.is_set()


def test_a_deadline_that_passes_while_connecting_counts(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = serve(lambda connection: None)
    resolve = http.judged_addresses

    def slowly(host: str, port: int, seconds: float | None = None) -> list[str]:
        time.sleep(0.3)
        return resolve(host, port, seconds)

    monkeypatch.setattr(http, "judged_addresses", slowly)

    with http.client(address, deadline=time.monotonic() + 0.2) as client, pytest.raises(http.TooLate):
        client.get("/")


def test_an_answer_that_trickles_for_ever_ends(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST_ANSWER", 0.3)
    stop = threading.Event()

    def trickle(connection: socket.socket) -> None:
        said(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not stop.wait(0.05):
            try:
                said(connection, "x")
            except ConnectionError:
                return

    with http.client(serve(trickle)) as client, pytest.raises(httpx.ReadTimeout):
        client.get("/")
    stop.set()


def test_an_answer_that_is_too_big_ends(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BIGGEST_ANSWER", 1_000)
    body = "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + "x" * 2_000

    address = serve(lambda connection: said(connection, body))
    with http.client(address) as client, pytest.raises(httpx.ReadError, match="too big"):
        client.get("/")


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    moved = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"

    with http.client(serve(lambda connection: said(connection, moved))) as client:
        assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("999999999", 86_400),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    response = httpx.Response(429, headers=[(b"Retry-After", header.encode("latin-1"))])

    assert http.retry_after(response, NOON) == seconds


def test_no_retry_after_is_none() -> None:
    assert http.retry_after(httpx.Response(503), NOON) is None
