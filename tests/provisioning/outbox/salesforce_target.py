"""A Salesforce org: what we have of it, and what it really knows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from consent.models import Purpose
from provisioning.models import Connector
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer
from tests.sandbox.running import RunningSandbox

OUR_ID = "CIAM_Id__c"
UPSERT = f"/composite/sobjects/Contact/{OUR_ID}"
UPDATE, QUERY, TOKEN = "/composite/sobjects", "/query", "/oauth2/token"
API = "/services/data/v68.0"
MAPPING = {
    "email": "Email",
    "given_name": "FirstName",
    "family_name": "LastName",
    "interests": "CIAM_Interests__c",
}


@dataclass
class Org:
    sandbox: RunningSandbox
    connector: Connector
    _by_hand: httpx.Client | None = field(default=None, repr=False)

    def records(self, sobject: str = "Contact") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.state("salesforce")[sobject]
        return found

    def of(self, customer: Customer, sobject: str = "Contact") -> dict[str, Any]:
        found = [one for one in self.records(sobject) if one.get(OUR_ID) == customer.our_id]
        assert len(found) == 1, self.records(sobject)
        return found[0]

    def values(self, customer: Customer) -> dict[str, Any]:
        """What the contact says of the person."""
        hidden = {"Id", "type", "is_deleted", OUR_ID}
        return {name: value for name, value in self.of(customer).items() if name not in hidden}

    @property
    def recycle_bin(self) -> list[dict[str, Any]]:
        return self.records("recycle_bin")

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self.sandbox.requests("salesforce")

    def asked(self, path: str) -> list[dict[str, Any]]:
        return [one for one in self.requests if path in one["path"]]

    def said(self) -> str:
        """Everything that ever reached it, as one text."""
        return repr([(one["path"], one["query"], one["body"]) for one in self.requests])

    def fault(self, kind: str, **fields: object) -> None:
        self.sandbox.fault("salesforce", kind, **fields)

    def set(self, **settings: str) -> None:
        self.connector.settings |= settings
        self.connector.save()

    def knows(self, **values: str) -> str:
        """A contact that somebody made there by hand; its id."""
        made = self.hand.post(f"{API}/sobjects/Contact", json={"LastName": "Hand", **values})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def changes(self, record_id: str, **values: object) -> None:
        changed = self.hand.patch(f"{API}/sobjects/{self._kind(record_id)}/{record_id}", json=values)
        assert changed.status_code == 204, changed.text

    def deletes(self, record_id: str) -> None:
        gone = self.hand.delete(f"{API}/sobjects/{self._kind(record_id)}/{record_id}")
        assert gone.status_code == 204, gone.text

    @property
    def hand(self) -> httpx.Client:
        """Somebody's who works there."""
        if self._by_hand is None:
            base_url = self.sandbox.base_url("salesforce")
            form = {"grant_type": "client_credentials", "client_id": "hand", "client_secret": "hand"}
            token = httpx.post(f"{base_url}/services/oauth2/token", data=form).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}", "Sforce-Duplicate-Rule-Header": "allowSave=true"}
            self._by_hand = httpx.Client(base_url=base_url, headers=headers)
        return self._by_hand

    def close(self) -> None:
        if self._by_hand is not None:
            self._by_hand.close()

    def _kind(self, record_id: str) -> str:
        return {"003": "Contact", "0PK": "Individual"}[record_id[:3]]


def connected(sandbox: RunningSandbox, purpose: Purpose, **settings: str) -> Connector:
    return scene.connector(
        purpose,
        "salesforce",
        secret="a-key:a-secret",
        mapping=MAPPING,
        settings={"login_url": sandbox.base_url("salesforce"), **settings},
    )


@pytest.fixture
def salesforce(sandbox: RunningSandbox, newsletter: Purpose) -> Iterator[Org]:
    """Whatever a test does, Salesforce's contract was kept."""
    org = Org(sandbox, connected(sandbox, newsletter))
    yield org
    org.close()
    assert not sandbox.violations("salesforce")


@pytest.fixture
def protective(salesforce: Org) -> Org:
    """It has Data Protection and Privacy on."""
    salesforce.set(with_individual="yes")
    return salesforce
