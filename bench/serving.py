"""Engines and servers of one measurement: on this machine, in a temporary folder, and gone at its end."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from bench.machine import memory_mb
from ciam.embedded import CannotStart, Child
from ciam.embedded.postgres import NAME, Postgres, free_port
from ciam.embedded.redis_server import Redis
from ciam.embedded.state import ENGINES_LOCK, hold, make_folder, scratch_folder
from ciam.supervisor.plan import CHECKOUT, demo_plan, web
from ciam.supervisor.ports import answer

OURS, STOCK = "ciam.settings", "bench.stock.settings"
LOADING_S = 3_600
START_S = 180.0  # on a machine that others use
TEMPLATE = "template_of_ours"

# As PostgreSQL's documentation suggests for a machine that is its own: the defaults fit a small one.
TUNED = {
    "shared_buffers": f"{min(memory_mb() // 4, 2_048)}MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "maintenance_work_mem": "256MB",
}
# So that loading may leave out the checks of references, and end with everything written.
ALLOWED = (f"GRANT SET ON PARAMETER session_replication_role TO {NAME}", f"GRANT pg_checkpoint TO {NAME}")


@dataclass(frozen=True)
class Server:
    """A web server that answers on `port`. `token` opens its SCIM door."""

    port: int
    token: str
    child: Child
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Ground:
    """One PostgreSQL with as many databases as are wanted, one Redis, one folder."""

    folder: Path
    postgres: Postgres
    redis: Redis

    def url(self, database: str) -> str:
        return urlunsplit(urlsplit(self.postgres.url)._replace(path=f"/{database}"))

    def create(self, database: str, template: str = "template1") -> None:
        self.execute(f"CREATE DATABASE {database} TEMPLATE {template}")

    def execute(self, statement: str, database: str = NAME) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg2.connect(self.url(database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    @property
    def process(self) -> int:
        """PostgreSQL's own, above all its backends."""
        assert self.postgres.child is not None
        return self.postgres.child.pid

    @property
    def version(self) -> str:
        return f"PostgreSQL {self.execute('SHOW server_version')[0][0]}"

    @property
    def demo(self) -> dict[str, Any]:
        """var/demo.json."""
        facts: dict[str, Any] = json.loads((self.folder / "var" / "demo.json").read_text(encoding="utf-8"))
        return facts


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    # Held, so that another run doesn't take the folder for a forgotten one.
    with scratch_folder() as folder, hold(folder / ENGINES_LOCK, "the folder of this run is in use."):
        for name in ("log", "var"):
            make_folder(folder / name)
        # Durable, as in production: what a commit costs is part of what a creation costs.
        postgres = Postgres(folder / "postgres", folder / "log" / "postgres.log", durable=True)
        redis = Redis(folder / "redis", folder / "log" / "redis.log")
        try:
            redis.start()
            postgres.start()
            _tune(postgres)
            yield Ground(folder, postgres, redis)
        finally:
            postgres.stop()
            redis.stop()


def _tune(postgres: Postgres) -> None:
    password = (postgres.home / "superuser-password").read_text()
    place = urlsplit(postgres.url)
    superuser = psycopg2.connect(
        host=place.hostname, port=place.port, user="postgres", password=password, dbname="postgres"
    )
    with contextlib.closing(superuser) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name, value in TUNED.items():
                cursor.execute(f"ALTER SYSTEM SET {name} = %s", [value])
            for statement in ALLOWED:
                cursor.execute(statement)
    postgres.stop()
    postgres.start()


def prepare(ground: Ground) -> None:
    """The database that those of our servers are copied from: migrated, with the demo's brand in it."""
    ground.create(TEMPLATE)
    environment = ours(ground, TEMPLATE, free_port())
    _run(["manage.py", "migrate", "--noinput"], environment)
    _run(["manage.py", "seed_demo"], environment)


def ours(ground: Ground, database: str, port: int) -> dict[str, str]:
    """The environment of our server, as `make run` would have it."""
    others = {"SHOP_PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
    plan = demo_plan({"PORT": str(port), "VAR_DIR": str(ground.folder / "var"), **others})
    return plan.environment(ground.url(database), ground.redis.url)


def stock(ground: Ground, database: str, token: str) -> dict[str, str]:
    said = {
        "DJANGO_SETTINGS_MODULE": STOCK,
        "DATABASE_URL": ground.url(database),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "STOCK_TOKEN": token,
    }
    return {**os.environ, **said}


def load(environment: Mapping[str, str], module: str, *numbers: int) -> None:
    """Fill a database with so many people."""
    _run(["-m", "bench.inside", module, *map(str, numbers)], environment)


def our_server(
    ground: Ground, database: str, number: int, held: contextlib.ExitStack, *, legacy: str = ""
) -> Server:
    """`legacy`: kinds of password hashes that came from elsewhere."""
    port = free_port()
    environment = {**ours(ground, database, port), "LEGACY_PASSWORD_HASHES": legacy}
    ground.create(database, TEMPLATE)
    load(environment, "bench.loading", number)
    return _serve(ground, database, port, environment, ground.demo["scim"]["token"], web(port), held)


def stock_server(ground: Ground, database: str, number: int, held: contextlib.ExitStack) -> Server:
    port, token = free_port(), secrets.token_urlsafe(32)
    environment = stock(ground, database, token)
    ground.create(database)
    _run(["manage.py", "migrate", "--noinput", "--run-syncdb"], environment)
    load(environment, "bench.stock.loading", number)
    return _serve_stock(ground, database, port, environment, token, held)


def bare(ground: Ground, server: Server, held: contextlib.ExitStack) -> Server:
    """The stock server once more, on the same database, without Django's usual middleware."""
    environment = {**server.environment, "STOCK_BARE": "true"}
    return _serve_stock(ground, "bare", free_port(), environment, server.token, held)


def _serve_stock(
    ground: Ground,
    name: str,
    port: int,
    environment: Mapping[str, str],
    token: str,
    held: contextlib.ExitStack,
) -> Server:
    # The same web server with the same workers and threads.
    argv = (*web(port)[:-1], "bench.stock.wsgi:application")
    return _serve(ground, name, port, environment, token, argv, held)


def _serve(
    ground: Ground,
    name: str,
    port: int,
    environment: Mapping[str, str],
    token: str,
    argv: Sequence[str],
    held: contextlib.ExitStack,
) -> Server:
    with (ground.folder / "log" / f"{name}.log").open("ab") as log:
        child = Child(name, argv, cwd=CHECKOUT, environment=environment, output=log)
    held.callback(child.stop)
    deadline = time.monotonic() + START_S
    while not answer(port, "/scim/v2/Schemas").isdecimal():
        if child.poll() is not None or time.monotonic() > deadline:
            raise CannotStart(f"the server {name} does not answer: {_last(ground, name)}")
        time.sleep(0.1)
    return Server(port, token, child, environment)


def _last(ground: Ground, name: str) -> str:
    return (ground.folder / "log" / f"{name}.log").read_text(errors="replace")[-2_000:]


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=LOADING_S,
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"{' '.join(arguments)} failed:\n{done.stderr[-4_000:]}")
