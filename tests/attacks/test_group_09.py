"""Passkeys (open set, group 9): what a stranger, a thief or a broken authenticator sends."""

import datetime as dt
import time
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from accounts.models import Account
from auth_flows.methods import passkey
from auth_flows.models import Authenticator, BrowserSession, SignIn
from auth_flows.passkeys.challenges import Ceremony, make
from tests.passkeys import PRESENT, SYNCABLE, VERIFIED, Passkey, b64, cose, options_of
from tests.people import Kaffeehaus, customer
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

ADA, BOB = "ada@example.com", "bob@example.com"
QUICK_S = 0.05
DEEP = b"\x81" * 5_000 + b"\x00"
HUGE = b"\x5a\x00\x10\x00\x00" + bytes(1_048_576)


@pytest.fixture
def key(shop: Kaffeehaus) -> Passkey:
    found = Passkey(count=7)
    found.belongs_to(customer(ADA, brand=shop.brand))
    return found


def at_the_door() -> tuple[Walker, dict[str, Any]]:
    walker = Walker().open("/sign-in/")
    return walker, options_of(walker)


def is_refused(walker: Walker, heading: str = "Sign in") -> bool:
    assert "This passkey didn't work here" in walker.text, walker.text
    assert not BrowserSession.objects.exists()
    return (walker.status, walker.heading) == (400, heading)


ASSERTIONS: dict[str, dict[str, Any]] = {
    "another site": {"origin": "https://evil.example"},
    "our host under another scheme": {"origin": "https://localhost:8000"},
    "our host at another port": {"origin": "http://localhost:8001"},
    "no port": {"origin": "http://localhost"},
    "a host that begins as ours": {"origin": "http://localhost:8000.evil.example"},
    "a slash": {"origin": "http://localhost:8000/"},
    "capitals": {"origin": "HTTP://LOCALHOST:8000"},
    "an app": {"origin": "android:apk-key-hash:x"},
    "no origin": {"origin": None},
    "a list of origins": {"origin": ["http://localhost:8000"]},
    "another RP ID": {"rp_id": "evil.example"},
    "a part of the RP ID": {"rp_id": "local"},
    "a page inside another's": {"client": {"crossOrigin": True}},
    "a page inside another's, in words": {"client": {"crossOrigin": "true"}},
    "a page inside another's, with its name": {"client": {"topOrigin": "https://evil.example"}},
    "a registration": {"type": "webauthn.create"},
    "a payment": {"type": "payment.get"},
    "nobody verified": {"flags": PRESENT},
    "nobody present": {"flags": VERIFIED},
    "neither": {"flags": 0},
    "suddenly copied": {"flags": PRESENT | VERIFIED | SYNCABLE},
    "copied and not copyable": {"flags": PRESENT | VERIFIED | 0x10},
    "the counter stands": {"count": 7},
    "the counter went back": {"count": 6},
    "the counter is gone": {"count": 0},
    "another's handle": {"handle": b64(b"mallory")},
    "no handle": {"handle": ""},
    "no challenge": {"challenge": ""},
    "a challenge that is no text": {"challenge": 7},
    "a challenge of our form": {"challenge": b64(bytes(40))},
    "data behind the data": {"extensions": b"\x00"},
    "deep extensions": {"flags": PRESENT | VERIFIED | 0x80, "extensions": DEEP[:1_900]},
    "a tag": {"flags": PRESENT | VERIFIED | 0x80, "extensions": b"\xc2\x41\x00"},
    "an endless list": {"flags": PRESENT | VERIFIED | 0x80, "extensions": b"\x9f\x00\xff"},
    "an unknown id": {"id": b64(b"nobody has this")},
    "no id": {"id": ""},
    "an odd id": {"id": "a\x00b"},
    "a long id": {"id": "A" * 2_000},
}


@pytest.mark.parametrize("name", ASSERTIONS)
def test_a09_01_an_assertion_that_lies_is_refused(key: Passkey, name: str) -> None:
    walker, asked = at_the_door()

    assert is_refused(walker.send(passkey=key.get(asked, **ASSERTIONS[name])))
    assert Authenticator.objects.get(kind="passkey").sign_count == 7


def test_a09_01_the_same_passkey_without_a_lie_gets_in(key: Passkey) -> None:
    walker, asked = at_the_door()

    assert walker.send(passkey=key.get(asked)).heading == "Terms and your choices"
    assert Authenticator.objects.get(kind="passkey").sign_count == 8


def test_a09_01_a_signature_of_another_key_is_refused(key: Passkey) -> None:
    walker, asked = at_the_door()
    mallory = Passkey(id=key.id, handle=key.handle, count=7)

    assert is_refused(walker.send(passkey=mallory.get(asked)))


def test_a09_01_bobs_passkey_does_not_open_adas_account(shop: Kaffeehaus, key: Passkey) -> None:
    bobs = Passkey()
    bobs.belongs_to(customer(BOB, brand=shop.brand))
    walker = Walker().open("/sign-in/").send(identifier=ADA).press("Use a passkey")

    assert is_refused(walker.send(passkey=bobs.get(options_of(walker))), "Use your passkey")
    nobody = Walker().open("/sign-in/").send(identifier="nobody@example.com").press("Use a passkey")
    assert is_refused(nobody.send(passkey=bobs.get(options_of(nobody))), "Use your passkey")


def test_a09_01_bobs_passkey_is_no_second_factor_of_adas(shop: Kaffeehaus) -> None:
    bobs = Passkey()
    bobs.belongs_to(customer(BOB, brand=shop.brand))
    ada = customer(ADA, brand=shop.brand, totp=True)
    adas = Passkey()
    adas.belongs_to(ada)
    walker = Walker().open("/sign-in/").send(identifier=ADA).send(password="correct horse battery")
    asked = options_of(walker)

    assert is_refused(walker.send(passkey=bobs.get(asked)), "Use your passkey")
    asked = options_of(walker)
    assert is_refused(walker.send(passkey=bobs.get(asked, handle=adas.handle)), "Use your passkey")


def test_a09_02_a_challenge_is_good_once(key: Passkey) -> None:
    walker, asked = at_the_door()
    answer = key.get(asked)
    again = Walker(browser=walker.browser).open(walker.url)

    assert walker.send(passkey=answer).heading == "Terms and your choices"
    SignIn.objects.update(proofs=[], account_id=None, draft=None, epoch=None)
    again.open(walker.url)

    assert is_refused(again.send(passkey=answer))


def test_a09_02_a_challenge_that_was_refused_is_used_up_too(key: Passkey) -> None:
    walker, asked = at_the_door()
    key_of_nobody = Passkey()

    assert is_refused(walker.send(passkey=key_of_nobody.get(asked)))
    assert is_refused(walker.send(passkey=key.get(asked)))
    assert walker.send(passkey=key.get(options_of(walker))).heading == "Terms and your choices"


def test_a09_02_a_challenge_belongs_to_one_sign_in(key: Passkey) -> None:
    _victim, asked = at_the_door()
    mallory, _own = at_the_door()

    assert is_refused(mallory.send(passkey=key.get(asked)))


@pytest.mark.parametrize(
    ("age", "is_good"), [(-2, False), (0, True), (299, True), (301, False), (10**6, False)]
)
def test_a09_02_a_challenge_is_good_for_five_minutes(key: Passkey, age: int, is_good: bool) -> None:
    walker, asked = at_the_door()
    made = make(SignIn.objects.get(), Ceremony.GET, timezone.now() - dt.timedelta(seconds=age))

    walker.send(passkey=key.get(asked, challenge=b64(made)))

    assert walker.heading == ("Terms and your choices" if is_good else "Sign in")


def test_a09_02_a_challenge_to_register_does_not_sign_in(key: Passkey) -> None:
    walker, asked = at_the_door()
    made = make(SignIn.objects.get(), Ceremony.CREATE, timezone.now())

    assert is_refused(walker.send(passkey=key.get(asked, challenge=b64(made))))


def choosing(address: str = "new@example.com") -> tuple[Walker, dict[str, Any]]:
    walker = Walker().open("/register/").send(identifier=address)
    walker.send(code=code_for(address)).send()
    assert walker.heading == "Choose a password"
    return walker, options_of(walker)


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
def test_a09_07_a_registration_that_lies_is_refused_at_once(shop: Kaffeehaus, name: str) -> None:
    walker, asked = choosing()
    answer = Passkey().create(asked, **REGISTRATIONS[name])
    began = time.process_time()

    walker.send(passkey=answer)

    assert time.process_time() - began < 10 * QUICK_S, "with the page, on a busy machine"
    assert is_refused(walker, "Choose a password")
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    "name", ["alg none", "a deep attestation", "10 kB", "1 MB less a little", "a long RSA key"]
)
def test_a09_07_what_is_refused_costs_next_to_nothing(shop: Kaffeehaus, name: str) -> None:
    _walker, asked = choosing()
    row, answer = SignIn.objects.get(), Passkey().create(asked, **REGISTRATIONS[name])
    began = time.process_time()

    with pytest.raises(passkey.Refused):
        passkey.register(row, answer, handle="", now=timezone.now())

    assert time.process_time() - began < QUICK_S


def test_a09_07_more_than_a_megabyte_is_not_even_read(shop: Kaffeehaus) -> None:
    walker, asked = choosing()

    assert walker.send(passkey=Passkey().create(asked, attestation=HUGE)).status == 400


@pytest.mark.parametrize(
    "said", ["x", "{}", "[]", "null", "[" * 100_000, '{"response": {}}', '{"id": 1e999}', "\x00"]
)
def test_a09_07_what_is_no_answer_is_refused(shop: Kaffeehaus, said: str) -> None:
    walker, _asked = at_the_door()

    assert is_refused(walker.send(passkey=said))
    registering, _asked = choosing()
    assert is_refused(registering.send(passkey=said), "Choose a password")


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_the_three_algorithms_that_authenticators_speak_are_taken(shop: Kaffeehaus, alg: str) -> None:
    keys = {
        "ES256": of(-7),
        "RS256": rsa_key(2_048),
        "EdDSA": cbor2.dumps({1: 1, 3: -8, -1: 6, -2: bytes(31) + b"\x01"}),
    }
    walker, asked = choosing()

    assert walker.send(passkey=Passkey().create(asked, key=keys[alg])).heading == "Terms and your choices"


def test_a09_02_a_registration_is_good_once(shop: Kaffeehaus) -> None:
    key = Passkey()
    walker, asked = choosing()
    answer = key.create(asked)
    row = SignIn.objects.get()
    assert walker.send(passkey=answer).heading == "Terms and your choices"

    row.refresh_from_db()
    with pytest.raises(passkey.Refused, match="challenge"):
        passkey.register(row, answer, handle="", now=timezone.now())


def test_a_passkey_that_stands_is_registered_by_nobody_else(key: Passkey) -> None:
    walker, asked = choosing()
    mallory = Passkey(id=key.id)

    assert is_refused(walker.send(passkey=mallory.create(asked)), "Choose a password")


@pytest.mark.parametrize("state", ["suspended", "erasing", "erased", "gone"])
def test_a09_08_a_passkey_of_somebody_who_left_is_refused_as_any_other(key: Passkey, state: str) -> None:
    if state == "gone":
        Authenticator.objects.filter(kind="passkey").delete()
    else:
        Account.objects.update(status=state)
    walker, asked = at_the_door()

    assert is_refused(walker.send(passkey=key.get(asked)))
    assert list(Authenticator.objects.filter(kind="passkey").values_list("sign_count", flat=True)) in (
        [7],
        [],
    )
