"""A shop whose CIAM is away, as nothing listens at its address; and one with a CIAM, over HTTP."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer

from tests.shop.met import Ciam, two_brands
from tests.shop.running import RunningShop


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address that refuses every connection, and that nobody else can take meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def demo_json(tmp_path: Path, nobody: str) -> Path:
    facts = {
        "base_url": nobody,
        "scim": {"base_url": f"{nobody}/scim/v2", "token": "a-token", "other_brand_token": "tea"},
        "clients": {
            "shop": {"client_id": "shop", "client_secret": "a-secret", "scopes": ["openid", "email"]}
        },
        "admin": {
            "email": "operator@example.com",
            "password": "a <b>bold</b> password",
            "totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        },
    }
    path = tmp_path / "demo.json"
    path.write_text(json.dumps(facts))
    return path


@pytest.fixture
def website(demo_json: Path) -> Iterator[RunningShop]:
    with RunningShop(demo_json) as running:
        yield running


@pytest.fixture
def ada(website: RunningShop) -> Iterator[httpx.Client]:
    """Her browser."""
    with website.browser() as browser:
        yield browser


@pytest.fixture
def mallory(website: RunningShop) -> Iterator[httpx.Client]:
    with website.browser() as browser:
        yield browser


@pytest.fixture
def ciam(live_server: LiveServer) -> Ciam:
    """With a website of the Kaffeehaus and one of the Teehaus."""
    return two_brands(live_server.url)


@pytest.fixture
def open_shop(ciam: Ciam, demo_json: Path) -> Iterator[RunningShop]:
    """The shop, whose CIAM is there."""
    facts = json.loads(demo_json.read_text())
    facts |= {"base_url": ciam.base_url, "scim": ciam.scim}
    demo_json.write_text(json.dumps(facts))
    with RunningShop(demo_json) as running:
        yield running
