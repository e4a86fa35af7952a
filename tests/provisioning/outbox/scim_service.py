"""Somebody else's SCIM service inside the test process, spoken to over real HTTP: scim2-server, in memory.

A test may make it fail: `fails` answers in its place, `loses_answers` lets it act and then says nothing.
"""

import io
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from scim2_models import Bulk, ETag, Filter, Patch, ServiceProviderConfig
from scim2_models import ScimProvider as Provider
from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import load_default_resource_types, load_default_schemas
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TOKEN = "a-token"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
Answer = Callable[[Request], Response | None]


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    """Below the base URL, with its query."""
    body: dict[str, Any]
    if_match: str


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class _LostError(ConnectionError):
    """The connection ends without an answer."""


def provider(*, patch: bool = True, bulk: int = 1_000, size: int = 1_048_576, many: int = 1_000) -> Provider:
    config = ServiceProviderConfig(
        patch=Patch(supported=patch),
        bulk=Bulk(supported=bulk > 0, max_operations=bulk, max_payload_size=size),
        filter=Filter(supported=True, max_results=many),
        etag=ETag(supported=True),
        authentication_schemes=[],
    )
    schemas, types = load_default_schemas().values(), load_default_resource_types().values()
    return Provider.from_discovery(schemas, types, config=config)


@dataclass
class ScimService:
    """`with ScimService() as service:` and then `service.base_url`, `service.users`, `service.calls`."""

    calls: list[Call] = field(default_factory=list)
    _faults: list[tuple[str, Answer]] = field(default_factory=list)
    _lost: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.can()
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Quiet)
        self.address = f"localhost:{self._server.port}"
        self.base_url = f"http://{self.address}/v2"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)

    def can(self, **able: Any) -> None:
        """What it says that it can do: see `provider`. It begins without users."""
        self._application = BearerTokenApplication(InMemoryStorage(), provider(**able), bearer_tokens=[TOKEN])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        call = _call(request)
        self.calls.append(call)
        environ["wsgi.input"] = io.BytesIO(request.get_data())
        response = self._fault(call, request) or Response.from_app(self._application, environ)
        if self._is_lost(call):
            raise _LostError
        return response(environ, start)

    def _fault(self, call: Call, request: Request) -> Response | None:
        for fault in self._faults:
            matches, answer = fault
            if f"{call.method} {call.path}".startswith(matches):
                self._faults.remove(fault)
                return answer(request)
        return None

    def _is_lost(self, call: Call) -> bool:
        found = next((one for one in self._lost if f"{call.method} {call.path}".startswith(one)), None)
        if found:
            self._lost.remove(found)
        return found is not None

    def fails(self, call: str, status: int, body: object = None, times: int = 1, **headers: str) -> None:
        """The next calls that begin so, such as `POST /Users`, are answered thus, and nothing happens."""
        text = body if isinstance(body, str) else json.dumps(body if body is not None else {})
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for _time in range(times):
            self._faults.append((call, lambda _request: Response(text, status, named)))

    def loses_answers(self, call: str) -> None:
        """The next such call has its effect, and the connection ends."""
        self._lost.append(call)

    def by_hand(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Somebody at the service does something."""
        request = Request.from_values(
            f"/v2{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        response = Response.from_app(self._application, request.environ)
        assert response.status_code < 300, response.get_data(as_text=True)
        found: dict[str, Any] = json.loads(response.get_data() or b"{}")
        return found

    def knows(self, user_name: str, **more: object) -> str:
        """A user that somebody made there; its id."""
        return str(self.by_hand("POST", "/Users", {"schemas": [USER], "userName": user_name, **more})["id"])

    @property
    def users(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while page := self.by_hand("GET", f"/Users?startIndex={len(found) + 1}").get("Resources"):
            found += page
        return found

    def made(self, method: str, path: str = "/Users") -> list[Call]:
        return [one for one in self.calls if one.method == method and one.path.startswith(path)]

    def said(self) -> str:
        """Everything that ever reached it, as one text."""
        return repr(self.calls)


def _call(request: Request) -> Call:
    path = request.full_path.removeprefix("/v2").rstrip("?")
    body = json.loads(request.get_data(cache=True) or b"{}")
    return Call(request.method, path, body, request.headers.get("If-Match", ""))
