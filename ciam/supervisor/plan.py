"""What `make run` runs."""

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ciam.embedded import CannotStart
from ciam.embedded.state import kept_secret
from ciam.supervisor.ports import Ports

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Program:
    """`answers` is the address (port, path) that has to answer 200 before the whole is ready."""

    name: str
    argv: tuple[str, ...]
    answers: tuple[int, str] | None = None


@dataclass(frozen=True)
class Plan:
    """`preparations` run one after the other to their end, `programs` then run side by side."""

    checkout: Path
    var: Path
    ports: Ports
    preparations: tuple[Program, ...]
    programs: tuple[Program, ...]

    @property
    def names(self) -> list[str]:
        return ["ciam", *(program.name for program in (*self.preparations, *self.programs))]

    def environment(self, database_url: str, redis_url: str) -> dict[str, str]:
        """Of every program. What the engines were started with replaces what the shell had."""
        ours = {
            "CIAM_MODE": "demo",
            "DJANGO_SETTINGS_MODULE": "ciam.settings",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": os.environ.get("SECRET_KEY") or kept_secret(self.var / "secret_key"),
            "BASE_URL": f"http://localhost:{self.ports.site}",
            "SHOP_URL": f"http://localhost:{self.ports.shop}",
            "SANDBOX_URL": f"http://localhost:{self.ports.sandbox}",
            "PORT": str(self.ports.site),
            "SHOP_PORT": str(self.ports.shop),
            "SANDBOX_PORT": str(self.ports.sandbox),
            "VAR_DIR": str(self.var),
            "PYTHONUNBUFFERED": "1",
        }
        replaced = {f"{name}_FILE" for name in ours}
        return {name: value for name, value in os.environ.items() if name not in replaced} | ours


def demo_plan(environment: Mapping[str, str]) -> Plan:
    """The demo as the environment wants it. Raises CannotStart on odd values."""
    ports = Ports.wanted(environment)
    var = Path(environment.get("VAR_DIR") or "var")
    var = (CHECKOUT / var).resolve()
    if not (CHECKOUT / "manage.py").exists():
        raise CannotStart(f"{CHECKOUT} is no checkout of the project: manage.py is missing.")
    return Plan(
        checkout=CHECKOUT,
        var=var,
        ports=ports,
        preparations=(
            Program("migrate", (sys.executable, "manage.py", "migrate", "--noinput")),
            Program("seed", (sys.executable, "manage.py", "seed_demo")),
        ),
        programs=(
            Program("web", web(ports.site), answers=(ports.site, "/health/ready")),
            Program("worker", celery("worker", *WORKER, f"--hostname=worker-{secrets.token_hex(3)}@%h")),
            Program("beat", celery("beat", f"--schedule={var / 'beat-schedule'}", "--pidfile=")),
            Program("shop", (sys.executable, "-m", "demo.shop"), answers=(ports.shop, "/")),
            Program("sandbox", (sys.executable, "-m", "demo.sandbox"), answers=(ports.sandbox, "/")),
        ),
    )


# Console scripts hold the path of the checkout, which may have a space or may have moved: always `-m`.
def web(port: int) -> tuple[str, ...]:
    # Connections to PostgreSQL: workers x threads. With one thread a slow call would freeze the site.
    bounds = ("--workers", "2", "--blocking-threads", "4")
    # Browsers that resolve localhost to ::1 first go on to 127.0.0.1; `Ports` refuses a stranger on ::1.
    address = ("--host", "127.0.0.1", "--port", str(port), "--no-ws")
    granian = (sys.executable, "-m", "granian", "--interface", "wsgi")
    return (*granian, *bounds, *address, "--log-level", "warning", "ciam.wsgi:application")


WORKER = ("--concurrency=2", "--prefetch-multiplier=1", "--without-gossip", "--without-mingle")


def celery(*arguments: str) -> tuple[str, ...]:
    # Whoever runs the demo as root needs no second warning on each start.
    python = (sys.executable, "-W", "ignore::UserWarning:celery.platforms")
    return (*python, "-m", "celery", "-A", "ciam.celery", "--quiet", *arguments, "--loglevel=WARNING")
