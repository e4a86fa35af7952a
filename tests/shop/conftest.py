"""A shop whose CIAM is away: nothing listens at its address."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

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
        "scim": {"base_url": f"{nobody}/scim/v2", "token": "a-token"},
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
