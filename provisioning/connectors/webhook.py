"""Signed webhooks, one POST an event (https://www.standardwebhooks.com).

They carry no values: what happened, to whom by our id, and the names of what changed. The receiver asks for
more by SCIM, as far as it may.

Settings: `base_url`. Secret: `whsec_` and the key in base64 (24 to 64 bytes); while it is changed two of
them, the new one first, and each request is signed with both. A receiver refuses what is older than five
minutes by `webhook-timestamp`, and knows a repetition by `webhook-id`.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from django.utils import timezone

from accounts.events import EventType
from ciam.lib.ids import uuid7
from ciam.lib.outbox import NeedsHuman
from provisioning.connectors.base import Answer, Message, Push, Setting
from provisioning.connectors.posting import TOLD, Posting, now_s, refused
from provisioning.connectors.wire import Reply
from provisioning.models import Connector

SYSTEM = "The webhook's receiver"
PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64


class Webhook:
    kind: ClassVar[str] = "webhook"
    title: ClassVar[str] = "Webhook"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("base_url", "Address", "Where each event is posted to; https.", required=True),
    )
    default_mapping: ClassVar[Mapping[str, str]] = {}
    batch_size: ClassVar[int] = 0
    event_types: ClassVar[tuple[str, ...]] = (
        EventType.ACCOUNT_CREATED,
        EventType.ACCOUNT_UPGRADED,
        EventType.ACCOUNT_SUSPENDED,
        EventType.ACCOUNT_RESTORED,
        EventType.ACCOUNT_RESTRICTED,
        EventType.ACCOUNT_UNRESTRICTED,
        EventType.ACCOUNT_ERASED,
        EventType.MEMBERSHIP_BEGAN,
        EventType.MEMBERSHIP_SUSPENDED,
        EventType.MEMBERSHIP_ENDED,
        EventType.IDENTIFIER_ADDED,
        EventType.IDENTIFIER_VERIFIED,
        EventType.IDENTIFIER_CHANGED,
        EventType.PROFILE_CHANGED,
        EventType.CONSENT_CHANGED,
    )
    event_batch_size: ClassVar[int] = 20

    def check(self, connector: Connector, deadline: float) -> str:
        with _Signed(connector, deadline) as wire:
            reply = wire.send(str(uuid7()), "webhook.test", timezone.now(), {})
            if reply.is_refused:
                raise NeedsHuman(f"{SYSTEM} answered {reply.status} to a test event.")
            return f"{wire.host} took a signed test event."

    def prepare(self, connector: Connector, deadline: float) -> None:
        pass

    def push(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        return iter(())

    def deliver(
        self, connector: Connector, messages: Sequence[Message], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        with _Signed(connector, deadline) as wire:
            for message in messages:
                data = {
                    "member_id": str(message.member_id),
                    "brand": connector.brand.slug,
                    "fields": list(message.fields),
                }
                reply = wire.send(str(message.delivery_id), message.type, message.at, data)
                yield message.delivery_id, refused(SYSTEM, reply) if reply.is_refused else TOLD


class _Signed(Posting):
    def __init__(self, connector: Connector, deadline: float) -> None:
        self._keys = [_key(one) for one in (connector.secret or "").split()]
        if not 1 <= len(self._keys) <= 2:
            raise _no_key()
        super().__init__(SYSTEM, connector, deadline, **{"Content-Type": "application/json"})

    def send(self, message_id: str, kind: str, at: dt.datetime, data: Mapping[str, object]) -> Reply:
        when = at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        body = {"type": kind, "timestamp": when, "data": data}
        payload = json.dumps(body, separators=(",", ":")).encode()
        moment = str(now_s())
        signed = b".".join([message_id.encode(), moment.encode(), payload])
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": moment,
            "webhook-signature": " ".join(_signature(key, signed) for key in self._keys),
        }
        return self.post(payload, headers)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise _no_key() from None
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise _no_key()
    return key


def _signature(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _no_key() -> NeedsHuman:
    return NeedsHuman(
        f"The connector has no signing secret: enter {PREFIX} and {SHORTEST} to {LONGEST} random bytes in "
        "base64, or two of these while the old one is replaced."
    )
