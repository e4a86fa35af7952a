"""The receiver of events keeps its own rules, whoever sends."""

import base64
import hashlib
import hmac
import json
import time

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from demo.sandbox.receiver import AUDIENCE, SECRET
from tests.sandbox.running import RunningSandbox

ISSUER = "https://id.kaffeehaus.example"
MEMBER = "0192d3a0-0000-4000-8000-000000000001"
OTHER_SECRET = "whsec_" + base64.b64encode(b"another secret, of 30 bytes...").decode()


def signature(secret: str, message_id: str, moment: str, payload: str) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{moment}.{payload}".encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def post(
    sandbox: RunningSandbox, message_id: str, *secrets: str, ago_s: int = 0, member_id: str = MEMBER
) -> httpx.Response:
    data = {"member_id": member_id, "brand": "shop", "fields": ["given_name"]}
    body = {"type": "profile.changed", "timestamp": "2026-11-22T12:00:00Z", "data": data}
    payload, moment = json.dumps(body), str(int(time.time()) - ago_s)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(signature(one, message_id, moment, payload) for one in secrets),
    }
    return sandbox.client.post("/receiver/webhooks", content=payload, headers=headers)


def agree(sandbox: RunningSandbox, **terms: object) -> None:
    assert sandbox.client.put("/receiver/agreement", json=terms).status_code == 204


@pytest.fixture
def key(sandbox: RunningSandbox) -> ECKey:
    """The sender's, of which the receiver knows the public half."""
    key = ECKey.generate_key("P-256", {"kid": "first", "alg": "ES256", "use": "sig"})
    agree(sandbox, jwks={"keys": [key.as_dict(private=False)]}, issuer=ISSUER)
    return key


def push(
    sandbox: RunningSandbox, key: ECKey, *, typ: str = "secevent+jwt", **changes: object
) -> httpx.Response:
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": 1,
        "jti": "one",
        "sub_id": {"format": "iss_sub", "iss": ISSUER, "sub": "abc"},
        "events": {"https://schemas.openid.net/secevent/caep/event-type/session-revoked": {}},
        **changes,
    }
    token = jwt.encode({"alg": "ES256", "typ": typ, "kid": "first"}, claims, key)
    return send(sandbox, token)


def send(sandbox: RunningSandbox, token: str) -> httpx.Response:
    headers = {"Content-Type": "application/secevent+jwt"}
    return sandbox.client.post("/receiver/events", content=token, headers=headers)


def test_a_webhook_counts_once_however_often_it_comes(sandbox: RunningSandbox) -> None:
    assert [post(sandbox, "msg_1", SECRET).status_code for _time in range(3)] == [204] * 3
    assert post(sandbox, "msg_2", SECRET).status_code == 204

    heard = sandbox.state("receiver")["webhooks"]
    assert [(one["id"], one["kind"], one["about"], one["times"]) for one in heard] == [
        ("msg_1", "profile.changed", MEMBER, 3),
        ("msg_2", "profile.changed", MEMBER, 1),
    ]
    assert sandbox.violations("receiver") == []


def test_any_of_two_signatures_will_do(sandbox: RunningSandbox) -> None:
    assert post(sandbox, "msg_1", OTHER_SECRET, SECRET).status_code == 204

    agree(sandbox, secrets=[OTHER_SECRET])
    assert post(sandbox, "msg_2", OTHER_SECRET, SECRET).status_code == 204
    assert post(sandbox, "msg_3", SECRET).status_code == 401


@pytest.mark.parametrize("ago_s", [301, -400])
def test_an_old_or_coming_moment_is_refused(sandbox: RunningSandbox, ago_s: int) -> None:
    assert post(sandbox, "msg_1", SECRET, ago_s=ago_s).json()["err"] == "too_old"
    assert sandbox.state("receiver")["webhooks"] == []


def test_without_a_signature_nothing_is_taken(sandbox: RunningSandbox) -> None:
    body = {"type": "profile.changed", "timestamp": "2026-11-22T12:00:00Z", "data": {}}

    assert sandbox.client.post("/receiver/webhooks", json=body).status_code == 400
    assert "webhook-id" in sandbox.violations("receiver")[0]


def test_a_person_is_known_by_our_id_and_nothing_else(sandbox: RunningSandbox) -> None:
    assert post(sandbox, "msg_1", SECRET, member_id="anna@example.com").status_code == 400
    assert sandbox.state("receiver")["webhooks"] == []


def test_a_security_event_counts_once(sandbox: RunningSandbox, key: ECKey) -> None:
    assert [push(sandbox, key).status_code for _time in range(2)] == [202, 202]

    heard = sandbox.state("receiver")["security_events"]
    assert [(one["id"], one["kind"], one["about"], one["times"]) for one in heard] == [
        ("one", "session-revoked", "abc", 2)
    ]
    assert sandbox.violations("receiver") == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://elsewhere.example"}, "invalid_issuer"),
        ({"aud": "https://elsewhere.example"}, "invalid_audience"),
        ({"jti": 7}, "invalid_request"),
        ({"events": []}, "invalid_request"),
        ({"exp": 4_000_000_000}, "invalid_request"),
        ({"typ": "JWT"}, "invalid_request"),
    ],
)
def test_a_token_that_is_none_for_it_is_refused_with_the_code_for_that(
    sandbox: RunningSandbox, key: ECKey, changes: dict[str, object], code: str
) -> None:
    typ = str(changes.pop("typ", "secevent+jwt"))

    answer = push(sandbox, key, typ=typ, **changes)

    assert (answer.status_code, answer.json()["err"]) == (400, code)
    assert sandbox.state("receiver")["security_events"] == []


def test_a_strangers_token_is_refused(sandbox: RunningSandbox, key: ECKey) -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "first", "alg": "ES256", "use": "sig"})

    assert push(sandbox, stranger).json()["err"] == "invalid_key"


@pytest.mark.parametrize("token", ["x", "a.b", "a.b.c", "..", "é.é.é", "0123456789abcdef"])
@pytest.mark.parametrize("agreed", [True, False])
def test_nonsense_is_refused(sandbox: RunningSandbox, token: str, agreed: bool) -> None:
    if agreed:
        agree(sandbox, jwks={"keys": [ECKey.generate_key("P-256").as_dict(private=False)]})

    answer = send(sandbox, token)

    assert (answer.status_code, answer.json()["err"]) == (400, "invalid_key")


def test_keys_that_were_not_agreed_are_asked_of_this_machine_only(sandbox: RunningSandbox) -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "first", "alg": "ES256", "use": "sig"})

    assert push(sandbox, stranger, iss="https://elsewhere.example").json()["err"] == "invalid_issuer"
    assert push(sandbox, stranger, iss="http://localhost:9").json()["err"] == "invalid_key"


def test_the_page_shows_who_it_heard_of_and_what_came_twice(sandbox: RunningSandbox) -> None:
    post(sandbox, "msg_1", SECRET)
    post(sandbox, "msg_1", SECRET)
    post(sandbox, "msg_2", OTHER_SECRET)

    text = " ".join(sandbox.client.get("/receiver", headers={"Accept": "text/html"}).text.split())

    assert "What Event receiver now knows" in text
    assert MEMBER in text
    assert "“profile.changed” came 2 times, and counted once." in text
    assert "Refused: None of the signatures is by a secret that we know." in text


def test_what_it_is_told_to_do_wrong_it_does(sandbox: RunningSandbox) -> None:
    sandbox.fault("receiver", "status", status=503, headers={"Retry-After": "7"})

    failed = post(sandbox, "msg_1", SECRET)

    assert (failed.status_code, failed.headers["Retry-After"]) == (503, "7")
    assert post(sandbox, "msg_1", SECRET).status_code == 204
