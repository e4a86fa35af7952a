"""The vendor sandbox inside the test process, on a free port, spoken to over real HTTP."""

import json
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from demo.sandbox.program import Program
from demo.sandbox.serving import listen, server
from demo.sandbox.vendor import MakeVendor
from demo.sandbox.vendors import VENDORS
from demo.sandbox.world import World

T = TypeVar("T")


class RunningSandbox:
    """`with RunningSandbox() as sandbox:` and then `sandbox.url`, `sandbox.requests("hubspot")`, ..."""

    def __init__(
        self,
        vendors: Sequence[MakeVendor] = VENDORS,
        *,
        port: int = 0,
        shop_url: str = "http://localhost:8001",
    ) -> None:
        self._world = World(vendors)
        self._listening = listen("127.0.0.1", port)
        self._server = server(self._listening, Program(self._world, shop_url))
        self.port: int = self._server.port
        self.url = f"http://localhost:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, args=[0.01], daemon=True, name="sandbox")
        # Nobody in particular: speaks to the pages and doors, and to a vendor without credentials.
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._world.reset()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(timeout=10)
        self._listening.close()
        self.client.close()

    def base_url(self, vendor: str) -> str:
        """What a connector has as its base URL in place of the vendor's own host."""
        return f"{self.url}/{vendor}"

    def requests(self, vendor: str | None = None, *, since: int = 0) -> list[dict[str, Any]]:
        answer = self._get("/requests", vendor=vendor, since=since)
        assert isinstance(answer, list)
        return answer

    def violations(self, vendor: str | None = None) -> list[str]:
        """Everything that was asked or answered against a contract."""
        return [one for request in self.requests(vendor) for one in request["violations"]]

    def state(self, vendor: str) -> dict[str, Any]:
        answer = self._get("/state", vendor=vendor)
        assert isinstance(answer, dict)
        return answer

    def fault(self, vendor: str, kind: str, **fields: object) -> dict[str, Any]:
        answer = self.client.post("/faults", json={"vendor": vendor, "kind": kind, **fields})
        assert answer.status_code == 201, answer.text
        stored: dict[str, Any] = answer.json()
        return stored

    def faults(self, vendor: str | None = None) -> list[dict[str, Any]]:
        """Those that still wait to happen."""
        answer = self._get("/faults", vendor=vendor)
        assert isinstance(answer, list)
        return answer

    def forget_faults(self, vendor: str | None = None) -> None:
        self.client.delete("/faults", params=_given(vendor=vendor)).raise_for_status()

    def reset(self, vendor: str | None = None) -> None:
        self.client.post("/reset", params=_given(vendor=vendor)).raise_for_status()

    def until(self, look: Callable[[], T], *, within: float = 10.0) -> T:
        """What `look` finds, as soon as it finds something; after the deadline fails with what was seen."""
        deadline, pause = monotonic() + within, Event()
        while not (found := look()):
            if monotonic() > deadline:
                seen = json.dumps([(one["method"], one["path"], one["status"]) for one in self.requests()])
                raise AssertionError(f"Not within {within} s: {found!r}. The sandbox saw: {seen}")
            pause.wait(0.02)
        return found

    def _get(self, path: str, **query: str | int | None) -> object:
        return self.client.get(path, params=_given(**query)).raise_for_status().json()


def _given(**query: str | int | None) -> Mapping[str, str | int]:
    return {name: value for name, value in query.items() if value is not None}
