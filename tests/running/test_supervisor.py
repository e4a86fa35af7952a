"""What `make run` promises, shown with small programs in the place of the site's."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from ciam.embedded import postgres
from tests.running.processes import CHECKOUT, answer_of, child_of, eventually, family, nobody_is_left

WAITS = "import time; print('here', flush=True); time.sleep(600)"
# The grandchild is in a session of its own: no process group reaches it.
HAS_CHILDREN = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {WAITS!r}])
subprocess.Popen([sys.executable, "-c", {WAITS!r}], start_new_session=True)
{WAITS}
"""
FAILS_LATER = "import pathlib, time\nwhile not pathlib.Path({!r}).exists(): time.sleep(0.02)\nsys.exit(3)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + WAITS


class Site:
    """A supervisor that runs, and what it has printed."""

    def __init__(self, var: Path, *programs: str, own_engines: bool = False, **environment: str) -> None:
        self.port = three_free_ports()
        self.var = var
        named = {} if own_engines else urls()
        self.argv = [sys.executable, "-m", "tests.running.dummy_site", str(var), str(self.port), *programs]
        self.environment = without_urls() | named | environment
        self.output = var.with_name("output")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                self.argv, cwd=CHECKOUT, env=self.environment, stdout=output, stderr=output
            )

    def says(self, text: str) -> bool:
        return text in self.output.read_text()

    def wait_for(self, text: str) -> None:
        def said_or_over() -> bool:
            return self.says(text) or self.process.poll() is not None

        eventually(said_or_over, f"no {text!r}")
        assert self.says(text), self.output.read_text()

    def pid_of(self, name: str) -> int:
        """Of the program's guard, found by its arguments."""
        for member in family(self.process.pid):
            words = Path(f"/proc/{member.pid}/cmdline").read_text().split("\0")
            if words[-2:-1] == [name] and any(word.endswith("guard.py") for word in words):
                return member.pid
        raise AssertionError(f"{name} does not run")


def urls() -> dict[str, str]:
    return {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}


def without_urls() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in urls()}


def three_free_ports() -> int:
    """The first of three in a row; the supervisor would say so if somebody took one meanwhile."""
    while True:
        first = postgres.free_port()
        with contextlib.suppress(OSError, OverflowError):
            for port in (first, first + 1, first + 2):
                socket.create_server(("127.0.0.1", port)).close()
            return first


@pytest.fixture
def var(tmp_path: Path) -> Path:
    clone = tmp_path / "a clone"
    clone.mkdir()
    return clone / "var"


@contextlib.contextmanager
def running(var: Path, *programs: str, **options: object) -> Iterator[Site]:
    site = Site(var, *programs, **options)  # type: ignore[arg-type]
    try:
        site.wait_for("ready")
        yield site
    finally:
        site.process.kill()
        site.process.wait()


@pytest.fixture
def with_a_terminal() -> Iterator[None]:
    """Whoever was started without one, by nohup say, rightly outlives it; so would what it starts."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("with_a_terminal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(var: Path, number: signal.Signals) -> None:
    with running(var, HAS_CHILDREN) as site:
        site.wait_for("here")
        everybody = family(site.process.pid)

        site.process.send_signal(number)

        assert site.process.wait(10) == 0
        nobody_is_left(everybody, within=0.1)
        assert site.says("prepare | prepared\n")
        assert site.says("part1   | here\n")
        assert not (var / "run.env").exists()


def test_the_end_of_one_part_ends_everything(var: Path) -> None:
    fuse = var.with_name("fuse")
    with running(var, HAS_CHILDREN, f"import sys\n{FAILS_LATER.format(str(fuse))}") as site:
        everybody = family(site.process.pid)

        fuse.touch()

        assert site.process.wait(10) == 1
        assert site.says("part2 ended with exit code 3; ending the rest")
        nobody_is_left(everybody, within=0.1)


def test_a_killed_program_leaves_no_children(var: Path) -> None:
    with running(var, HAS_CHILDREN) as site:
        site.wait_for("here")
        everybody = family(site.process.pid)

        os.kill(child_of(site.pid_of("part1")), signal.SIGKILL)

        assert site.process.wait(10) == 1
        assert site.says("part1 was killed by SIGKILL")
        nobody_is_left(everybody, within=0.1)


def test_a_killed_guard_leaves_nobody(var: Path) -> None:
    with running(var, HAS_CHILDREN) as site:
        site.wait_for("here")
        everybody = family(site.process.pid)

        os.kill(site.pid_of("part1"), signal.SIGKILL)

        assert site.process.wait(10) == 1
        nobody_is_left(everybody, within=0.1)


def test_a_killed_supervisor_leaves_nobody_and_starts_again_at_once(var: Path) -> None:
    with running(var, HAS_CHILDREN, own_engines=True) as site:
        everybody = family(site.process.pid)
        site.process.kill()
        site.process.wait()

        again = subprocess.Popen(site.argv, cwd=CHECKOUT, env=site.environment, stdout=subprocess.PIPE)
        assert again.stdout is not None

        assert b"ready\n" in iter(again.stdout.readline, b"")
        again.terminate()
        assert again.wait(10) == 0
        nobody_is_left(everybody)


def test_a_program_that_does_not_listen_is_killed_in_time(var: Path) -> None:
    with running(var, STUBBORN) as site:
        site.wait_for("here")
        everybody = family(site.process.pid)

        site.process.terminate()

        assert site.process.wait(10) == 0
        nobody_is_left(everybody, within=0.1)


def test_a_second_run_in_the_same_clone_is_refused(var: Path) -> None:
    with running(var) as site:
        argv = [*site.argv[:4], str(three_free_ports())]

        code, said = answer_of(argv, site.environment)

        assert (code, said) == (1, f"ciam: `make run` is already running on {var}.\n")
        assert site.process.poll() is None


def test_engines_of_its_own_end_with_it(var: Path) -> None:
    with running(var, own_engines=True) as site:
        database = family(site.pid_of("postgres"))
        assert "DATABASE_URL=postgresql://ciam:" in (var / "run.env").read_text()
        assert (var / "run.env").stat().st_mode & 0o777 == 0o600

        os.kill(site.pid_of("redis"), signal.SIGTERM)

        assert site.process.wait(10) == 1
        assert site.says("redis ended with exit code 0")
        nobody_is_left(database, within=0.1)


def test_a_preparation_that_fails_starts_nothing(var: Path) -> None:
    site = Site(var, WAITS, PREPARATION="print('no such table'); raise SystemExit(2)")

    assert site.process.wait(20) == 1
    assert site.says("prepare | no such table")
    assert site.says("prepare ended with exit code 2")
    assert not site.says("here")


def test_a_reader_that_goes_ends_everything(var: Path) -> None:
    chatters = "import time\nwhile True: print('x', flush=True); time.sleep(0.05)"
    argv = [sys.executable, "-m", "tests.running.dummy_site", str(var), str(three_free_ports()), chatters]
    site = subprocess.Popen(argv, cwd=CHECKOUT, env=os.environ, stdout=subprocess.PIPE)
    assert site.stdout is not None
    site.stdout.readline()
    everybody = family(site.pid)

    site.stdout.close()

    assert site.wait(20) == 0
    nobody_is_left(everybody, within=0.1)


def supervisor(var: Path, **environment: str) -> tuple[int, str]:
    """The real one, with what it needs to refuse."""
    settings = urls() | {"VAR_DIR": str(var)} | environment
    return answer_of([sys.executable, "-m", "ciam.supervisor"], without_urls() | settings)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1"])
def test_a_port_that_is_taken_is_named_and_nothing_starts(var: Path, host: str) -> None:
    family_of_host = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family_of_host) as stranger:
        port = str(stranger.getsockname()[1])
        first = three_free_ports()

        code, said = supervisor(var, PORT=str(first), SHOP_PORT=port, SANDBOX_PORT=str(first + 1))

    assert code == 1
    assert f"port {port} is taken" in said
    assert "make run SHOP_PORT=" in said
    assert said.count("\n") == 1
    assert not (var / "postgres").exists()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "web"}, "PORT must be a port between 1 and 65535."),
        ({"SHOP_PORT": "70000"}, "SHOP_PORT must be a port between 1 and 65535."),
        ({"PORT": "9000", "SHOP_PORT": "9000"}, "must be three different ports."),
    ],
)
def test_odd_ports_are_refused(var: Path, environment: dict[str, str], sentence: str) -> None:
    code, said = supervisor(var, **environment)

    assert code == 1
    assert said.endswith(sentence + "\n")


def test_an_unreachable_database_is_named_and_nothing_starts(var: Path) -> None:
    port, first = postgres.free_port(), three_free_ports()
    ports = {"PORT": str(first), "SHOP_PORT": str(first + 1), "SANDBOX_PORT": str(first + 2)}

    code, said = supervisor(
        var, DATABASE_URL=f"postgresql://me:geheim@localhost:{port}/x", REDIS_URL="", **ports
    )

    assert code == 1
    assert f"localhost:{port}" in said
    assert "geheim" not in said
    assert said.count("\n") == 1
    assert not (var / "redis").exists()


def test_the_engines_of_this_test_run_are_as_the_plugin_promises() -> None:
    """Also a worker of a run on several cores has them, by its environment."""
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        found = cursor.fetchone()
        assert found
        assert int(found[0]) >= 180_000
    assert redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
