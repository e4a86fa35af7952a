"""Requests over connections that stay open, one after the other or from several threads at once."""

import http.client
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from bench.machine import cpu_seconds
from bench.serving import Server

PATIENCE_S = 120.0


class Failed(Exception):
    """A server answered what it must not. The figures would be worth nothing."""


@dataclass(frozen=True)
class Ask:
    method: str
    path: str
    body: str = ""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    seconds: float = 0.0


Asks = Generator[Ask, Answer, None]
"""One request after the other for ever; each gets its answer, and raises Failed where that is wrong."""


class Door:
    """One connection to the SCIM door of a server."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
        self._headers = {
            "Host": f"localhost:{server.port}",
            "Authorization": f"Bearer {server.token}",
            "Content-Type": "application/scim+json",
        }

    def send(self, ask: Ask) -> Answer:
        began = time.perf_counter()
        self._connection.request(ask.method, ask.path, ask.body.encode() or None, self._headers)
        response = self._connection.getresponse()
        body = response.read()
        return Answer(response.status, body, time.perf_counter() - began)

    def close(self) -> None:
        self._connection.close()


class Walk:
    """Asks through a door, and how long each took, in seconds."""

    def __init__(self, send: Callable[[Ask], Answer], asks: Asks) -> None:
        self._send = send
        self._asks = asks
        self._next = next(asks)
        self.times: list[float] = []

    def step(self) -> None:
        answer = self._send(self._next)
        self.times.append(answer.seconds)
        self._next = self._asks.send(answer)


@dataclass(frozen=True)
class Round:
    """What came of some seconds at full speed."""

    seconds: float
    times: list[float]
    web_cpu: float
    database_cpu: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.times) / self.seconds

    @property
    def cpu(self) -> float:
        """Milliseconds a request, of web server and PostgreSQL."""
        return self.cpu_ms(self.web_cpu + self.database_cpu)

    def cpu_ms(self, spent: float) -> float:
        return 1_000 * spent / len(self.times)


@dataclass
class _Threads:
    ended: list[Walk] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)

    def run(self, server: Server, asks: Asks, until: float) -> None:
        door = Door(server)
        try:
            walk = Walk(door.send, asks)
            while time.monotonic() < until:
                walk.step()
            self.ended.append(walk)
        except Exception as error:
            self.failed.append(error)
        finally:
            door.close()


def full_speed(server: Server, database: int, asks: list[Asks], seconds: float) -> Round:
    """As many threads as walks, each as fast as it is answered. `database`: the process of PostgreSQL."""
    threads = _Threads()
    web_before, database_before = cpu_seconds(server.child.pid), cpu_seconds(database)
    began = time.monotonic()
    running: list[Any] = [
        threading.Thread(target=threads.run, args=(server, walk, began + seconds), daemon=True)
        for walk in asks
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    spent = time.monotonic() - began
    if threads.failed:
        raise threads.failed[0]
    return Round(
        seconds=spent,
        times=[moment for walk in threads.ended for moment in walk.times],
        web_cpu=cpu_seconds(server.child.pid) - web_before,
        database_cpu=cpu_seconds(database) - database_before,
    )
