"""Security events of the kinds of CAEP and RISC, for apps that keep sessions of their own: each a signed
token (SET, RFC 8417), pushed (RFC 8935). Whoever gets one verifies it with our published keys.

https://openid.net/specs/openid-caep-1_0-final.html, https://openid.net/specs/openid-risc-1_0-final.html

Settings: `base_url`; `audience`, what the receiver calls itself; `sector`, if its apps know people by other
subjects than the rest. Secret: a bearer token, where the receiver asks for one.

RISC's identifier-changed is not among them: its subject must be the old address or number, which is a
personal value, and only the provider of that should send it.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings as site

from accounts.events import EventType
from ciam.lib import signing
from ciam.lib.ids import uuid7
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors.base import Answer, Message, Push, Setting
from provisioning.connectors.posting import TOLD, Posting, now_s, refused
from provisioning.connectors.wire import Reply
from provisioning.models import Connector

SYSTEM = "The receiver of security events"
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification"

# Our events of credentials name the method that was added; CAEP has words of its own.
CREDENTIALS = {"totp": "app", "passkey": "fido2-platform"}


def _nothing(message: Message) -> Mapping[str, object]:
    return {}


def _when(message: Message) -> Mapping[str, object]:
    return {"event_timestamp": int(message.at.timestamp())}


def _credential(message: Message) -> Mapping[str, object]:
    name = message.fields[0] if message.fields else "unknown"
    return {**_when(message), "credential_type": CREDENTIALS.get(name, name), "change_type": "create"}


@dataclass(frozen=True)
class Meaning:
    """What one of our events is to others: the address of the kind, and what its payload says."""

    uri: str
    payload: Callable[[Message], Mapping[str, object]] = _nothing


# A target is one brand's: whether somebody is disabled is asked of what they have with that brand too.
MEANINGS: Mapping[str, Meaning] = {
    EventType.SESSIONS_REVOKED: Meaning(f"{CAEP}session-revoked", _when),
    EventType.AUTHENTICATOR_ADDED: Meaning(f"{CAEP}credential-change", _credential),
    EventType.ACCOUNT_SUSPENDED: Meaning(f"{RISC}account-disabled"),
    EventType.ACCOUNT_RESTORED: Meaning(f"{RISC}account-enabled"),
    EventType.MEMBERSHIP_SUSPENDED: Meaning(f"{RISC}account-disabled"),
    EventType.MEMBERSHIP_ENDED: Meaning(f"{RISC}account-disabled"),
    EventType.MEMBERSHIP_BEGAN: Meaning(f"{RISC}account-enabled"),
    EventType.ACCOUNT_ERASED: Meaning(f"{RISC}account-purged"),
}

# RFC 8935, section 2.4. What isn't here concerns the one event.
ALL_REFUSED = {
    "invalid_issuer": "it does not know us as the issuer of tokens: register the issuer there",
    "invalid_audience": "it is called otherwise: correct the connector's audience",
    "authentication_failed": "it does not accept the connector's token: enter a valid one",
    "access_denied": "it does not want events from us: ask its operator",
}


class SecurityEvents:
    kind: ClassVar[str] = "security_events"
    title: ClassVar[str] = "Security events (CAEP, RISC)"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("base_url", "Address", "Where each token is posted to; https.", required=True),
        Setting("audience", "Audience", "What the receiver calls itself.", required=True),
        Setting("sector", "Sector", "Of its apps, if they know people by subjects of their own."),
    )
    default_mapping: ClassVar[Mapping[str, str]] = {}
    batch_size: ClassVar[int] = 0
    event_types: ClassVar[tuple[str, ...]] = tuple(MEANINGS)
    event_batch_size: ClassVar[int] = 20

    def check(self, connector: Connector, deadline: float) -> str:
        """By SSF's verification event, which is about no person."""
        subject = {"format": "opaque", "id": str(connector.pk)}
        with _Pushing(connector, deadline) as wire:
            token = _token(connector, uuid7(), subject, {VERIFICATION: {"state": str(uuid7())}})
            answer = _answer(wire.send(token))
            if isinstance(answer, Exception):
                raise answer
            return f"{wire.host} took a verification event."

    def prepare(self, connector: Connector, deadline: float) -> None:
        pass

    def push(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        return iter(())

    def deliver(
        self, connector: Connector, messages: Sequence[Message], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        with _Pushing(connector, deadline) as wire:
            for message in messages:
                yield message.delivery_id, _deliver(wire, connector, message)


class _Pushing(Posting):
    def __init__(self, connector: Connector, deadline: float) -> None:
        headers = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
        token = (connector.secret or "").strip()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        super().__init__(SYSTEM, connector, deadline, **headers)

    def send(self, token: str) -> Reply:
        return self.post(token.encode(), {})


def _deliver(wire: _Pushing, connector: Connector, message: Message) -> Answer:
    meaning = MEANINGS.get(message.type)
    if meaning is None:
        return NeedsHuman(f"“{message.type}” is no security event: take it from the connector's events.")
    subject = {"format": "iss_sub", "iss": site.BASE_URL, "sub": message.subject}
    events = {meaning.uri: meaning.payload(message)}
    return _answer(wire.send(_token(connector, message.delivery_id, subject, events)))


def _token(
    connector: Connector, jti: uuid.UUID, subject: Mapping[str, str], events: Mapping[str, object]
) -> str:
    """Without `exp` and `sub`, which would let it pass for an ID token (RFC 8417, section 4)."""
    audience = str(connector.settings.get("audience", "")).strip()
    if not audience:
        raise NeedsHuman("The connector lacks its setting audience: what the receiver calls itself.")
    claims = {
        "iss": site.BASE_URL,
        "aud": audience,
        "iat": now_s(),
        "jti": str(jti),
        "sub_id": dict(subject),
        "events": dict(events),
    }
    return signing.sign(claims, "ES256", typ="secevent+jwt")


def _answer(reply: Reply) -> Answer:
    """Raises what concerns all events."""
    if not reply.is_refused:
        return TOLD
    error = reply.body.text("err")
    if error in ALL_REFUSED:
        raise NeedsHuman(f"{SYSTEM} answered {error}: {ALL_REFUSED[error]}.")
    if error == "invalid_key":
        # It has yet to fetch the key that signs since a moment ago.
        raise TryLater(f"{SYSTEM} answered invalid_key: it does not know our present key.")
    return refused(SYSTEM, reply)
