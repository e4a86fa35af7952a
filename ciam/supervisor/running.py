"""Starts a plan, keeps it together, and ends it."""

import contextlib
import queue
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ciam.embedded import Child, Engines
from ciam.embedded.child import ending
from ciam.embedded.guard import adopt_orphans, end_descendants
from ciam.embedded.state import hold, make_folder, write_private
from ciam.supervisor.console import Console
from ciam.supervisor.plan import Plan, Program
from ciam.supervisor.ports import answer

READY_S = 120.0
ENDING_S = 10.0
LAST_WORDS_S = 1.0
PROGRAMS_GRACE_S = 6.0  # engines have what is left of ten seconds
SECOND_TERMINAL = (
    "CIAM_MODE",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "BASE_URL",
    "SHOP_URL",
    "SANDBOX_URL",
    "VAR_DIR",
)


@dataclass(frozen=True)
class Ended:
    child: Child
    code: int


class EndWanted(Exception):
    """Ctrl-C, a signal, or nobody reads the console any more."""


class PartEnded(Exception):
    """The text says which part, and how it ended."""


def run(plan: Plan, announce: Callable[[Plan], str]) -> int:
    """The exit code: 0 after Ctrl-C or a signal, 1 when a part ended. CannotStart: nothing was started."""
    make_folder(plan.var)
    running = f"`make run` is already running on {plan.var}."
    # The guards hold the second lock: the programs of a run that was killed may take a moment to end.
    with (
        hold(plan.var / "run.lock", running),
        hold(plan.var / "programs.lock", running, patience=ENDING_S) as lock,
    ):
        plan.ports.check_free()
        return Supervisor(plan, lock).run(announce)


class Supervisor:
    def __init__(self, plan: Plan, lock: int) -> None:
        self.plan = plan
        self.lock = lock
        # All that can happen comes through here, so that the main thread is interrupted at known places only.
        self.events: queue.SimpleQueue[Ended | EndWanted] = queue.SimpleQueue()
        self.console = Console(plan.names, on_gone=lambda: self.events.put(EndWanted()))
        self.engines = Engines(plan.var)
        self.children: list[Child] = []
        self.watchers: list[threading.Thread] = []
        self.environment: dict[str, str] = {}

    def run(self, announce: Callable[[Plan], str]) -> int:
        self._listen_to_signals()
        adopt_orphans()
        try:
            self._start()
            self._wait_until_ready()
            self.console.block(announce(self.plan))
            while True:
                self._next_event()
        except EndWanted:
            self.console.line("ciam", "ending …")
            return 0
        except PartEnded as reason:
            self.console.line("ciam", f"{reason}; ending the rest …")
            return 1
        finally:
            self._end()

    def _listen_to_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # `nohup make run` stays deaf to the end of its terminal.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, lambda *_: self.events.put(EndWanted()))

    def _start(self) -> None:
        self.engines.start()
        for child in self.engines.processes():
            self._watch(child)
        self.environment = self.plan.environment(self.engines.database_url, self.engines.redis_url)
        self._write_environment()
        for program in self.plan.preparations:
            self._wait_for(self._start_program(program))
        for program in self.plan.programs:
            self._start_program(program)

    def _write_environment(self) -> None:
        """For a second terminal: `set -a; . var/run.env; set +a; .venv/bin/python manage.py ...`."""
        lines = [f"{name}={shlex.quote(self.environment[name])}\n" for name in SECOND_TERMINAL]
        write_private(self.plan.var / "run.env", "".join(lines))

    def _start_program(self, program: Program) -> Child:
        child = Child(
            program.name,
            program.argv,
            cwd=self.plan.checkout,
            environment=self.environment,
            output=subprocess.PIPE,
            grace=PROGRAMS_GRACE_S,
            holding=[self.lock],
        )
        self.children.append(child)
        self._watch(child, self.console.follow(child))
        return child

    def _watch(self, child: Child, output: threading.Thread | None = None) -> None:
        def wait() -> None:
            code = child.wait()
            if output:
                output.join(LAST_WORDS_S)
            self.events.put(Ended(child, code))

        watcher = threading.Thread(target=wait, daemon=True)
        watcher.start()
        self.watchers.append(watcher)

    def _next_event(self, seconds: float | None = None, expected: Child | None = None) -> bool:
        """Wait. True when `expected` ended well, False when nothing happened for so long."""
        try:
            event = self.events.get(timeout=seconds)
        except queue.Empty:
            return False
        if isinstance(event, EndWanted):
            raise event
        if event.child is expected and event.code == 0:
            return True
        raise PartEnded(f"{event.child.name} {ending(event.code)}")

    def _wait_for(self, preparation: Child) -> None:
        self._next_event(expected=preparation)
        self.children.remove(preparation)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        for program in self.plan.programs:
            if program.answers is None:
                continue
            port, path = program.answers
            while (said := answer(port, path)) != "200":
                if time.monotonic() > deadline:
                    address = f"http://localhost:{port}{path}"
                    raise PartEnded(f"{program.name} is not ready after {READY_S:.0f} s ({address}: {said})")
                self._next_event(seconds=0.1)

    def _end(self) -> None:
        for child in self.children:
            child.ask_to_end()
        for child in self.children:
            child.stop()
        self.engines.stop()
        for watcher in self.watchers:
            watcher.join(LAST_WORDS_S)
        with contextlib.suppress(FileNotFoundError):
            (self.plan.var / "run.env").unlink()
        # What a guard that was killed itself could not end.
        end_descendants()
