"""Signs that a program filled in the page. Each is weak alone; none is held against a screen reader."""

import datetime as dt
import re
from collections.abc import Callable

from django.http import HttpRequest

FASTEST = dt.timedelta(seconds=1)
"""Nobody reads two pages and fills in both within this, whatever fills in passwords for them."""
PROGRAMS = re.compile(
    r"headless|phantomjs|selenium|webdriver|puppeteer|playwright|python|curl|wget|httpx|aiohttp|go-http"
    r"|java/|okhttp|libwww|scrapy|\bbot\b|spider|crawler",
    re.IGNORECASE,
)

Sign = Callable[[HttpRequest, dt.timedelta | None], bool]
"""Of the request, and of how long it took from the first page to the first proof, where that tells."""


def no_language(request: HttpRequest, took: dt.timedelta | None) -> bool:
    return not request.headers.get("Accept-Language")


def no_agent(request: HttpRequest, took: dt.timedelta | None) -> bool:
    return not request.headers.get("User-Agent")


def program_agent(request: HttpRequest, took: dt.timedelta | None) -> bool:
    return bool(PROGRAMS.search(request.headers.get("User-Agent", "")))


def too_fast(request: HttpRequest, took: dt.timedelta | None) -> bool:
    return took is not None and took < FASTEST


SIGNS: tuple[Sign, ...] = (no_language, no_agent, program_agent, too_fast)


def signs(request: HttpRequest, took: dt.timedelta | None) -> tuple[str, ...]:
    return tuple(sign.__name__ for sign in SIGNS if sign(request, took))
