"""Signed webhooks, as a receiver sees them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from ciam.lib import http
from ciam.lib.outbox import NeedsHuman
from consent.models import Purpose
from demo.sandbox.receiver import SECRET
from provisioning.connectors.webhook import Webhook
from provisioning.models import Connector, Delivery, DeliveryState
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer, deliver
from tests.sandbox.running import RunningSandbox

pytestmark = pytest.mark.django_db

OTHER_SECRET = "whsec_" + base64.b64encode(b"another secret, of 30 bytes...").decode()


@dataclass(frozen=True)
class Target:
    sandbox: RunningSandbox
    connector: Connector

    @property
    def heard(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.state("receiver")["webhooks"]
        return found

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self.sandbox.requests("receiver")

    def agrees(self, **terms: object) -> None:
        answer = httpx.put(f"{self.sandbox.base_url('receiver')}/agreement", json=terms)
        assert answer.status_code == 204, answer.text

    def fault(self, kind: str, **fields: object) -> None:
        self.sandbox.fault("receiver", kind, **fields)

    def check(self) -> str:
        return Webhook().check(self.connector, time.monotonic() + 30)


@pytest.fixture
def webhook(sandbox: RunningSandbox, newsletter: Purpose) -> Iterator[Target]:
    connector = scene.connector(
        newsletter,
        "webhook",
        settings={"base_url": f"{sandbox.base_url('receiver')}/webhooks"},
        secret=SECRET,
        keeps_state=False,
        event_types=list(Webhook.event_types),
    )
    yield Target(sandbox, connector)
    assert not sandbox.violations("receiver")


@pytest.fixture
def anna(webhook: Target, newsletter: Purpose) -> Customer:
    anna = scene.meet(newsletter.brand, "anna@example.com", given_name="Anna")
    anna.gives(newsletter)
    return anna


def trouble() -> str:
    return Connector.objects.values_list("needs_human", flat=True).get()


def test_each_event_comes_once_in_order_and_tells_no_value(anna: Customer, webhook: Target) -> None:
    anna.says(family_name="Meier")

    deliver()

    rows = list(Delivery.objects.order_by("event_id"))
    assert [one["id"] for one in webhook.heard] == [str(row.pk) for row in rows]
    assert [one["kind"] for one in webhook.heard][-2:] == ["consent.changed", "profile.changed"]
    last = webhook.requests[-1]["body"]
    assert last == {
        "type": "profile.changed",
        "timestamp": rows[-1].at.isoformat().replace("+00:00", "Z"),
        "data": {"member_id": anna.our_id, "brand": "shop", "fields": ["family_name"]},
    }
    said = repr([(one["path"], one["headers"], one["body"]) for one in webhook.requests])
    for personal in ("anna", "Anna", "Meier", str(anna.account.pk), anna.account.subject()):
        assert personal not in said


def test_a_receiver_verifies_the_signature_by_the_words_of_the_standard(
    anna: Customer, webhook: Target
) -> None:
    deliver()

    for request in webhook.requests:
        named = {name.lower(): value for name, value in request["headers"].items()}
        payload = json.dumps(request["body"], separators=(",", ":"))
        signed = f"{named['webhook-id']}.{named['webhook-timestamp']}.{payload}"
        key = base64.b64decode(SECRET.split("_")[1])
        expected = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
        assert named["webhook-signature"] == f"v1,{expected}"
        assert abs(int(named["webhook-timestamp"]) - time.time()) < 300
        assert named["content-type"] == "application/json"


@pytest.mark.parametrize("known", [SECRET, OTHER_SECRET])
def test_while_the_secret_is_changed_a_receiver_may_know_either(
    anna: Customer, webhook: Target, known: str
) -> None:
    webhook.connector.secret = f"{OTHER_SECRET} {SECRET}"
    webhook.connector.save()
    webhook.agrees(secrets=[known])

    deliver()

    assert len(webhook.heard) == Delivery.objects.filter(state=DeliveryState.SENT).count() > 0


def test_a_receiver_that_knows_another_secret_stops_the_target(anna: Customer, webhook: Target) -> None:
    webhook.agrees(secrets=[OTHER_SECRET])

    deliver()

    assert "answered 401: it does not accept the connector's credentials" in trouble()
    assert webhook.heard == []


def test_an_address_where_nobody_listens_any_more_stops_the_target(anna: Customer, webhook: Target) -> None:
    webhook.fault("status", status=410)

    deliver()

    assert "answered 410: nobody listens" in trouble()
    assert len(webhook.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_names_a_time_is_asked_again_then(
    anna: Customer, webhook: Target, status: int
) -> None:
    webhook.fault("status", status=status, headers={"Retry-After": "120"})

    deliver()
    assert len(webhook.requests) == 1
    deliver(after=110)
    assert len(webhook.requests) == 1
    deliver(after=130)
    assert len(webhook.heard) == Delivery.objects.count()


def test_an_event_that_is_refused_thrice_is_for_a_human_and_the_next_one_goes(
    anna: Customer, webhook: Target
) -> None:
    webhook.fault("status", status=422, times=3)

    for minute in range(4):
        deliver(after=60.0 * minute)

    stuck = Delivery.objects.exclude(needs_human="").get()
    assert stuck.needs_human.startswith("The webhook's receiver answered 422 to this event")
    assert len(webhook.heard) == Delivery.objects.count() - 1
    assert trouble() == ""


def test_a_redirect_is_not_followed(anna: Customer, webhook: Target) -> None:
    elsewhere = f"{webhook.sandbox.base_url('receiver')}/agreement"
    webhook.fault("status", status=307, headers={"Location": elsewhere})

    deliver()

    assert "is not to be reached at the connector's base_url" in trouble()
    assert [one["path"] for one in webhook.requests] == ["/webhooks"]


def test_an_answer_that_was_lost_makes_the_event_come_again_and_counts_once(
    anna: Customer, webhook: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(1.5))
    webhook.fault("timeout_after", seconds=20.0)

    deliver()
    deliver(after=60)

    assert [one["times"] for one in webhook.heard] == [2, *[1] * (Delivery.objects.count() - 1)]


def test_the_check_sends_a_signed_event_about_nobody(anna: Customer, webhook: Target) -> None:
    assert webhook.check() == "localhost took a signed test event."

    assert [one["body"]["type"] for one in webhook.requests] == ["webhook.test"]
    assert webhook.requests[0]["body"]["data"] == {}
    assert webhook.heard[0]["about"] == ""


@pytest.mark.parametrize(
    "secret",
    [
        None,
        "",
        "whsec_",
        "secret",
        "whsec_short",
        "whsec_" + base64.b64encode(b"k" * 23).decode(),
        "whsec_" + base64.b64encode(b"k" * 65).decode(),
        base64.b64encode(b"k" * 32).decode(),
        "whsec_" + "ä" * 40,
        f"{SECRET} {OTHER_SECRET} {SECRET}",
    ],
)
def test_without_a_good_secret_nothing_leaves(webhook: Target, secret: str | None) -> None:
    webhook.connector.secret = secret

    with pytest.raises(NeedsHuman, match="no signing secret"):
        webhook.check()

    assert webhook.requests == []
