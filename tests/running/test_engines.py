"""The embedded PostgreSQL and Redis as real processes."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis

from ciam.embedded import CannotStart, Engines, postgres
from tests.running.processes import CHECKOUT, eventually, family, nobody_is_left, process

IS_ROOT = os.geteuid() == 0


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """In a path with a space, below a folder that only we may enter."""
    closed = tmp_path / "only mine"
    closed.mkdir(mode=0o700)
    return closed / "var"


def own_engines(state: Path) -> Engines:
    return Engines(state, durable=False, environment={})


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def held(state: Path) -> Iterator[tuple["subprocess.Popen[str]", dict[str, object]]]:
    """Another process that holds the engines of `state`, and what it says about them."""
    argv = [sys.executable, "-m", "tests.running.hold_engines", str(state)]
    with subprocess.Popen(
        argv, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        yield holder, json.loads(holder.stdout.readline())
        holder.kill()


def test_engines_stop_and_start_again_on_the_same_data(state: Path) -> None:
    with Engines(state, environment={}) as engines:
        ask(engines.database_url, "CREATE TABLE note AS SELECT 'kept' AS text")
        first = family(engines.postgres_process.pid) | family(engines.redis_process.pid)
        first_url = engines.database_url
    nobody_is_left(first, within=0.1)

    with Engines(state, environment={}) as engines:
        assert ask(engines.database_url, "SELECT text FROM note") == [("kept",)]
        assert engines.database_url != first_url
        assert ask(engines.database_url, "SELECT rolsuper FROM pg_roles WHERE rolname = user") == [(False,)]
        assert ask(engines.database_url, "SHOW data_checksums") == [("on",)]
        assert ask(engines.database_url, "SELECT 'a' < 'B', 'Ä' ~ '\\w', lower('Ä')") == [(False, True, "ä")]


def test_nobody_comes_in_without_the_password(state: Path) -> None:
    with own_engines(state) as engines:
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(engines.database_url.replace("ciam:", "ciam:x", 1))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(engines.redis_url.replace("redis://:", "redis://:x")).ping()
        arguments = Path(f"/proc/{engines.redis_process.pid}/cmdline").read_text()
        assert str(urlsplit(engines.redis_url).password) not in arguments


def test_redis_starts_again_empty_at_the_same_address(state: Path) -> None:
    with own_engines(state) as engines:
        client = redis.Redis.from_url(engines.redis_url)
        client.set("hint", "1")
        os.kill(engines.redis_process.pid, signal.SIGSTOP)

        engines.restart_redis()

        assert client.get("hint") is None


def test_a_second_owner_of_the_same_folder_is_refused(state: Path) -> None:
    with own_engines(state) as engines:
        with pytest.raises(CannotStart, match="already running"):
            own_engines(state).start()

        assert ask(engines.database_url, "SELECT 1") == [(1,)]


def test_engines_end_when_their_owner_is_killed_and_start_again(state: Path) -> None:
    with held(state) as (owner, said):
        ask(str(said["url"]), "CREATE TABLE note AS SELECT 1")
        everybody = family(owner.pid)
        owner.kill()
        owner.wait()

        with own_engines(state) as engines:
            assert ask(engines.database_url, "SELECT * FROM note") == [(1,)]
    nobody_is_left(everybody)


def test_postgres_ends_when_its_guard_is_killed(state: Path) -> None:
    with held(state) as (owner, said):
        assert isinstance(said["pids"], list)
        server = process(said["pids"][0])
        backends = family(server.pid)
        guard = int(Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()[1])
        assert guard != owner.pid

        os.kill(guard, signal.SIGKILL)

        nobody_is_left(backends)


def run_unguarded(state: Path) -> "subprocess.Popen[bytes]":
    """A PostgreSQL on that folder that nobody looks after."""
    server = postgres.Postgres(state / "postgres", state / "log" / "orphan.log", durable=False)
    user = server.identity.user if server.identity else None
    capabilities = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    argv = ["setpriv", f"--reuid={user}", "--clear-groups", *capabilities] if user else []
    where = ["-D", str(server.data), f"--port={postgres.free_port()}", "--unix_socket_directories="]
    orphan = subprocess.Popen([*argv, str(server.binaries / "postgres"), *where], stderr=subprocess.DEVNULL)
    ready = server.data / "postmaster.pid"
    eventually(lambda: ready.exists() and "ready" in ready.read_text(), "the orphan does not start")
    return orphan


def test_an_orphan_that_still_holds_the_data_is_ended(state: Path) -> None:
    with own_engines(state):
        pass
    orphan = run_unguarded(state)

    with own_engines(state) as engines:
        assert orphan.wait(10) == 0
        assert ask(engines.database_url, "SELECT 1") == [(1,)]


def test_a_stale_pid_file_that_names_a_stranger_blocks_nothing(state: Path) -> None:
    with own_engines(state) as engines:
        data = state / "postgres" / "data"
        left = (data / "postmaster.pid").read_text()
        user = data.stat().st_uid if IS_ROOT else None
        server = engines.postgres_process.pid
    stranger = subprocess.Popen(["sleep", "60"], user=user)
    (data / "postmaster.pid").write_text(left.replace(str(server), str(stranger.pid), 1))

    with own_engines(state) as engines:
        assert ask(engines.database_url, "SELECT 1") == [(1,)]

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_what_a_killed_initdb_left_goes(state: Path) -> None:
    leftover = state / "postgres.new-killed" / "data"
    leftover.mkdir(parents=True)

    with own_engines(state):
        assert not leftover.parent.exists()


def test_a_port_that_somebody_took_meanwhile_is_no_obstacle(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        ports = iter([stranger.getsockname()[1], postgres.free_port()])
        monkeypatch.setattr(postgres, "free_port", lambda: next(ports))

        with own_engines(state) as engines:
            assert ask(engines.database_url, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("DATABASE_URL", "postgresql://ciam:geheim@localhost:{port}/ciam"),
        ("REDIS_URL", "redis://:geheim@localhost:{port}/0"),
    ],
)
def test_an_unreachable_address_is_named_without_its_password(state: Path, variable: str, url: str) -> None:
    port = postgres.free_port()

    with pytest.raises(CannotStart) as refusal:
        Engines(state, environment={variable: url.format(port=port)}).start()

    said = str(refusal.value)
    assert f"localhost:{port}" in said
    assert variable in said
    assert "geheim" not in said
    assert "\n" not in said
    assert not state.exists()


@pytest.mark.parametrize("url", ["mysql://u:geheim@h/x", "postgresql://u:ge/heim@h/x", "geheim"])
def test_an_odd_address_is_refused_without_repeating_it(state: Path, url: str) -> None:
    with pytest.raises(CannotStart) as refusal:
        Engines(state, environment={"DATABASE_URL": url}).start()

    assert "postgresql://user:password@host" in str(refusal.value)
    assert "heim" not in str(refusal.value)


def test_what_the_environment_names_is_not_started(state: Path) -> None:
    with own_engines(state) as engines:
        given = {"DATABASE_URL": engines.database_url, "REDIS_URL": engines.redis_url}
        with Engines(state.with_name("other"), environment=given) as others:
            assert others.processes() == []
            assert others.database_url == engines.database_url
