"""Somebody who listens: takes signed webhooks and security events, each once, and shows what came."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from joserfc.jwk import KeySet

from demo.sandbox.receiver_signatures import Refused, Trust, check_webhook, read_token
from demo.sandbox.shapes import Json, JsonObject, ShapeError, a_list, a_text, an_object, stamp
from demo.sandbox.vendor import Answer, Call, Known, Violation

SECRET = "whsec_" + base64.b64encode(b"the secret of the demo's receiver").decode()
AUDIENCE = "https://receiver.example"


@dataclass
class Heard:
    """One event, however often it came."""

    id: str
    kind: str
    about: str
    said: JsonObject
    at: str = field(default_factory=stamp)
    times: int = 1

    def as_json(self) -> JsonObject:
        return {"id": self.id, "kind": self.kind, "about": self.about, "said": self.said, "times": self.times}


class Receiver:
    slug: ClassVar[str] = "receiver"
    title: ClassVar[str] = "Event receiver"
    spec: ClassVar[str] = "receiver.openapi.json"

    def __init__(self) -> None:
        self._secrets = [SECRET]
        self._trust = Trust(AUDIENCE)
        self._webhooks: dict[str, Heard] = {}
        self._security_events: dict[str, Heard] = {}
        self._refused: list[str] = []
        self._handlers: dict[str, Callable[[Call], Answer]] = {
            "agree": self._agree,
            "takeWebhook": self._take_webhook,
            "takeSecurityEvent": self._take_security_event,
        }

    def behave(self, call: Call) -> Answer:
        try:
            return self._handlers[call.operation](call)
        except Refused as refusal:
            self._refused.append(refusal.message)
            status = 401 if call.operation == "takeWebhook" else 400
            return _error(status, refusal.code, refusal.message)
        except ShapeError as exc:
            return _error(400, "invalid_request", str(exc))

    def refuse(self, violation: Violation) -> Answer:
        status = {"path": 404, "method": 405}.get(violation.kind, 400)
        return _error(status, "invalid_request", violation.message)

    def fail(self, status: int) -> Answer:
        return _error(status, "invalid_request", "The receiver was told to fail.")

    def headers(self, call: Call) -> dict[str, str]:
        return {}

    def rows(self, call: Call) -> list[dict[str, str]]:
        return []

    def state(self) -> JsonObject:
        return {
            "webhooks": [one.as_json() for one in self._webhooks.values()],
            "security_events": [one.as_json() for one in self._security_events.values()],
            "refused": [*self._refused],
        }

    def known(self) -> list[Known]:
        """Those of whom it was told, by the names that it was given."""
        people: dict[str, list[Heard]] = {}
        for one in [*self._webhooks.values(), *self._security_events.values()]:
            if one.about:
                people.setdefault(one.about, []).append(one)
        found = [_known(about, events) for about, events in people.items()]
        return sorted(found, key=lambda one: one.changed, reverse=True)

    def remarks(self) -> list[str]:
        repeated = [
            f"“{one.kind}” came {one.times} times, and counted once."
            for one in [*self._webhooks.values(), *self._security_events.values()]
            if one.times > 1
        ]
        return repeated + [f"Refused: {reason}" for reason in self._refused]

    def _agree(self, call: Call) -> Answer:
        """What the two sides agreed on beforehand: secrets, keys, and what they call each other."""
        body = an_object(call.content)
        if "secrets" in body:
            self._secrets = [a_text(one, "secrets") for one in a_list(body["secrets"], "secrets")]
        keys = _key_set(body["jwks"]) if "jwks" in body else self._trust.keys
        self._trust = Trust(
            a_text(body.get("audience", self._trust.audience), "audience"),
            a_text(body.get("issuer", self._trust.issuer), "issuer"),
            keys,
        )
        return Answer(204)

    def _take_webhook(self, call: Call) -> Answer:
        check_webhook(self._secrets, call.headers, call.body, time.time())
        body = an_object(call.content)
        number = next(value for name, value in call.headers.items() if name.lower() == "webhook-id")
        data = an_object(body["data"], "data")
        about = a_text(data.get("member_id", ""), "data.member_id")
        _hear(self._webhooks, Heard(number, a_text(body["type"], "type"), about, data))
        return Answer(204)

    def _take_security_event(self, call: Call) -> Answer:
        claims = read_token(self._trust, call.body)
        subject = an_object(claims.get("sub_id"), "sub_id")
        kind = next(iter(an_object(claims["events"], "events")), "")
        number = a_text(claims["jti"], "jti")
        about = a_text(subject.get("sub", ""), "sub")
        _hear(self._security_events, Heard(number, kind.rpartition("/")[2], about, claims))
        return Answer(202)


def _hear(heard: dict[str, Heard], one: Heard) -> None:
    if one.id in heard:
        heard[one.id].times += 1
    else:
        heard[one.id] = one


def _known(about: str, events: list[Heard]) -> Known:
    return Known(
        title=about,
        number=str(len(events)),
        state="live",
        changed=max(one.at for one in events),
        facts=[(str(place), one.kind) for place, one in enumerate(events, 1)],
        permissions=[],
    )


def _key_set(value: Json) -> KeySet:
    try:
        return KeySet.import_key_set(an_object(value, "jwks"))  # type: ignore[arg-type]
    except (ValueError, KeyError, TypeError) as exc:
        raise ShapeError("jwks must be a set of keys.") from exc


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"err": code, "description": message})
