"""PostgreSQL and Redis for one clone of the project, or for one run of its tests."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from ciam.embedded.child import Child
from ciam.embedded.configured import check_database, check_redis, configured
from ciam.embedded.errors import CannotStart
from ciam.embedded.postgres import Postgres
from ciam.embedded.redis_server import Redis
from ciam.embedded.state import ENGINES_LOCK, hold, make_folder


class Engines:
    """Starts what the environment does not name (DATABASE_URL, REDIS_URL), and ends it again.

    `durable=False` trades safety of the data for speed: for tests. `start` raises CannotStart, and then
    nothing runs.
    """

    def __init__(
        self, state_dir: Path, *, durable: bool = True, environment: Mapping[str, str] | None = None
    ) -> None:
        environment = os.environ if environment is None else environment
        self.state_dir = state_dir.resolve()
        self._durable = durable
        self._given_database = configured(environment, "DATABASE_URL")
        self._given_redis = configured(environment, "REDIS_URL")
        self._postgres: Postgres | None = None
        self._redis: Redis | None = None
        self._held = contextlib.ExitStack()

    def start(self) -> None:
        if self._given_database:
            check_database(self._given_database)
        if self._given_redis:
            check_redis(self._given_redis)
        make_folder(self.state_dir)
        make_folder(self.state_dir / "log")
        lock = hold(self.state_dir / ENGINES_LOCK, f"the engines of {self.state_dir} are already running.")
        self._held.enter_context(lock)
        try:
            self._start_missing()
        except BaseException:
            self.stop()
            raise

    def _start_missing(self) -> None:
        logs = self.state_dir / "log"
        if not self._given_redis:
            self._redis = Redis(self.state_dir / "redis", logs / "redis.log")
            self._redis.start()
        if not self._given_database:
            home = self.state_dir / "postgres"
            self._postgres = Postgres(home, logs / "postgres.log", durable=self._durable)
            self._postgres.start()

    def stop(self) -> None:
        """End both and wait for that. Harmless when nothing runs."""
        for child in self.processes():
            child.ask_to_end()
        for child in self.processes():
            child.stop()
        self._held.close()

    def restart_redis(self) -> None:
        """End Redis if it still runs, and start it empty at the same address."""
        redis = self._own_redis()
        redis.stop()
        redis.start()

    def processes(self) -> list[Child]:
        return [engine.child for engine in (self._redis, self._postgres) if engine and engine.child]

    @property
    def database_url(self) -> str:
        return self._given_database or self._own_postgres().url

    @property
    def redis_url(self) -> str:
        return self._given_redis or self._own_redis().url

    @property
    def postgres_process(self) -> Child:
        child = self._own_postgres().child
        assert child is not None
        return child

    @property
    def redis_process(self) -> Child:
        child = self._own_redis().child
        assert child is not None
        return child

    def _own_postgres(self) -> Postgres:
        if not self._postgres:
            raise CannotStart("no PostgreSQL of ours: DATABASE_URL names another, or nothing was started.")
        return self._postgres

    def _own_redis(self) -> Redis:
        if not self._redis:
            raise CannotStart("no Redis of ours: REDIS_URL names another, or nothing was started.")
        return self._redis

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
