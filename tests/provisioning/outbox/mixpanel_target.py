"""A Mixpanel project of the sandbox: what we have of it, and what it really knows."""

import datetime as dt
import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.utils import timezone

from accounts import events
from accounts.events import Change, EventType
from accounts.models import Brand, Source
from accounts.profiles import Said, say
from accounts.values import Value
from consent.models import Purpose
from provisioning.connectors.base import Answer, Message, Push
from provisioning.connectors.mixpanel import Mixpanel
from provisioning.models import Connector, Website
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer
from tests.sandbox.running import RunningSandbox

VISIT = "0b7e9c1e-7a33-4c1b-8a4e-5d8f7a0f1c22"
OTHER_VISIT = "8f0a2d7c-1f6e-4b57-9b0e-2a9f6f0c9d11"
ACCOUNT = "ciam.a1b2c3:s3cret"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
RELEASED = ["email", "given_name", "interests", "visitor_id"]


@dataclass(frozen=True)
class MixpanelTarget:
    sandbox: RunningSandbox
    connector: Connector

    @property
    def state(self) -> dict[str, Any]:
        return self.sandbox.state("mixpanel")

    @property
    def profiles(self) -> dict[str, dict[str, Any]]:
        """Properties by our id."""
        return {one["distinct_id"]: one["properties"] for one in self.state["profiles"]}

    @property
    def events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.state["events"]
        return events

    @property
    def merged(self) -> dict[str, str]:
        """User by visit."""
        merged: dict[str, str] = self.state["merged"]
        return merged

    @property
    def deletions(self) -> list[list[str]]:
        """The ids of each that was asked for."""
        return [one["distinct_ids"] for one in self.state["deletions"]]

    def asked(self, path: str) -> list[dict[str, Any]]:
        return [one for one in self.sandbox.requests("mixpanel") if path in one["path"]]

    def fault(self, kind: str, **fields: object) -> None:
        self.sandbox.fault("mixpanel", kind, **fields)

    def has(self, **settings: str) -> None:
        """Other settings, or another secret."""
        self.connector.secret = settings.pop("secret", self.connector.secret)
        self.connector.settings = {**self.connector.settings, **settings}
        self.connector.save()

    def finds_out(self, *our_ids: str, **properties: object) -> None:
        """What the browser's script tells Mixpanel of some people."""
        found = {f"${name}": value for name, value in properties.items()}
        token = self.connector.settings["project_token"]
        rows = [{"$token": token, "$distinct_id": one, "$ip": "0", "$set": found} for one in our_ids]
        for start in range(0, len(rows), 2000):
            some = rows[start : start + 2000]
            httpx.post(f"{self.sandbox.base_url('mixpanel')}/engage", json=some).raise_for_status()

    def deliver(self, *messages: Message) -> dict[uuid.UUID, Answer]:
        return dict(Mixpanel().deliver(self.connector, messages, soon()))

    def push(self, *pushes: Push) -> dict[uuid.UUID, Answer]:
        return dict(Mixpanel().push(self.connector, pushes, soon()))

    def erased(self, *tasks: str) -> list[Answer]:
        named = {uuid.uuid4(): task for task in tasks}
        return [answer for _key, answer in Mixpanel().erased(self.connector, named, soon())]


def soon() -> float:
    return time.monotonic() + 30


def message(type: str = "profile.changed", fields: Sequence[str] = (), **values: Value) -> Message:
    return Message(uuid.uuid4(), type, NOON, uuid.uuid4(), "a-subject", tuple(fields), values)


def project(sandbox: RunningSandbox, purpose: Purpose, identity: str = "simplified") -> Connector:
    settings = {
        "region": "eu",
        "project_id": "3001" if identity == "simplified" else "3002",
        "project_token": f"sandbox-{identity}",
        "identity": identity,
        "base_url": sandbox.base_url("mixpanel"),
    }
    return scene.connector(purpose, "mixpanel", settings=settings, secret=f"{ACCOUNT} gdpr-token")


@pytest.fixture
def analytics(shop: Brand) -> Purpose:
    purpose = scene.purpose(shop, "analytics", RELEASED)
    purpose.allows_tracking = True
    purpose.save()
    return purpose


@pytest.fixture
def mixpanel(sandbox: RunningSandbox, analytics: Purpose) -> Iterator[MixpanelTarget]:
    """Whatever a test does, Mixpanel's contract was kept."""
    yield MixpanelTarget(sandbox, project(sandbox, analytics))
    assert not sandbox.violations("mixpanel")


@pytest.fixture
def original(sandbox: RunningSandbox, analytics: Purpose) -> Iterator[MixpanelTarget]:
    """A project of the older identity system."""
    yield MixpanelTarget(sandbox, project(sandbox, analytics, "original"))
    assert not sandbox.violations("mixpanel")


@dataclass
class Visitor(Customer):
    """Somebody whose browser the website recognises; it says so with each consent that it reports."""

    visit: str = VISIT

    def gives(self, purpose: Purpose) -> None:
        brand = self.membership.brand
        website, _made = Website.objects.get_or_create(brand=brand, name="catalogue")
        said = Said(Source.WEBSITE, str(website.pk), timezone.now())
        with events.together():
            super().gives(purpose)
            changed = say(self.account, {"visitor_id": self.visit}, said)
            told = Change(EventType.PROFILE_CHANGED, self.account.pk, scene.SITE, brand.pk, changed)
            events.record([told] if changed else [])


def visitor(brand: Brand, visit: str = VISIT, email: str = "vera@example.com", **values: Value) -> Visitor:
    return Visitor(scene.meet(brand, email, **values).membership, email, values, visit)


@pytest.fixture
def vera(analytics: Purpose) -> Visitor:
    """She gave the shop her name and her interests, and has not been asked for anything."""
    return visitor(analytics.brand, given_name="Vera", interests=["tea", "books"])


def as_rows(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Of a request that was recorded; a form's `data` is JSON."""
    body = request["body"]
    rows: list[dict[str, Any]] = json.loads(body["data"]) if isinstance(body, dict) else body
    return rows
