from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from accounts.models import Brand
from ciam.lib import http
from consent.models import Purpose
from provisioning.connectors import KINDS
from provisioning.models import Connector
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.mixpanel_target import analytics, mixpanel, original, vera
from tests.provisioning.outbox.salesforce_target import protective, salesforce
from tests.provisioning.outbox.scene import Customer
from tests.provisioning.outbox.scim_service import ScimService
from tests.sandbox.running import RunningSandbox

__all__ = ["analytics", "mixpanel", "original", "protective", "salesforce", "vera"]

NEWSLETTER_ID = 1001


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: RunningSandbox, settings: Settings) -> RunningSandbox:
    running_sandbox.reset()
    settings.OUTBOUND_ALLOWED = [f"localhost:{running_sandbox.port}"]
    return running_sandbox


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test can't wait ten seconds for an answer."""
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(1.5))


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """A kind of target like any other."""
    memory = Memory()
    monkeypatch.setitem(KINDS, Memory.kind, memory)
    return memory


@pytest.fixture
def crm(newsletter: Purpose, memory: Memory) -> Connector:
    return scene.connector(newsletter, Memory.kind)


@pytest.fixture
def people(crm: Connector, newsletter: Purpose) -> list[Customer]:
    """Two dozen who agreed."""
    return scene.crowd(newsletter, 24)


@pytest.fixture
def shop(db: None) -> Brand:
    return scene.brand()


@pytest.fixture
def newsletter(shop: Brand) -> Purpose:
    return scene.purpose(shop)


@pytest.fixture
def anna(newsletter: Purpose) -> Customer:
    """She gave the shop her name and her interests, and has not been asked for anything."""
    return scene.meet(
        newsletter.brand, "anna@example.com", given_name="Anna", interests=["tea", "books"], source="canary-1"
    )


@dataclass(frozen=True)
class Target:
    """A HubSpot account: what we have of it, and what it really knows."""

    sandbox: RunningSandbox
    connector: Connector

    @property
    def contacts(self) -> list[dict[str, Any]]:
        """What each live contact knows, with its id."""
        found = self.sandbox.state("hubspot")["contacts"]
        return [{"id": one["id"], **one["properties"]} for one in found if not one["archived"]]

    def contact(self, customer: Customer) -> dict[str, Any]:
        found = [one for one in self.contacts if one.get("ciam_user_id") == customer.our_id]
        assert len(found) == 1, self.contacts
        return found[0]

    def status(self, email: str) -> str:
        statuses = self.sandbox.state("hubspot")["statuses"]
        return str(statuses.get(email, {}).get(str(NEWSLETTER_ID), ""))

    @property
    def erased(self) -> list[str]:
        return [str(one) for one in self.sandbox.state("hubspot")["gdpr_deleted"]]

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self.sandbox.requests("hubspot")

    def said(self) -> str:
        """Everything that ever reached it, as one text."""
        return repr([(one["path"], one["query"], one["body"]) for one in self.requests])

    def fault(self, kind: str, **fields: object) -> None:
        self.sandbox.fault("hubspot", kind, **fields)

    def knows(self, **properties: str) -> str:
        """A contact that somebody made there by hand; its id."""
        return str(self._by_hand("/crm/objects/2026-09/contacts", {"properties": properties})["id"])

    def unsubscribes(self, email: str) -> None:
        """Somebody clicks on the link in HubSpot's own mail."""
        path = f"/communication-preferences/2026-09/statuses/{email}"
        body = {"channel": "EMAIL", "statusState": "UNSUBSCRIBED", "subscriptionId": NEWSLETTER_ID}
        self._by_hand(path, body)

    def deletes(self, contact_id: str) -> None:
        """Somebody at HubSpot throws a contact away."""
        self._by_hand("/crm/objects/2026-09/contacts/batch/archive", {"inputs": [{"id": contact_id}]})

    def _by_hand(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.sandbox.base_url('hubspot')}{path}",
            json=body,
            headers={"Authorization": "Bearer by-hand"},
        )
        assert answer.is_success, answer.text
        said: dict[str, Any] = answer.json() if answer.content else {}
        return said


@pytest.fixture
def hubspot(sandbox: RunningSandbox, newsletter: Purpose) -> Iterator[Target]:
    """Whatever a test does, HubSpot's contract was kept."""
    connector = scene.connector(
        newsletter,
        "hubspot",
        settings={"base_url": sandbox.base_url("hubspot"), "subscription_id": NEWSLETTER_ID},
    )
    yield Target(sandbox, connector)
    assert not sandbox.violations("hubspot")


@pytest.fixture
def service(settings: Settings) -> Iterator[ScimService]:
    """Somebody else's SCIM service, which knows nobody."""
    with ScimService() as running:
        settings.OUTBOUND_ALLOWED = [running.address]
        yield running


@pytest.fixture
def club(service: ScimService, newsletter: Purpose) -> Connector:
    return scene.connector(newsletter, "scim", settings={"base_url": service.base_url})
