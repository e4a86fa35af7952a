"""What holds for every answer of the shop."""

import re

import httpx
import pytest

from demo.shop.program import VIEWS
from demo.shop.shop import Room
from tests.shop.running import RunningShop
from tests.shop.signing_in import let_in

EVERYWHERE = [(method, path.replace("<name>", "shop.css")) for method, path in VIEWS]
ADDRESSES = [*EVERYWHERE, ("GET", "/nowhere"), ("POST", "/"), ("GET", "/static/..%2Fpages.py")]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_it_carries_the_headers_that_keep_it_safe(ada: httpx.Client, method: str, path: str) -> None:
    answer = ada.request(method, path)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] in ("no-store", "no-cache")


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_it_needs_no_script_and_no_inline_style(ada: httpx.Client, method: str, path: str) -> None:
    html = ada.request(method, path).text

    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
def test_no_address_fails_because_the_ciam_is_away(ada: httpx.Client, method: str, path: str) -> None:
    assert ada.request(method, path).status_code != 500


def test_a_foreign_name_that_leads_here_is_shown_nothing(website: RunningShop) -> None:
    answer = httpx.get(website.url, headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "operator@example.com" not in answer.text
    assert website.url in answer.text


def test_health_is_told_to_any_name(website: RunningShop) -> None:
    answer = httpx.get(f"{website.url}/health/live", headers={"Host": "10.0.0.7"})

    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


def test_what_others_said_is_shown_as_text(website: RunningShop, ada: httpx.Client) -> None:
    let_in(website, ada)

    assert "Ada &lt;i&gt;Lovelace&lt;/i&gt;" in ada.get("/orders").text


def test_cookies_are_for_this_program_over_http_only(ada: httpx.Client) -> None:
    given = ada.get("/").headers["Set-Cookie"]

    assert re.match(r"__Host-shop-browser=[\w-]{20,};", given)
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(given.split("; "))
    assert len({room.value for room in Room}) == 2


def test_a_made_up_browser_cookie_is_replaced(website: RunningShop) -> None:
    answer = httpx.get(website.url, headers={"Cookie": "__Host-shop-browser=short"})

    assert "__Host-shop-browser=" in answer.headers["Set-Cookie"]


def test_a_body_too_large_is_refused(ada: httpx.Client) -> None:
    assert ada.post("/catalogue", data={"email": "a" * 100_000}).status_code == 413
