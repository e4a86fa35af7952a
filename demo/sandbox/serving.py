"""Serves the program from one process with a thread for each request: its state is in memory."""

import socket

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from demo.sandbox.program import Program


class QuietHandler(WSGIRequestHandler):
    """Keeps e-mail addresses in URLs out of the terminal; the page and /requests show every request."""

    # One connection a request: a connection kept open would go on answering after the server has stopped.
    protocol_version = "HTTP/1.0"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def version_string(self) -> str:
        return "sandbox"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError where the port is taken. Port 0 takes a free one."""
    return socket.create_server((host, port), backlog=128)


def server(listening: socket.socket, program: Program) -> BaseWSGIServer:
    host, port = listening.getsockname()[:2]
    return make_server(
        host, port, program, threaded=True, request_handler=QuietHandler, fd=listening.fileno()
    )
