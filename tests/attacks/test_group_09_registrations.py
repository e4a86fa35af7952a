"""Passkeys (open set, group 9): what somebody sends as a new one, and what that costs us."""

import time
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from accounts.models import Account
from auth_flows.methods import passkey
from auth_flows.models import SignIn
from auth_flows.passkeys.challenges import Ceremony
from tests.attacks.passkey_pages import asked_by, at_the_door, choosing, is_refused
from tests.passkeys import PRESENT, VERIFIED, Passkey, b64, cose
from tests.people import Kaffeehaus, customer

pytestmark = pytest.mark.django_db

QUICK_S = 0.05
DEEP = b"\x81" * 5_000 + b"\x00"
HUGE = b"\x5a\x00\x10\x00\x00" + bytes(1_048_576)


def rsa_key(bits: int, exponent: int = 65_537) -> bytes:
    numbers = rsa.generate_private_key(exponent, bits).public_key().public_numbers()
    said = {1: 3, 3: -257, -1: numbers.n.to_bytes(bits // 8, "big"), -2: exponent.to_bytes(3, "big")}
    return cbor2.dumps(said)


def of(alg: int, **parts: Any) -> bytes:
    return cbor2.dumps({**cose(Passkey().key, alg), **{int(name[1:]): said for name, said in parts.items()}})


REGISTRATIONS: dict[str, dict[str, Any]] = {
    "another site": {"origin": "https://evil.example"},
    "another RP ID": {"rp_id": "evil.example"},
    "a page inside another's": {"client": {"crossOrigin": True}},
    "an assertion": {"type": "webauthn.get"},
    "nobody verified": {"flags": PRESENT | 0x40},
    "nobody present": {"flags": VERIFIED | 0x40},
    "no credential in it": {"flags": PRESENT | VERIFIED},
    "alg none": {"alg": 0},
    "alg none in words": {"key": of(-7, _3="none")},
    "no alg": {"key": cbor2.dumps({1: 2, -1: 1, -2: bytes(32), -3: bytes(32)})},
    "HMAC": {"alg": 5},
    "ES512": {"alg": -36},
    "ES256K": {"alg": -47},
    "SHA-1": {"alg": -65_535},
    "a key of another kind": {"key": cbor2.dumps({1: 1, 3: -7, -1: 6, -2: bytes(32)})},
    "an algorithm of another kind": {"key": of(-8)},
    "an RSA algorithm on a curve": {"key": of(-257)},
    "another curve": {"key": cbor2.dumps({**cose(Passkey().key), -1: 2})},
    "a point that is on no curve": {"key": cbor2.dumps({**cose(Passkey().key), -2: bytes(32)})},
    "a key without a point": {"key": cbor2.dumps({1: 2, 3: -7, -1: 1})},
    "a short RSA key": {"key": rsa_key(1_024)},
    "an odd RSA exponent": {"key": rsa_key(2_048, 3)},
    "a long RSA key": {"key": cbor2.dumps({1: 3, 3: -257, -1: b"\xff" * 4_096, -2: b"\x01\x00\x01"})},
    "no key": {"key": b""},
    "text as a key": {"key": b"\x04" + bytes(64)},
    "an unknown attestation": {"fmt": "mallory"},
    "an attestation that nobody asked for": {
        "fmt": "packed",
        "statement": {"alg": -7, "sig": b"x", "x5c": [b"x"]},
    },
    "a wrong signature of its own": {"fmt": "packed", "statement": {"alg": -7, "sig": b"x"}},
    "a statement with none": {"statement": {"sig": b"x"}},
    "a statement that is none": {"statement": [1]},
    "TPM": {"fmt": "tpm", "statement": {"ver": "2.0", "certInfo": b"x", "pubArea": b"x", "sig": b"x"}},
    "a deep attestation": {"attestation": DEEP},
    "deep inside": {"statement": cbor2.loads(b"\x81" * 50 + b"\x00")},
    "a deep key": {"key": b"\xa1\x01" + DEEP[-900:]},
    "an endless text": {"attestation": b"\xbf\x63fmt\x7f"},
    "a tag": {"attestation": b"\xc1\x00"},
    "a list that says it is long": {"attestation": b"\x9b" + b"\xff" * 8},
    "a text that says it is long": {"attestation": b"\x7b" + b"\xff" * 8},
    "a key twice": {"attestation": b"\xa2\x01\x00\x01\x00"},
    "no CBOR": {"attestation": b"\xff"},
    "nothing": {"attestation": b""},
    "10 kB": {"attestation": bytes(10_000)},
    "1 MB less a little": {"attestation": HUGE[:700_000]},
    "another's id": {"id": b64(b"x" * 32)},
}


@pytest.mark.parametrize("name", REGISTRATIONS)
def test_a09_07_a_registration_that_lies_is_refused_at_once(db: None, name: str) -> None:
    row, asked = asked_by(Ceremony.CREATE)
    answer = Passkey().create(asked, **REGISTRATIONS[name])
    began = time.thread_time()

    with pytest.raises(passkey.Refused):
        passkey.register(row, answer, handle="", now=timezone.now())

    assert time.thread_time() - began < QUICK_S


@pytest.mark.parametrize("name", ["another site", "alg none", "a deep attestation", "1 MB less a little"])
def test_a09_07_the_page_says_the_same_of_every_lie(shop: Kaffeehaus, name: str) -> None:
    walker, asked = choosing()

    assert is_refused(
        walker.send(passkey=Passkey().create(asked, **REGISTRATIONS[name])), "Choose a password"
    )
    assert not Account.objects.exists()


def test_a09_07_more_than_a_megabyte_is_not_even_read(shop: Kaffeehaus) -> None:
    walker, asked = choosing()

    assert walker.send(passkey=Passkey().create(asked, attestation=HUGE)).status == 400


NO_ANSWERS = ["x", "{}", "[]", "null", "[" * 100_000, '{"response": {}}', '{"id": 1e999}', "\x00"]


def test_a09_07_what_is_no_answer_is_refused(shop: Kaffeehaus) -> None:
    walker, _asked = at_the_door()
    registering, _asked = choosing()

    for said in NO_ANSWERS:
        assert is_refused(walker.send(passkey=said)), said
        assert is_refused(registering.send(passkey=said), "Choose a password"), said


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_the_three_algorithms_that_authenticators_speak_are_taken(db: None, alg: str) -> None:
    keys = {
        "ES256": of(-7),
        "RS256": rsa_key(2_048),
        "EdDSA": cbor2.dumps({1: 1, 3: -8, -1: 6, -2: bytes(31) + b"\x01"}),
    }
    row, asked = asked_by(Ceremony.CREATE)

    made = passkey.register(row, Passkey().create(asked, key=keys[alg]), handle="h", now=timezone.now())

    assert (made.handle, made.synced) == ("h", False)


def test_a09_02_a_registration_is_good_once(shop: Kaffeehaus) -> None:
    key = Passkey()
    walker, asked = choosing()
    answer = key.create(asked)
    row = SignIn.objects.get()
    assert walker.send(passkey=answer).heading == "Terms and your choices"

    row.refresh_from_db()
    with pytest.raises(passkey.Refused, match="challenge"):
        passkey.register(row, answer, handle="", now=timezone.now())


def test_a_passkey_that_stands_is_registered_by_nobody_else(shop: Kaffeehaus) -> None:
    key = Passkey()
    key.belongs_to(customer("ada@example.com", password=None))
    walker, asked = choosing()
    mallory = Passkey(id=key.id)

    assert is_refused(walker.send(passkey=mallory.create(asked)), "Choose a password")
