"""An authenticator in software: keeps keys, signs what browsers sign, and lies where a test asks it to."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.utils import timezone

from accounts.models import Account
from auth_flows.models import Authenticator
from auth_flows.passkeys.credential import Credential, new_handle
from tests.walking import Walker

PRESENT, VERIFIED, SYNCABLE, SYNCED, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def cose(key: EllipticCurvePrivateKey, alg: int = -7) -> dict[int, Any]:
    numbers = key.public_key().public_numbers()
    return {1: 2, 3: alg, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}


@dataclass
class Passkey:
    """One key. What a method takes beside the options replaces what an honest one would say."""

    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str = ""
    count: int = 0
    flags: int = PRESENT | VERIFIED

    def create(self, options: dict[str, Any], **lies: Any) -> str:
        """What `navigator.credentials.create` gives, as the page's script sends it."""
        self.handle = options["user"]["id"]
        attested = (
            bytes(16)
            + len(self.id).to_bytes(2, "big")
            + self.id
            + lies.get("key", cbor2.dumps(cose(self.key, lies.get("alg", -7))))
        )
        data = self._data({"flags": self.flags | ATTESTED, **lies}) + attested
        statement = {
            "fmt": lies.get("fmt", "none"),
            "attStmt": lies.get("statement", {}),
            "authData": data,
        }
        return self._sent(
            {
                "clientDataJSON": b64(_client_data("webauthn.create", options, lies)),
                "attestationObject": b64(lies.get("attestation", cbor2.dumps(statement))),
                "transports": ["internal", "hybrid"],
            },
            lies,
        )

    def get(self, options: dict[str, Any], **lies: Any) -> str:
        """What `navigator.credentials.get` gives."""
        self.count += 1 if self.count else 0
        client, data = _client_data("webauthn.get", options, lies), self._data(lies)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(self.key.sign(signed, ECDSA(SHA256()))),
        }
        handle = lies.get("handle", self.handle)
        return self._sent(response | ({"userHandle": handle} if handle else {}), lies)

    def _data(self, lies: dict[str, Any]) -> bytes:
        rp_id = str(lies.get("rp_id", urlsplit(settings.BASE_URL).hostname))
        flags, count = int(lies.get("flags", self.flags)), int(lies.get("count", self.count))
        more: bytes = lies.get("extensions", b"")
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big") + more

    def _sent(self, response: dict[str, Any], lies: dict[str, Any]) -> str:
        said = lies.get("id", b64(self.id))
        return json.dumps({"id": said, "rawId": said, "type": "public-key", "response": response})

    def belongs_to(self, account: Account) -> Authenticator:
        """As if it had been registered a while ago."""
        self.handle = new_handle(str(account.pk))
        made = Credential(
            id=b64(self.id),
            public_key=b64(cbor2.dumps(cose(self.key))),
            sign_count=self.count,
            handle=self.handle,
            aaguid="00000000-0000-0000-0000-000000000000",
            synced=bool(self.flags & SYNCABLE),
            transports=["internal"],
        )
        row = made.row_of(account, timezone.now())
        row.save()
        return row


def _client_data(kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
    said = {
        "type": lies.get("type", kind),
        "challenge": lies.get("challenge", options["challenge"]),
        "origin": lies.get("origin", settings.BASE_URL),
        "crossOrigin": False,
        **lies.get("client", {}),
    }
    return json.dumps(said).encode()


def options_of(walker: Walker) -> dict[str, Any]:
    """What the page asks of the browser."""
    found = walker.soup.select_one("input[data-passkey]")
    assert found is not None, walker.heading
    options: dict[str, Any] = json.loads(str(found["data-options"]))
    return options
