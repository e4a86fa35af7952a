"""The WSGI program: which page answers what, and what every answer carries."""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException, NotFound, SecurityError
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from demo.shop import catalogue, interests, known, pages, rooms, sign_in, sign_out, start
from demo.shop.asking import CiamAway, CiamOdd
from demo.shop.pages import Way, problem
from demo.shop.shop import Shop
from demo.shop.visit import Visit
from demo.shop.websites import TEEHAUS, WEBSITES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGEST_BODY = 64 * 1024
View: TypeAlias = Callable[..., Response]
log = logging.getLogger("shop")


def health(_visit: Visit) -> Response:
    return Response('{"status": "live"}', content_type="application/json")


# What every brand's website has.
PAGES: dict[tuple[str, str], View] = {
    ("GET", "/catalogue"): catalogue.ask,
    ("POST", "/catalogue"): catalogue.send,
    ("GET", "/catalogue/thanks"): catalogue.thanks,
    ("GET", "/interests"): interests.ask,
    ("POST", "/interests"): interests.send,
    ("GET", "/interests/saved"): interests.saved,
    ("GET", "/known"): known.known,
}
VIEWS: dict[tuple[str, str], View] = {
    **{(method, one.at(path)): view for one in WEBSITES for (method, path), view in PAGES.items()},
    ("GET", "/"): start.start,
    ("GET", TEEHAUS.home): start.teehaus,
    ("GET", "/sign-in"): sign_in.sign_in,
    ("GET", "/register"): sign_in.register,
    ("GET", "/callback"): sign_in.callback,
    ("GET", "/orders"): rooms.orders,
    ("GET", "/rewards"): rooms.rewards,
    ("POST", "/sign-out"): sign_out.sign_out,
    ("GET", "/signed-out"): sign_out.signed_out,
    ("GET", "/static/<name>"): pages.static,
    ("GET", "/health/live"): health,
}
URLS = Map([Rule(path, methods=[method], endpoint=view) for (method, path), view in VIEWS.items()])


class Program:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._host = str(urlsplit(shop.url).hostname)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = LARGEST_BODY
        visit = Visit(self._shop, request)
        answer = self._answer(visit)
        visit.give_cookies(answer)
        for name, value in headers(visit.facts.base_url).items():
            answer.headers.setdefault(name, value)
        return answer(environ, start_response)

    def _answer(self, visit: Visit) -> Response:
        try:
            view, values = URLS.bind_to_environ(visit.request.environ).match()
            if view is not health:
                self._check_host(visit.request)
            answer: Response = view(visit, **values)
        except HTTPException as exc:
            return self._refusal(visit, exc)
        except CiamAway as exc:
            log.warning("The CIAM is away: %s", exc)
            return _away(visit)
        except CiamOdd as exc:
            log.warning("The CIAM answers oddly: %s", exc)
            return _odd(visit)
        except Exception:
            log.exception("%s %s failed", visit.request.method, visit.request.path)
            sentence = "That is our fault. It is written down where the shop was started."
            return problem(visit, 500, "Something went wrong", sentence)
        return answer

    def _check_host(self, request: Request) -> None:
        # The start page shows a password: a foreign name that leads to this machine must not read it.
        request.trusted_hosts = [self._host]
        _ = request.host

    def _refusal(self, visit: Visit, exc: HTTPException) -> Response:
        if isinstance(exc, RequestRedirect):
            return Response(status=exc.code, headers={"Location": exc.new_url})
        if isinstance(exc, SecurityError):
            sentence = f"This shop is at {self._shop.url}."
            return problem(visit, 400, "Wrong address", sentence, Way(self._shop.url, "Go there"))
        if isinstance(exc, NotFound):
            return problem(
                visit, 404, "There is no such page", "It may have moved, or the address has a slip."
            )
        told = exc.get_response()
        answer = problem(visit, told.status_code, exc.name, exc.description or exc.name)
        if "Allow" in told.headers:
            answer.headers["Allow"] = told.headers["Allow"]
        return answer


def headers(base_url: str) -> dict[str, str]:
    """Signing out is a form that ends at the CIAM, and browsers hold redirects against form-action."""
    return {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"form-action 'self' {base_url}; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }


def _away(visit: Visit) -> Response:
    sentence = (
        "The CIAM, which keeps our customers' accounts, doesn't answer just now. Try again in a moment."
    )
    return problem(visit, 503, "We can't do that right now", sentence, *_ways(visit))


def _odd(visit: Visit) -> Response:
    sentence = "The CIAM, which keeps our customers' accounts, gave an answer that we don't understand."
    return problem(visit, 502, "We can't do that right now", sentence, *_ways(visit))


def _ways(visit: Visit) -> tuple[Way, ...]:
    """A request that was only a look may be made again as it is; an answer to the CIAM may not."""
    path = "/orders" if visit.request.path == "/callback" else visit.request.path
    return Way(path, "Try again"), Way(visit.website.home, "Go to the start page")
