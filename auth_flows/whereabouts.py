"""By which browser, and from where, somebody speaks to us just now.

An event tells no values; a notice about it says where it happened. So the request leaves it here.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest

from ciam.lib.places import place_of


@dataclass(frozen=True)
class Here:
    """Where a request comes from, as far as we know."""

    agent: str = ""
    """What the browser calls itself."""
    country: str = ""
    """ISO 3166-1."""
    place: str = ""
    """City and country, in words."""


_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def arrive(request: HttpRequest) -> None:
    _request.set(request)


def leave() -> None:
    _request.set(None)


def here() -> Here:
    """Nowhere, if nobody's browser is behind what happens: in a worker, in a command."""
    request = _request.get()
    return here_of(request) if request is not None else Here()


def here_of(request: HttpRequest) -> Here:
    country, place = where(str(request.META.get("REMOTE_ADDR", "")))
    return Here(str(request.META.get("HTTP_USER_AGENT", ""))[:200], country, place[:100])


def where(address: str) -> tuple[str, str]:
    """Country (ISO 3166-1) and place in words of an address; empty: unknown."""
    place = place_of(address)
    return place.country, place.words
