"""The whole site as processes of its own, each of which a test may freeze or kill."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from ciam.embedded import Child, Engines
from ciam.supervisor.plan import CHECKOUT, Plan, Program, demo_plan

T = TypeVar("T")
PATIENCE = 30.0
STARTING_S = 180.0  # on a machine that others use


def free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _port in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@dataclass
class Site:
    """Engines, web, worker, beat, shop and sandbox, as `make run` starts them."""

    folder: Path
    plan: Plan
    engines: Engines
    environment: dict[str, str]
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return self.environment["BASE_URL"]

    @property
    def shop_url(self) -> str:
        return self.environment["SHOP_URL"]

    @property
    def sandbox_url(self) -> str:
        """The vendors themselves, whatever stands between them and the site."""
        return f"http://localhost:{self.plan.ports.sandbox}"

    @property
    def facts(self) -> dict[str, Any]:
        """var/demo.json."""
        facts: dict[str, Any] = json.loads((self.plan.var / "demo.json").read_text(encoding="utf-8"))
        return facts

    def start(self, name: str) -> None:
        program = next(program for program in self.plan.programs if program.name == name)
        log = (self.folder / f"{name}.log").open("ab")
        self.children[name] = Child(
            name, program.argv, cwd=CHECKOUT, environment=self.environment, output=log, grace=3.0
        )
        log.close()

    def kill(self, name: str) -> None:
        """`kill -9` of a program and of everything that it started."""
        child = self.children[name]
        for pid in [*descendants(child.pid), child.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        child.wait(10)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, url: str) -> Any:
        answer = httpx.get(url, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def vendor(self, slug: str = "hubspot") -> dict[str, Any]:
        """What a vendor knows now."""
        state: dict[str, Any] = self.get(f"{self.sandbox_url}/state?vendor={slug}")
        return state

    def vendor_requests(self, slug: str = "hubspot") -> list[dict[str, Any]]:
        requests: list[dict[str, Any]] = self.get(f"{self.sandbox_url}/requests?vendor={slug}")
        return requests

    def contacts(self, email: str) -> list[dict[str, Any]]:
        """HubSpot's records with this address."""
        found = self.vendor()["contacts"]
        return [contact for contact in found if contact["properties"].get("email") == email]

    def salesforce_contacts(self, email: str) -> list[dict[str, Any]]:
        """Salesforce's records with this address, without those in its Recycle Bin."""
        return [contact for contact in self.vendor("salesforce")["Contact"] if contact.get("Email") == email]

    def mixpanel_profiles(self, visit: str) -> list[dict[str, Any]]:
        """Mixpanel's profiles with this number of a visit."""
        found = self.vendor("mixpanel")["profiles"]
        return [profile for profile in found if profile["properties"].get("Visit") == visit]

    def subscription(self, email: str) -> str | None:
        states = self.vendor()["statuses"].get(email, {})
        return next(iter(states.values()), None)

    def code_for(self, address: str) -> str:
        """The newest code in the demo's mailbox for this address."""

        def newest() -> str | None:
            for file in sorted((self.plan.var / "mail").glob("[!.]*.eml"), reverse=True):
                text = file.read_text(encoding="utf-8", errors="replace")
                found = re.search(r"^Subject: (\d{6})\b", text, re.MULTILINE)
                if found and f"To: {address}" in text:
                    return found[1]
            return None

        return until(newest)

    def write_lite(self, email: str, **extension: Any) -> httpx.Response:
        """What a website posts when somebody leaves an address."""
        scim = self.facts["scim"]
        customer = "urn:ciam:params:scim:schemas:extension:customer:2.0:User"
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", customer],
            "userName": email,
            "emails": [{"value": email, "primary": True}],
            customer: extension,
        }
        headers = {"Authorization": f"Bearer {scim['token']}", "Content-Type": "application/scim+json"}
        return httpx.post(f"{scim['base_url']}/Users", json=body, headers=headers, timeout=10)

    def newsletter(self) -> dict[str, Any]:
        """The consent that a website sends with its proof."""
        headers = {"Authorization": f"Bearer {self.facts['scim']['token']}"}
        answer = httpx.get(f"{self.base_url}/api/v1/purposes?locale=en", headers=headers, timeout=10)
        shown = next(one for one in answer.json()["purposes"] if one["key"] == "newsletter")
        return {
            "purpose": "newsletter",
            "decision": "given",
            "version": shown["version"],
            "textHash": shown["text_hash"],
            "locale": shown["locale"],
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "surface": f"{self.shop_url}/catalogue",
        }


def descendants(pid: int) -> list[int]:
    """All processes below one, the deepest first."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                found += [*descendants(int(child)), int(child)]
    return found


def until(look: Callable[[], T | None], within: float = PATIENCE) -> T:
    """What `look` finds, as soon as it finds something true."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"nothing after {within} s: {look}"
        time.sleep(0.05)


def answers(program: Program) -> bool:
    assert program.answers is not None
    port, path = program.answers
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://localhost:{port}{path}", timeout=2).status_code == 200
    return False


@contextlib.contextmanager
def running_site(
    folder: Path, *, durable: bool = False, environment: Mapping[str, str] | None = None
) -> Iterator[Site]:
    """The site on free ports and engines of its own; everything ends with the block.

    `environment` replaces what the plan says. With `durable` a crash of PostgreSQL loses nothing.
    """
    web, shop, sandbox = free_ports(3)
    wanted = {
        "PORT": str(web),
        "SHOP_PORT": str(shop),
        "SANDBOX_PORT": str(sandbox),
        "VAR_DIR": str(folder / "var"),
    }
    plan = demo_plan(wanted)
    with Engines(plan.var, durable=durable, environment={}) as engines:
        # Each person of the browser tests says which network is theirs: limits count by it.
        usual = {"TRUSTED_PROXIES": "127.0.0.1,::1"}
        said = plan.environment(engines.database_url, engines.redis_url) | usual | dict(environment or {})
        site = Site(folder, plan, engines, said)
        try:
            for preparation in plan.preparations:
                site.manage(*preparation.argv[2:])
            for program in plan.programs:
                site.start(program.name)
            for program in plan.programs:
                if program.answers:
                    until(lambda program=program: answers(program), within=STARTING_S)  # type: ignore[misc]
            yield site
        finally:
            for child in site.children.values():
                child.ask_to_end()
            for child in site.children.values():
                child.stop()
