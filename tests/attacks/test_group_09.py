"""Passkeys (open set, group 9): what a stranger, a thief or a broken authenticator sends."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Realm
from auth_flows.methods import passkey
from auth_flows.models import Authenticator, BrowserSession, SignIn
from auth_flows.passkeys.challenges import Ceremony, make
from tests.attacks.pages import shown
from tests.attacks.passkey_pages import asked_by, at_the_door, is_refused
from tests.passkeys import PRESENT, SYNCABLE, VERIFIED, Passkey, b64, options_of
from tests.people import PASSWORD, Kaffeehaus, customer, operator
from tests.walking import Walker

pytestmark = pytest.mark.django_db

ADA, BOB = "ada@example.com", "bob@example.com"
DEEP = b"\x81" * 1_900 + b"\x00"


@pytest.fixture
def key(shop: Kaffeehaus) -> Passkey:
    found = Passkey(count=7)
    found.belongs_to(customer(ADA, brand=shop.brand, password=None))
    return found


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
    "deep extensions": {"flags": PRESENT | VERIFIED | 0x80, "extensions": DEEP},
    "a tag": {"flags": PRESENT | VERIFIED | 0x80, "extensions": b"\xc2\x41\x00"},
    "an endless list": {"flags": PRESENT | VERIFIED | 0x80, "extensions": b"\x9f\x00\xff"},
    "an unknown id": {"id": b64(b"nobody has this")},
    "no id": {"id": ""},
    "an odd id": {"id": "a\x00b"},
    "a long id": {"id": "A" * 2_000},
}


@pytest.mark.parametrize("name", ASSERTIONS)
def test_a09_01_an_assertion_that_lies_is_refused(key: Passkey, name: str) -> None:
    row, asked = asked_by(Ceremony.GET)

    with pytest.raises(passkey.Refused):
        passkey.prove(
            row,
            key.get(asked, **ASSERTIONS[name]),
            realm=Realm.CUSTOMER,
            account=None,
            now=timezone.now(),
        )

    assert Authenticator.objects.get().sign_count == 7


@pytest.mark.parametrize("name", ["another site", "nobody verified", "the counter went back", "an odd id"])
def test_a09_01_the_page_says_the_same_of_every_lie(key: Passkey, name: str) -> None:
    walker, asked = at_the_door()

    assert is_refused(walker.send(passkey=key.get(asked, **ASSERTIONS[name])))


def test_a09_01_the_same_passkey_without_a_lie_gets_in(key: Passkey) -> None:
    walker, asked = at_the_door()

    assert walker.send(passkey=key.get(asked)).heading == "Terms and your choices"
    assert Authenticator.objects.get().sign_count == 8


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
    walker = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD)
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
    ("age", "is_good"), [(-2, False), (0, True), (290, True), (301, False), (10**6, False)]
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


def test_a09_the_page_of_a_passkey_is_the_same_whoever_has_the_address(shop: Kaffeehaus) -> None:
    """A07.10, A08.16: nobody is known before a first proof."""
    Passkey().belongs_to(customer(ADA, brand=shop.brand, password=None))
    suspended = customer(BOB, brand=shop.brand, totp=True)
    Account.objects.filter(pk=suspended.pk).update(status="suspended")
    pages = set()
    for address in (ADA, BOB, "nobody@example.com"):
        walker = Walker().open("/sign-in/").send(identifier=address)
        pages.add(shown(walker.response).replace(BOB, "ADDRESS"))
        pages.add(shown(walker.press("Use a passkey").response).replace(BOB, "ADDRESS"))
        told = walker.send(passkey=Passkey().get(options_of(walker)))
        pages.add(shown(told.response).replace(BOB, "ADDRESS"))

    assert len(pages) == 3, "of the password, of the passkey, and that one's refusal"


def test_a09_at_the_operators_door_no_passkey_is_taken(key: Passkey) -> None:
    olgas = Passkey()
    olgas.belongs_to(operator("olga@example.com"))
    for mine in (key, olgas):
        walker = Walker().open("/admin/")
        made = make(SignIn.objects.latest("id"), Ceremony.GET, timezone.now())

        walker.send(passkey=mine.get({"challenge": b64(made)}))

        assert walker.heading == "Sign in"
        assert not BrowserSession.objects.exists()
        assert not SignIn.objects.exclude(proofs=[]).exists()


def test_a09_showing_the_page_writes_nothing(key: Passkey) -> None:
    walker, _asked = at_the_door()
    with CaptureQueriesContext(connection) as asked:
        walker.open(walker.url)

    assert walker.heading == "Sign in"
    assert len(asked) <= 2
    assert {query["sql"].split()[0] for query in asked.captured_queries} == {"SELECT"}


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
