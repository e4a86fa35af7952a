"""PostgreSQL and Redis for one test run, started before Django reads its settings.

`-p tests.engines` (pyproject.toml) loads this first. What the environment already names is used as it is. The
data lives in a folder of its own that goes afterwards, so that `make run` may run at the same time.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator

import pytest

from ciam.embedded import CannotStart, Engines
from ciam.embedded.state import scratch_folder

_running: Engines | None = None


def engines() -> Engines:
    """The engines of this run, for tests that freeze, kill or restart one."""
    if _running is None or len(_running.processes()) < 2:
        pytest.skip("freezes or restarts the engines: run it without -n, DATABASE_URL and REDIS_URL")
    return _running


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    options = early_config.known_args_namespace
    # The workers of pytest-xdist inherit the controller's environment, and share its engines.
    if "PYTEST_XDIST_WORKER" not in os.environ and not (options.help or options.version):
        held = contextlib.ExitStack()
        early_config.add_cleanup(held.close)
        _start(held)
    return (yield)


def _start(held: contextlib.ExitStack) -> None:
    global _running
    folder = held.enter_context(scratch_folder())
    try:
        _running = held.enter_context(Engines(folder, durable=False))
    except CannotStart as reason:
        held.close()
        raise pytest.UsageError(str(reason)) from None
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "BASE_URL", "VAR_DIR"):
        os.environ.pop(f"{name}_FILE", None)
    os.environ.update(
        CIAM_MODE="test",
        DATABASE_URL=_running.database_url,
        REDIS_URL=_running.redis_url,
        SECRET_KEY=secrets.token_urlsafe(48),
        BASE_URL="http://localhost:8000",
        VAR_DIR=str(folder / "var"),
    )
