"""Addresses to which browsers are sent back."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse
from django.utils.encoding import iri_to_uri

LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?(/.*)?", re.ASCII)
HIGHEST_PORT = 65_535


def is_registered(asked: str, registered: Iterable[str], *, native: bool) -> bool:
    """RFC 9700, 2.1: the very same string, but for the port of a native app's loopback address."""
    return any(asked == uri or (native and _is_other_port(asked, uri)) for uri in registered)


def _is_other_port(asked: str, registered: str) -> bool:
    """RFC 8252, 7.3: a native app takes the port that it is given, so any port must do. IP literals only."""
    here, there = LOOPBACK.fullmatch(asked), LOOPBACK.fullmatch(registered)
    if here is None or there is None:
        return False
    port = int(here[2] or 80)
    return here[1] == there[1] and here[3] == there[3] and 0 < port <= HIGHEST_PORT


def with_answer(redirect_uri: str, answer: Mapping[str, str]) -> str:
    """RFC 6749, 4.1.2: added to the address' own query, of which nothing changes."""
    said = urlencode({name: value for name, value in answer.items() if value})
    if not said:
        return redirect_uri
    joint = "?" if "?" not in redirect_uri else "" if redirect_uri.endswith(("?", "&")) else "&"
    return f"{redirect_uri}{joint}{said}"


def origin_of(uri: str) -> str:
    """As a Content-Security-Policy names where a form may lead: an origin, or a scheme of an app's own."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def see_other(address: str) -> HttpResponse:
    """RFC 9700, 4.12: 303 never repeats a form at the other end. An app's own scheme may follow."""
    return HttpResponse(status=303, headers={"Location": str(iri_to_uri(address))})
