"""The commands around the project: bootstrap, Makefile, .ci/run, the pytest plugin."""

import ast
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running.processes import CHECKOUT, answer_of, eventually, nobody_is_left, process

BOOTSTRAP = CHECKOUT / "ciam" / "bootstrap.py"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone in a path with a space that requires nothing."""
    folder = tmp_path / "a clone"
    (folder / "ciam").mkdir(parents=True)
    shutil.copy(BOOTSTRAP, folder / "ciam")
    (folder / "requirements.txt").write_text("")
    (folder / "requirements-dev.txt").write_text("")
    return folder


def bootstrap(clone: Path, purpose: str = "run", **environment: str) -> tuple[int, str]:
    argv = [sys.executable, "-I", str(clone / "ciam" / "bootstrap.py"), purpose]
    return answer_of(argv, {**os.environ, "PYTHON": "", **environment}, cwd=clone.parent)


def fake_python(clone: Path, script: str) -> str:
    python = clone / "python3"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return str(python)


def test_old_pythons_can_read_the_bootstrap() -> None:
    ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 6))


def test_a_python_that_is_too_old_is_refused(clone: Path) -> None:
    code, said = bootstrap(clone, PYTHON=fake_python(clone, "echo 3 9"))

    assert code == 1
    assert "needs Python 3.11 or newer, this is 3.9" in said
    assert "make run PYTHON=" in said
    assert said.count("\n") == 1
    assert not (clone / ".venv").exists()


def test_a_python_without_venv_is_refused(clone: Path) -> None:
    code, said = bootstrap(clone, PYTHON=fake_python(clone, "echo 3 11; exit 1"))

    assert code == 1
    assert "python3.11-venv" in said
    assert said.count("\n") == 1


def test_what_is_no_python_is_refused(clone: Path) -> None:
    code, said = bootstrap(clone, PYTHON=str(clone / "nothing"))

    assert code == 1
    assert "is no working Python" in said


def test_the_bootstrap_makes_what_is_missing_or_half_made_once(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").write_text("")
    (clone / ".venv" / "unfinished").touch()
    argv = [sys.executable, "-I", str(clone / "ciam" / "bootstrap.py")]
    both = [
        subprocess.Popen([*argv, purpose], stderr=subprocess.PIPE, text=True) for purpose in ("run", "test")
    ]
    said = "".join(process.communicate(timeout=120)[1] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said.count("making .venv") == 1

    assert bootstrap(clone) == (0, "")

    (clone / "requirements.txt").write_text("# changed\n")
    assert "installing requirements.txt" in bootstrap(clone)[1]
    assert bootstrap(clone) == (0, "")

    (clone / "requirements.txt").write_text("./no-such-package.whl --hash=sha256:00\n")
    code, said = bootstrap(clone)
    assert code == 1
    assert said.endswith("the installation failed (see above)\n")
    assert not (clone / ".venv" / "unfinished").exists()


def test_make_alone_lists_every_target() -> None:
    inside_make = {"MAKEFLAGS", "MAKELEVEL"}
    environment = {name: value for name, value in os.environ.items() if name not in inside_make}

    code, said = answer_of(["make"], environment)

    makefile = (CHECKOUT / "Makefile").read_text()
    targets = [name for name in makefile.split(".PHONY: ", 1)[1].split("\n", 1)[0].split()]
    assert code == 0
    assert [line.split()[1] for line in said.splitlines()] == targets


@pytest.mark.parametrize(
    ("closing", "make_code", "expected"),
    [
        ("====== 3 passed in 0.01s ======", 0, 0),
        ("====== 2 passed, 1 skipped in 0.01s ======", 0, 1),
        ("====== 1 failed, 2 passed in 61.01s (0:01:01) ======", 2, 2),
        ("make: *** nothing", 0, 1),
    ],
)
def test_ci_judges_by_the_closing_line(tmp_path: Path, closing: str, make_code: int, expected: int) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(CHECKOUT / ".ci" / "run", tmp_path / ".ci")
    make = tmp_path / "make"
    make.write_text(
        "#!/bin/sh\n[ $2 = check ] && exit 0\n"
        f"echo 'SKIPPED [1] because'\necho '{closing}'\nexit {make_code}\n"
    )
    make.chmod(0o755)

    code, said = answer_of(
        [tmp_path / ".ci" / "run"], {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    )

    assert code == expected
    assert closing in said
    if "passed" in closing:
        assert said.splitlines()[-1] == closing
    assert (expected == 1 and "skipped" in closing) == ("count as failed" in said)


def test_a_killed_test_run_leaves_no_engines(tmp_path: Path) -> None:
    (tmp_path / "test_waits.py").write_text(
        "import time\n"
        "from tests.engines import engines\n"
        "def test_waits():\n"
        "    print('pids', engines().postgres_process.pid, engines().redis_process.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    plugins = ["-p", "tests.engines", "-p", "no:django", "-p", "no:cacheprovider", "-c", "/dev/null"]
    argv = [sys.executable, "-m", "pytest", *plugins, "-s", str(tmp_path)]
    with subprocess.Popen(argv, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        said = next(line for line in run.stdout if "pids" in line)
        started = {process(int(word)) for word in said.split()[-2:]}
        assert all(member.alive() for member in started)

        run.send_signal(signal.SIGKILL)

        eventually(lambda: run.poll() is not None, "pytest does not die")
        nobody_is_left(started)


def test_a_command_can_have_engines_as_long_as_it_runs() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    command = "import os, sys; print(os.environ['DATABASE_URL']); sys.exit(7)"

    code, said = answer_of(
        [sys.executable, "-m", "ciam.embedded", "exec", "--", sys.executable, "-c", command], environment
    )

    assert code == 7
    assert said.startswith("postgresql://ciam:")
