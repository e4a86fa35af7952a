"""Serves the program from one process with a thread for each request: its sessions are in memory."""

import socket
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class QuietHandler(WSGIRequestHandler):
    """Keeps the codes in the address of /callback out of the terminal."""

    # One connection a request: a connection kept open would go on answering after the shop has stopped.
    protocol_version = "HTTP/1.0"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def version_string(self) -> str:
        return "shop"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError where the port is taken. Port 0 takes a free one."""
    return socket.create_server((host, port), backlog=128)


def server(listening: socket.socket, program: "WSGIApplication") -> BaseWSGIServer:
    host, port = listening.getsockname()[:2]
    return make_server(
        host, port, program, threaded=True, request_handler=QuietHandler, fd=listening.fileno()
    )
