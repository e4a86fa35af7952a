"""The site on which faults are tried: all programs, two targets behind the gate, and hands for mischief."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import redis

from ciam.embedded import Child
from ciam.embedded.identity import engine_identity
from ciam.embedded.postgres import ENVIRONMENT, find_binaries
from ciam.supervisor.plan import WORKER, Program, celery
from tests.faults.gate import Gate
from tests.faults.invariants import Differences, compare
from tests.faults.load import Person
from tests.faults.targets import TARGETS, Json, Told
from tests.site import STARTING_S, Site, descendants, running_site, until

MOST_REQUESTS = 2_000  # that the sandbox keeps for a vendor
SECOND_TARGET = """
from ciam.lib.crypto import token_hash
from accounts.models import Brand
from consent.models import Purpose
from provisioning import matrix
from provisioning.models import Connector
home = Brand.objects.get(is_default=True)
purpose = Purpose.objects.get(brand=home, key="newsletter")
made, _new = Connector.objects.update_or_create(brand=home, kind="salesforce", defaults={{
    "name": "Salesforce", "purpose": purpose, "secret": "a-key:a-secret",
    "settings": {{"login_url": "{url}/salesforce"}},
}})
matrix.fill(made)
"""
OPERATOR_ACTS = """
from accounts.events import SYSTEM
from provisioning import breaker, outbox
from provisioning.models import Connector, Link
for connector in Connector.objects.exclude(needs_human=""):
    breaker.start(connector)
print(outbox.send_again(Link.objects.exclude(needs_human=""), SYSTEM))
"""


@dataclass
class Ground:
    """`notes` are what a fault found out besides, for its row of the table."""

    site: Site
    gate: Gate
    held: contextlib.ExitStack
    notes: list[str] = field(default_factory=list)
    _last: int = 0

    # -- what is there

    @property
    def redis(self) -> "redis.Redis":
        return redis.Redis.from_url(self.site.engines.redis_url)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg2.connect(self.site.engines.database_url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []

    def differences(self, people: Sequence[Person], prefix: str) -> Differences:
        found = Differences()
        for target in TARGETS:
            state: Json = self.site.get(f"{self.site.sandbox_url}/state?vendor={target.slug}")
            found += compare(people, target.records(state), prefix, target.slug)
        return found

    def requests(self, vendor: str, since: int) -> list[Json]:
        found: list[Json] = self.site.get(self._asked(vendor, since))
        assert len(found) < MOST_REQUESTS, "the sandbox has forgotten some of its requests"
        return found

    def _asked(self, vendor: str, since: int) -> str:
        return f"{self.site.sandbox_url}/requests?vendor={vendor}&since={since}"

    def told(self, since: int) -> list[Told]:
        return [one for target in TARGETS for one in target.tellings(self.requests(target.slug, since))]

    def last_request(self) -> int:
        """Its number: they rise, whichever vendor is asked."""
        for target in TARGETS:
            new: list[Json] = self.site.get(self._asked(target.slug, self._last))
            self._last = max([self._last, *(int(one["id"]) for one in new)])
        return self._last

    # -- mischief

    def vendor_does(self, kind: str, vendor: str = "hubspot", **said: object) -> None:
        httpx.post(
            f"{self.site.sandbox_url}/faults", json={"vendor": vendor, "kind": kind, **said}, timeout=10
        ).raise_for_status()

    def vendors_behave(self) -> None:
        httpx.delete(f"{self.site.sandbox_url}/faults", timeout=10).raise_for_status()

    def operator_acts(self) -> int:
        """Starts targets that wait for a human, and sends again what does; returns how many people."""
        return int(self.site.manage("shell", "-v", "0", "-c", OPERATOR_ACTS).split()[-1])

    def starts(self, name: str, argv: tuple[str, ...]) -> None:
        """A program that the site doesn't have by itself."""
        if name not in [program.name for program in self.site.plan.programs]:
            more = (*self.site.plan.programs, Program(name, argv))
            self.site.plan = replace(self.site.plan, programs=more)
        self.site.start(name)

    def start_what_ended(self) -> None:
        """As whatever runs the programs in production does."""
        for name in ("web", "worker"):
            if self.site.children[name].poll() is not None:
                self.site.start(name)
                self.notes.append(f"{name} had ended by itself, and was started again")

    @contextlib.contextmanager
    def second_worker(self) -> Iterator[None]:
        self.starts("second-worker", celery("worker", *WORKER, "--hostname=second@%h"))
        until(lambda: len(descendants(self.site.children["second-worker"].pid)) >= 2, within=STARTING_S)
        try:
            yield
        finally:
            self.site.kill("second-worker")

    def signal(self, name: str, number: signal.Signals) -> None:
        child = self.site.children[name]
        for pid in [child.pid, *descendants(child.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def shut_down_redis(self) -> None:
        with contextlib.suppress(redis.ConnectionError):
            self.redis.shutdown(nosave=True)
        self.site.engines.redis_process.wait(10)

    def crash_postgres(self) -> Callable[[], None]:
        """`pg_ctl stop -m immediate`; returns what starts it again."""
        start_again, child = self.postgres_starter(), self.site.engines.postgres_process
        os.kill(child.pid, signal.SIGQUIT)
        child.wait(10)
        return start_again

    def postgres_starter(self) -> Callable[[], None]:
        """What starts PostgreSQL again as it runs now: at the same address, with the same passwords."""
        pid = self.site.engines.postgres_process.pid
        argv = Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
        return lambda: self.revive_postgres(argv)

    def revive_postgres(self, argv: Sequence[str]) -> None:
        home = self.site.plan.var / "postgres"
        with (self.site.folder / "postgres.log").open("ab") as log:
            again = Child(
                "postgres",
                argv,
                cwd=home,
                environment=ENVIRONMENT,
                output=log,
                identity=engine_identity(home / "data", find_binaries() / "postgres"),
                stop_signal=signal.SIGINT,
                owner_death_signal=signal.SIGQUIT,
            )
        self.held.callback(again.stop)
        until(self.is_postgres_up, within=STARTING_S)

    def is_postgres_up(self) -> bool:
        with contextlib.suppress(psycopg2.Error):
            return bool(self.sql("SELECT 1"))
        return False


@contextlib.contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Engines keep what they have acknowledged here, as in production."""
    with contextlib.ExitStack() as held:
        gate = Gate()
        held.callback(gate.close)
        site = held.enter_context(running_site(folder, durable=True, environment={"SANDBOX_URL": gate.url}))
        gate.leads_to = site.plan.ports.sandbox
        site.manage("shell", "-v", "0", "-c", SECOND_TARGET.format(url=gate.url))
        yield Ground(site, gate, held)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own. Raises CalledProcessError where we may not mount one."""
    place = folder / "small-disk"
    place.mkdir()
    size = f"size={megabytes}m,mode=0711"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], check=True, capture_output=True)
    try:
        yield place
    finally:
        time.sleep(0.5)
        subprocess.run(["umount", "-l", place], check=False, capture_output=True)
