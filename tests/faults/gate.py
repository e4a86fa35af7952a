"""The way from us to the vendors: it leads there, or does what networks do."""

import contextlib
import enum
import socket
import threading
import time
from collections.abc import Iterator

SLOWNESS = 9.0
ANY = "127.0.0.1"


class Way(enum.Enum):
    OPEN = "open"
    SHUT = "connections are refused"
    BLACK_HOLE = "connections are taken, and nothing is ever answered"
    SLOW = "each answer takes nine seconds longer"
    CUT = "answers break off in the middle"


class Gate:
    """A TCP proxy. `leads_to` is the vendors' port; `way` may be changed at any time."""

    def __init__(self) -> None:
        self._listening: socket.socket | None = _listen(0)
        self.port = int(self._listening.getsockname()[1])
        self.leads_to = 0
        self._way = Way.OPEN
        self._over = False
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @contextlib.contextmanager
    def being(self, way: Way) -> Iterator[None]:
        """As `way` says while the block lasts. Connections end with each change."""
        self._change(way)
        try:
            yield
        finally:
            self._change(Way.OPEN)

    def close(self) -> None:
        self._over = True
        self._change(Way.SHUT)

    def _change(self, way: Way) -> None:
        self._way = way
        if way is Way.SHUT and self._listening:
            # Without this the thread that waits in accept() would keep the port open.
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        elif way is not Way.SHUT and not self._listening:
            self._listening = _listen(self.port)
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._over:
            listening = self._listening
            try:
                if listening is None:
                    raise OSError
                inside, _address = listening.accept()
            except OSError:
                time.sleep(0.02)
                continue
            threading.Thread(target=self._serve, args=[inside], daemon=True).start()

    def _serve(self, inside: socket.socket) -> None:
        try:
            outside = socket.create_connection((ANY, self.leads_to), 5)
        except OSError:
            inside.close()
            return
        outside.settimeout(None)
        self._open |= {inside, outside}
        there = threading.Thread(target=self._pass_on, args=[inside, outside, False], daemon=True)
        there.start()
        self._pass_on(outside, inside, True)
        there.join()
        for one in (inside, outside):
            one.close()
            self._open.discard(one)

    def _pass_on(self, origin: socket.socket, end: socket.socket, are_answers: bool) -> None:
        with contextlib.suppress(OSError):
            while part := origin.recv(65_536):
                if self._way is Way.BLACK_HOLE:
                    continue
                if self._way is Way.SLOW and are_answers:
                    time.sleep(SLOWNESS)
                if self._way is Way.CUT and are_answers:
                    end.sendall(part[: len(part) // 2])
                    break
                end.sendall(part)
        for one in (origin, end):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((ANY, port))
    listening.listen(64)
    return listening
