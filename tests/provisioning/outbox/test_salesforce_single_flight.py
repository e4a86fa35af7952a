"""However many workers find at once that there is no token, or none that is good: one of them gets it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import Brand
from ciam.lib.crypto import encrypt
from consent.models import Purpose
from provisioning.connectors.salesforce import Salesforce
from provisioning.connectors.salesforce_session import SETTING, login_of, session_of
from provisioning.models import Connector
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.salesforce_target import TOKEN, Org
from tests.provisioning.outbox.scene import deliver, settled

WORKERS, PEOPLE = 6, 90
LATER = 10.0**9

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> Brand:
    return scene.brand()


def at_once(work: Callable[[], object]) -> list[object]:
    """Of that many workers, each with a connection of its own, what they found."""
    ready = Barrier(WORKERS)

    def run(_number: int) -> object:
        try:
            ready.wait(30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as threads:
        return list(threads.map(run, range(WORKERS)))


def expire(org: Org) -> None:
    """The token that we have is one that Salesforce no longer knows."""
    org.connector.refresh_from_db()
    kept = [login_of(org.connector).mark, "expired", org.sandbox.base_url("salesforce")]
    org.set(**{SETTING: encrypt(json.dumps(kept)).decode()})


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_burst_without_a_token_asks_once(salesforce: Org, seconds: int) -> None:
    if seconds:
        salesforce.fault("timeout_after", path_contains=TOKEN, seconds=seconds)

    found = at_once(lambda: session_of(Connector.objects.get(pk=salesforce.connector.pk), LATER))

    assert len(set(found)) == 1
    assert len(salesforce.asked(TOKEN)) == 1


def test_a_burst_whose_token_has_expired_asks_once_and_loses_nobody(
    salesforce: Org, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Salesforce, "batch_size", 5)
    people = scene.crowd(newsletter, PEOPLE)
    expire(salesforce)

    at_once(deliver)
    deliver()

    assert settled(salesforce.connector)
    assert len(salesforce.records()) == len(people)
    assert len(salesforce.asked(TOKEN)) == 1


def test_an_operators_change_of_other_settings_is_not_undone(salesforce: Org) -> None:
    mine = Connector.objects.get(pk=salesforce.connector.pk)
    salesforce.set(on_erase="delete")

    session_of(mine, LATER)

    salesforce.connector.refresh_from_db()
    assert salesforce.connector.settings["on_erase"] == "delete"
    assert SETTING in salesforce.connector.settings
