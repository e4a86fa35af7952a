"""The WSGI program: the vendors' APIs under their prefixes, the JSON doors, the pages."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.wrappers import Request, Response

from demo.sandbox import doors, pages
from demo.sandbox.answers import response
from demo.sandbox.vendor import Call
from demo.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGEST_BODY = 10 * 1024 * 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
Door: TypeAlias = Callable[[World, Request], Response]
DOORS: dict[tuple[str, str], Door] = {
    ("GET", "/health/live"): doors.health,
    ("GET", "/requests"): doors.requests,
    ("GET", "/counts"): doors.counts,
    ("GET", "/state"): doors.state,
    ("GET", "/faults"): doors.faults,
    ("POST", "/faults"): doors.add_fault,
    ("DELETE", "/faults"): doors.forget_faults,
    ("POST", "/reset"): doors.reset,
}


class Program:
    def __init__(self, world: World, shop_url: str) -> None:
        self.world = world
        self._shop_url = shop_url
        self._urls = Map(_rules(list(world.desks)), merge_slashes=False, redirect_defaults=False)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = LARGEST_BODY
        try:
            answer = self._answer(request, self._urls.bind_to_environ(environ))
        except HTTPException as exc:
            answer = self._error(request, exc)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer(environ, start_response)

    def _answer(self, request: Request, urls: MapAdapter) -> Response:
        endpoint, values = urls.match()
        if endpoint == "api":
            return self._api(request, values["slug"])
        if endpoint == "home":
            return pages.home(self.world, request, self._shop_url)
        if endpoint == "vendor":
            return pages.vendor(self.world, request, self._shop_url, values["slug"])
        if endpoint == "static":
            return pages.static(values["name"])
        door: Door = endpoint
        return door(self.world, request)

    def _api(self, request: Request, slug: str) -> Response:
        call = Call(
            method=request.method,
            path=request.path.removeprefix(f"/{slug}"),
            query=dict(request.args.lists()),
            headers=dict(request.headers),
            content_type=request.mimetype,
            body=request.get_data(),
        )
        return response(self.world.serve(slug, call))

    def _error(self, request: Request, exc: HTTPException) -> Response:
        told = exc.get_response()
        if told.status_code < 400:
            return Response(status=told.status_code, headers={"Location": told.headers["Location"]})
        message = exc.description or exc.name
        if isinstance(exc, NotFound):
            message = f"There is nothing at {request.path}. The vendors here: {', '.join(self.world.desks)}."
        if isinstance(exc, NotFound) and request.accept_mimetypes.best == "text/html":
            return pages.not_found(self._shop_url, message)
        answer = doors.in_json({"error": message}, told.status_code)
        if "Allow" in told.headers:
            answer.headers["Allow"] = told.headers["Allow"]
        return answer


def _rules(slugs: list[str]) -> list[Rule]:
    rules = [Rule(path, methods=[method], endpoint=door) for (method, path), door in DOORS.items()]
    rules.append(Rule("/", methods=["GET"], endpoint="home"))
    rules.append(Rule("/static/<name>", methods=["GET"], endpoint="static"))
    for slug in slugs:
        whose = {"slug": slug}
        rules.append(Rule(f"/{slug}", methods=["GET"], endpoint="vendor", defaults=whose))
        rules.append(Rule(f"/{slug}/", methods=["GET"], redirect_to=f"/{slug}"))
        rules.append(Rule(f"/{slug}/<path:rest>", endpoint="api", defaults=whose))
    return rules
