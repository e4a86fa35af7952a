"""Security events, as a receiver sees them: RFC 8417, RFC 8935, CAEP and RISC."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.test import Client
from pytest_django import Settings

from accounts import events, privacy
from accounts.events import SYSTEM, Change, EventType
from accounts.memberships import revoke_sessions
from ciam.lib.outbox import NeedsHuman, TryLater, moment
from consent.models import Purpose
from demo.sandbox.receiver import AUDIENCE
from provisioning.connectors.security_events import SecurityEvents
from provisioning.models import Connector, Delivery
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.scene import Customer, deliver
from tests.sandbox.running import RunningSandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"


@pytest.fixture
def keys() -> dict[str, Any]:
    """What we publish."""
    client = Client()
    place = client.get("/.well-known/openid-configuration").json()["jwks_uri"]
    found: dict[str, Any] = client.get(place).json()
    return found


@pytest.fixture
def receiver(
    sandbox: RunningSandbox, newsletter: Purpose, keys: dict[str, Any], settings: Settings
) -> Connector:
    agreement = {"jwks": keys, "issuer": settings.BASE_URL, "audience": AUDIENCE}
    answer = httpx.put(f"{sandbox.base_url('receiver')}/agreement", json=agreement)
    assert answer.status_code == 204, answer.text
    return scene.connector(
        newsletter,
        "security_events",
        settings={"base_url": f"{sandbox.base_url('receiver')}/events", "audience": AUDIENCE},
        secret=None,
        keeps_state=False,
        event_types=list(SecurityEvents.event_types),
    )


@pytest.fixture
def anna(receiver: Connector, newsletter: Purpose) -> Customer:
    anna = scene.meet(newsletter.brand, "anna@example.com", given_name="Anna")
    anna.gives(newsletter)
    deliver()
    return anna


def heard(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.state("receiver")["security_events"]
    return found


def _add_password(anna: Customer) -> None:
    with events.together():
        events.record([Change(EventType.AUTHENTICATOR_ADDED, anna.account.pk, SYSTEM, None, ("password",))])


def _erase(anna: Customer) -> None:
    privacy.erase([anna.account.pk], SYSTEM, moment())


def _suspend(anna: Customer) -> None:
    with events.together():
        events.record([Change(EventType.ACCOUNT_SUSPENDED, anna.account.pk, SYSTEM)])


def _restore(anna: Customer) -> None:
    with events.together():
        events.record([Change(EventType.ACCOUNT_RESTORED, anna.account.pk, SYSTEM)])


@pytest.mark.parametrize(
    ("does", "uri", "payload"),
    [
        (lambda anna: revoke_sessions(anna.account, SYSTEM), f"{CAEP}session-revoked", {}),
        (
            _add_password,
            f"{CAEP}credential-change",
            {"credential_type": "password", "change_type": "create"},
        ),
        (_suspend, f"{RISC}account-disabled", None),
        (_restore, f"{RISC}account-enabled", None),
        (Customer.is_suspended, f"{RISC}account-disabled", None),
        (Customer.ends, f"{RISC}account-disabled", None),
        (_erase, f"{RISC}account-purged", None),
    ],
)
def test_each_of_our_events_is_one_of_theirs(
    anna: Customer,
    sandbox: RunningSandbox,
    settings: Settings,
    does: Callable[[Customer], None],
    uri: str,
    payload: dict[str, str] | None,
) -> None:
    does(anna)
    row = Delivery.objects.latest("event_id")

    deliver()

    claims = heard(sandbox)[-1]["said"]
    when = {} if payload is None else {"event_timestamp": int(row.at.timestamp())}
    assert claims["events"] == {uri: {**when, **(payload or {})}}
    assert claims["jti"] == str(row.pk)
    assert claims["sub_id"] == {
        "format": "iss_sub",
        "iss": settings.BASE_URL,
        "sub": anna.account.subject(),
    }
    assert (claims["iss"], claims["aud"]) == (settings.BASE_URL, AUDIENCE)
    assert not {"sub", "exp"} & claims.keys()
    assert sandbox.violations("receiver") == []


def test_a_token_verifies_with_our_published_keys_and_nothing_of_ours(
    anna: Customer, sandbox: RunningSandbox, keys: dict[str, Any]
) -> None:
    request = sandbox.requests("receiver")[-1]
    assert {name.lower(): value for name, value in request["headers"].items()}["content-type"] == (
        "application/secevent+jwt"
    )
    header, payload, signature = request["body"].split(".")

    said = json.loads(_decoded(header))
    assert (said["alg"], said["typ"]) == ("ES256", "secevent+jwt")
    key = next(one for one in keys["keys"] if one["kid"] == said["kid"])
    numbers = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1())
    raw = _decoded(signature)
    halves = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    numbers.public_key().verify(
        encode_dss_signature(*halves), f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256())
    )


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _number(part: str) -> int:
    return int.from_bytes(_decoded(part))


def test_a_token_that_comes_twice_counts_once(anna: Customer, sandbox: RunningSandbox) -> None:
    before = len(heard(sandbox))
    anna.ends()
    deliver()
    Delivery.objects.filter(pk=Delivery.objects.latest("event_id").pk).update(state="waiting")

    deliver()

    assert [one["times"] for one in heard(sandbox)[before:]] == [2]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("invalid_issuer", "it does not know us as the issuer"),
        ("invalid_audience", "correct the connector's audience"),
        ("authentication_failed", "enter a valid one"),
        ("access_denied", "it does not want events from us"),
    ],
)
def test_what_a_receiver_has_against_us_stops_the_target(
    anna: Customer, sandbox: RunningSandbox, receiver: Connector, code: str, sentence: str
) -> None:
    sandbox.fault("receiver", "status", status=400, body={"err": code, "description": "No."})
    anna.ends()

    deliver()

    receiver.refresh_from_db()
    assert sentence in receiver.needs_human


def test_a_key_that_is_not_known_yet_is_tried_later(
    anna: Customer, sandbox: RunningSandbox, receiver: Connector
) -> None:
    sandbox.fault("receiver", "status", status=400, body={"err": "invalid_key", "description": "Which?"})
    before = len(heard(sandbox))
    anna.ends()

    deliver()
    assert len(heard(sandbox)) == before
    deliver(after=60)
    assert len(heard(sandbox)) == before + 1


def test_an_event_that_is_not_understood_is_for_a_human_after_three_tries(
    anna: Customer, sandbox: RunningSandbox, receiver: Connector
) -> None:
    sandbox.fault("receiver", "status", status=400, times=3, body={"err": "invalid_request"})
    anna.ends()

    for minute in range(4):
        deliver(after=60.0 * minute)

    stuck = Delivery.objects.exclude(needs_human="").get()
    assert (stuck.event_type, stuck.tries) == (EventType.MEMBERSHIP_ENDED, 3)
    receiver.refresh_from_db()
    assert receiver.needs_human == ""


def test_another_audience_is_found_out(anna: Customer, receiver: Connector) -> None:
    receiver.settings["audience"] = "https://elsewhere.example"
    receiver.save()
    anna.ends()

    deliver()

    receiver.refresh_from_db()
    assert "invalid_audience" in receiver.needs_human


def test_the_check_is_a_verification_event_about_nobody(sandbox: RunningSandbox, receiver: Connector) -> None:
    said = SecurityEvents().check(receiver, time.monotonic() + 30)

    assert said == "localhost took a verification event."
    claims = heard(sandbox)[0]["said"]
    assert list(claims["events"]) == ["https://schemas.openid.net/secevent/ssf/event-type/verification"]
    assert claims["sub_id"] == {"format": "opaque", "id": str(receiver.pk)}


def test_the_check_tells_what_is_wrong(sandbox: RunningSandbox, receiver: Connector) -> None:
    receiver.settings["audience"] = ""
    with pytest.raises(NeedsHuman, match="audience"):
        SecurityEvents().check(receiver, time.monotonic() + 30)

    receiver.settings["audience"] = AUDIENCE
    sandbox.fault("receiver", "status", status=400, body={"err": "invalid_key"})
    with pytest.raises(TryLater):
        SecurityEvents().check(receiver, time.monotonic() + 30)


def test_a_bearer_token_goes_along_where_the_receiver_asks_for_one(
    sandbox: RunningSandbox, receiver: Connector
) -> None:
    receiver.secret = "a-token"

    SecurityEvents().check(receiver, time.monotonic() + 30)

    headers = sandbox.requests("receiver")[-1]["headers"]
    assert headers["Authorization"] == "Bearer ***"
