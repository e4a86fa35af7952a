from collections.abc import Iterator

import pytest
from pytest_django import Settings

from accounts.models import Brand
from consent.models import Purpose
from provisioning.connectors import KINDS
from provisioning.models import Connector
from tests.provisioning.deliveries.journal import Journal
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer
from tests.sandbox.running import RunningSandbox


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
def shop(db: None) -> Brand:
    return scene.brand()


@pytest.fixture
def newsletter(shop: Brand) -> Purpose:
    return scene.purpose(shop)


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Journal:
    journal = Journal()
    monkeypatch.setitem(KINDS, Journal.kind, journal)
    return journal


@pytest.fixture
def target(newsletter: Purpose, journal: Journal) -> Connector:
    """It wants to hear everything."""
    return scene.connector(newsletter, Journal.kind, keeps_state=False, event_types=list(Journal.event_types))


@pytest.fixture
def anna(target: Connector, newsletter: Purpose) -> Customer:
    """She agreed, and the target has heard of it."""
    anna = scene.meet(newsletter.brand, "anna@example.com", given_name="Anna")
    anna.gives(newsletter)
    scene.deliver()
    return anna


@pytest.fixture
def bert(target: Connector, newsletter: Purpose) -> Customer:
    bert = scene.meet(newsletter.brand, "bert@example.com", given_name="Bert")
    bert.gives(newsletter)
    scene.deliver()
    return bert
