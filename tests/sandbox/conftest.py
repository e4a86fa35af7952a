from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.running import RunningSandbox
from tests.sandbox.salesforce_calls import APP


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: RunningSandbox) -> RunningSandbox:
    """A sandbox that knows nobody, has been asked nothing, and has no fault waiting."""
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture(scope="session")
def connector(running_sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer secret-token"}
    with httpx.Client(base_url=running_sandbox.base_url("hubspot"), headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def hubspot(sandbox: RunningSandbox, connector: httpx.Client) -> httpx.Client:
    """What a connector holds: HubSpot's base URL and a token."""
    assert sandbox.url in str(connector.base_url)
    return connector


@pytest.fixture
def salesforce(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """The org's address, and a token for it."""
    base_url = sandbox.base_url("salesforce")
    token = httpx.post(f"{base_url}/services/oauth2/token", data=APP).json()["access_token"]
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client
