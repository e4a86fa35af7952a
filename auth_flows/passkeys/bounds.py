"""What a browser answers, before anything reads deeper: small, plain, and of the shape that the standard has.

Whoever can post to a page can post anything. Lengths come first; then CBOR is walked without being built, so
that no parser meets tags, endless strings or a tower of lists (CTAP2, section 8: "canonical CBOR").
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping

LONGEST = 16_384
PARTS = {"clientDataJSON": 4_096, "attestationObject": 8_192, "authenticatorData": 2_048, "signature": 1_024}
"""Bytes at most of each part. A key of 4,096 bits with its credential id has about 1,700."""
LONGEST_ID = 1_023
"""Bytes of a credential id (WebAuthn, 4)."""
DEEPEST = 4
HEAD, ATTESTED = 37, 0x40
BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class Malformed(Exception):
    """No browser sends this."""


def opened(said: str) -> Mapping[str, object]:
    """The object that was posted, if it is small enough."""
    if len(said) > LONGEST:
        raise Malformed("too long")
    answer = _object(said)
    response = answer.get("response")
    if not isinstance(response, dict):
        raise Malformed("no response")
    for name, most in PARTS.items():
        if name in response and len(octets(response[name])) > most:
            raise Malformed(f"{name} is too long")
    if not 0 < len(octets(answer.get("id"))) <= LONGEST_ID:
        raise Malformed("no credential id")
    return answer


def part(answer: Mapping[str, object], name: str) -> bytes:
    response = answer["response"]
    assert isinstance(response, dict)
    return octets(response.get(name))


def client_data(answer: Mapping[str, object]) -> Mapping[str, object]:
    """What the browser says of the page that asked (WebAuthn, 5.8.1)."""
    return _object(part(answer, "clientDataJSON"))


def octets(said: object) -> bytes:
    """Python's own decoder passes over what is no base64url."""
    if not isinstance(said, str) or not BASE64URL.fullmatch(said) or len(said) % 4 == 1:
        raise Malformed("no base64url")
    return urlsafe_b64decode(said + "=" * (-len(said) % 4))


def _object(said: str | bytes) -> dict[str, object]:
    try:
        found = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise Malformed("no JSON") from error
    if not isinstance(found, dict):
        raise Malformed("no object")
    return found


def check_attestation(data: bytes) -> None:
    """One item of CBOR, and nothing after it."""
    if _end(data, 0, 1) != len(data):
        raise Malformed("more than one item")


def check_authenticator_data(data: bytes) -> None:
    """The head, a credential where the flag says so, then items of CBOR (WebAuthn, 6.1)."""
    at = HEAD
    if len(data) > HEAD and data[32] & ATTESTED:
        at += 18 + int.from_bytes(data[at + 16 : at + 18], "big")
    if len(data) < HEAD or at > len(data):
        raise Malformed("authenticator data is too short")
    while at < len(data):
        at = _end(data, at, 2)


def _end(data: bytes, at: int, depth: int) -> int:
    """Where the item that begins at `at` ends."""
    if depth > DEEPEST or at >= len(data):
        raise Malformed("CBOR is too deep or too short")
    kind, size = data[at] >> 5, data[at] & 31
    at += 1
    if size > 27 or kind == 6:
        raise Malformed("CBOR of a kind that authenticators don't speak")
    if size > 23:
        width = 1 << (size - 24)
        size, at = int.from_bytes(data[at : at + width], "big"), at + width
    if kind in {2, 3}:
        at += size
    elif kind in {4, 5}:
        for _item in range(min(size * (kind - 3), len(data))):
            at = _end(data, at, depth + 1)
    if at > len(data):
        raise Malformed("CBOR is too short")
    return at
