"""The three ports of the demo: read, checked, asked."""

import errno
import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ciam.embedded import CannotStart

VARIABLES = {"PORT": 8000, "SHOP_PORT": 8001, "SANDBOX_PORT": 8002}
# A program on ::1 would get the browsers' requests to localhost instead of ours.
LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


@dataclass(frozen=True)
class Ports:
    site: int
    shop: int
    sandbox: int

    @classmethod
    def wanted(cls, environment: Mapping[str, str]) -> Self:
        """As PORT, SHOP_PORT and SANDBOX_PORT say."""
        numbers = [_number(name, environment.get(name) or str(usual)) for name, usual in VARIABLES.items()]
        if len(set(numbers)) < len(numbers):
            raise CannotStart("PORT, SHOP_PORT and SANDBOX_PORT must be three different ports.")
        return cls(*numbers)

    def check_free(self) -> None:
        """Refuse when another program has one of them."""
        for name, port in zip(VARIABLES, (self.site, self.shop, self.sandbox), strict=True):
            for family, host in LOOPBACKS:
                _check_free(name, port, family, host)


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise CannotStart(f"{name} must be a port between 1 and 65535.")
    return int(text)


def _check_free(name: str, port: int, family: socket.AddressFamily, host: str) -> None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the servers themselves do: connections of an earlier run in TIME_WAIT are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"port {port} is taken by another program: end that one, or choose another port, "
                f"for example `make run {name}={_next_free(port)}`."
            ) from None
        if error.errno == errno.EACCES:
            raise CannotStart(f"port {port} is only for root: set {name} to one above 1023.") from None
        if family == socket.AF_INET:  # without IPv6 there is nobody on ::1 either
            raise CannotStart(f"cannot use port {port}: {error.strerror}; set {name} to another.") from error


def _next_free(port: int) -> int:
    for candidate in range(port + 10, min(port + 1_000, 65_536), 10):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", candidate)) != 0:
                return candidate
    return port + 10


def answer(port: int, path: str) -> str:
    """What the program on that port answers: the status, or why there is none. No proxy is asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
