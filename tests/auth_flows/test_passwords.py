"""Passwords are verified exactly, hashed as today's are, and end everything that the old one opened."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from django.contrib.auth.hashers import (
    BasePasswordHasher,
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
    get_hashers,
)
from django.utils import timezone
from pytest_django import Settings

from accounts.events import SYSTEM
from accounts.models import Account, Event, Identifier
from auth_flows.hashers import Argon2id, hashed
from auth_flows.methods.password import matches
from auth_flows.models import Authenticator, BrowserSession, Device
from auth_flows.password_rules import Unfit
from auth_flows.passwords import set_password
from tests.auth_flows.oidc.apps import confidential, signed_in
from tests.people import PASSWORD, Kaffeehaus, customer, kaffeehaus
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

NEW = "nine chairs and a kettle"
LEGACY = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]


def stored(account: Account) -> str:
    return Authenticator.objects.get(account=account, kind="password").hash


def with_hash(text: str) -> Account:
    account = customer("ada@example.com", password=None)
    Authenticator.objects.create(account=account, kind="password", hash=text, confirmed_at=timezone.now())
    return account


@contextmanager
def hashes_computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The kinds of the hashes that were computed meanwhile."""
    seen: list[str] = []

    def noting(kind: type[BasePasswordHasher]) -> None:
        plain = kind.verify

        def verify(self: BasePasswordHasher, password: str, encoded: str) -> bool:
            seen.append(str(self.algorithm))
            return bool(plain(self, password, encoded))

        monkeypatch.setattr(kind, "verify", verify)

    with monkeypatch.context():
        for kind in (Argon2id, PBKDF2PasswordHasher, ScryptPasswordHasher):
            noting(kind)
        yield seen


@pytest.mark.parametrize(
    ("password", "other"),
    [
        ("nul \x00 is one of many", "nul \x00 is one of them"),
        ("  spaces around it  ", "spaces around it"),
        ("x" * 200 + "a", "x" * 200 + "b"),
        ("\N{CROISSANT} before the office", "\N{CAT} before the office"),
        ("Correct Horse Battery", "correct horse battery"),
    ],
)
def test_every_character_counts(shop: Kaffeehaus, password: str, other: str) -> None:
    ada = customer("ada@example.com", brand=shop.brand, password=password)

    assert not matches(ada, other)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=other)
    assert "don't match" in walker.text
    walker.send(password=password)
    assert walker.heading == "Terms and your choices"


def test_a_letter_written_in_two_ways_is_one(shop: Kaffeehaus) -> None:
    ada = customer(password="caf\u00e9 on the corner")

    assert matches(ada, "cafe\u0301 on the corner")


@pytest.mark.parametrize("kind", ["pbkdf2_sha256", "scrypt"])
def test_a_hash_of_another_system_opens_once_and_is_ours_from_then_on(settings: Settings, kind: str) -> None:
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, *LEGACY]
    theirs = next(one for one in get_hashers() if one.algorithm == kind)
    ada = with_hash(theirs.encode("sesam", theirs.salt()))

    assert not matches(ada, "simsalabim")
    assert stored(ada).startswith(kind)
    assert matches(ada, "sesam")
    assert stored(ada).startswith("argon2$argon2id$")
    assert matches(ada, "sesam")


def test_a_hash_with_other_parameters_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(Argon2id, "memory_cost", 8_192)
        ada = with_hash(hashed(PASSWORD))
    old = stored(ada)

    assert matches(ada, PASSWORD)

    assert "m=8192" in old
    assert "m=19456" in stored(ada)


@pytest.mark.parametrize("text", ["", "!", "md5$x$y", "argon2$cut", "pbkdf2_sha256$1$x", "bcrypt$$2b$12$x"])
def test_what_is_no_hash_of_ours_opens_nothing(settings: Settings, text: str) -> None:
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, *LEGACY]

    assert not matches(with_hash(text), "")
    assert not matches(Account.objects.get(), PASSWORD)


@pytest.mark.parametrize("who", ["absent", "without", "ours", "pbkdf2_sha256", "scrypt", "suspended"])
def test_a_wrong_password_costs_one_hash_of_each_kind_whoever_it_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, *LEGACY]
    kinds = {one.algorithm: one for one in get_hashers()}
    account: Account | None = None
    if who in kinds:
        account = with_hash(kinds[who].encode("sesam", kinds[who].salt()))
    elif who != "absent":
        account = customer(password=PASSWORD if who in {"ours", "suspended"} else None)
    if who == "suspended" and account:
        account.status = "suspended"

    with hashes_computed(monkeypatch) as seen:
        assert not matches(account, "simsalabim")

    assert sorted(seen) == ["argon2", "pbkdf2_sha256", "scrypt"]


def at_the_password_page(shop: Kaffeehaus) -> tuple[Account, Walker]:
    ada = customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/?next=/account/password/").send(identifier="ada@example.com")
    walker.send(password=PASSWORD).send(agree_terms="on")
    assert walker.heading == "Change your password"
    return ada, walker


def test_a_new_password_ends_everything_but_this_browser(shop: Kaffeehaus) -> None:
    ada, walker = at_the_password_page(shop)
    app = confidential(shop.brand)
    elsewhere = signed_in(ada, shop.brand)
    tokens = app.tokens(elsewhere)
    tea = confidential(kaffeehaus("teehaus", is_default=False).brand)
    waiting = Walker().open(f"/oauth/authorize?{urlencode(tea.asks())}").send(identifier="ada@example.com")
    assert waiting.send(password=PASSWORD).heading == "Terms and your choices"
    trusted = timezone.now() + dt.timedelta(days=30)
    Device.objects.create(account=ada, browser_hash="x", last_seen_at=trusted, trusted_until=trusted)
    key = walker.browser.cookies["__Host-ciam"].value

    walker.send(password=NEW)

    assert "Your password is set" in walker.text
    assert walker.heading.startswith("Hello")
    assert walker.browser.cookies["__Host-ciam"].value != key
    assert BrowserSession.objects.get().pk != elsewhere.pk
    assert app.refresh(tokens["refresh_token"]).status_code == 400
    assert waiting.send(agree_terms="on").status == 410
    assert not Device.objects.filter(trusted_until__isnull=False).exists()
    assert not matches(ada, PASSWORD)
    assert matches(ada, NEW)
    told = Event.objects.filter(account_id=ada.pk, type="authenticator.changed").get()
    assert (told.fields, told.actor_kind) == (["password"], "customer")


def test_the_old_key_of_this_browser_is_dead(shop: Kaffeehaus) -> None:
    _ada, walker = at_the_password_page(shop)
    stolen = Walker()
    stolen.browser.cookies["__Host-ciam"] = walker.browser.cookies["__Host-ciam"].value

    walker.send(password=NEW)

    assert not stolen.open("/account/").heading.startswith("Hello")


@pytest.mark.parametrize("bad", ["too short", "kaffeehaus ada kaffeehaus", "x" * 257, "", "ada@example.com1"])
def test_an_unfit_password_is_told_and_changes_nothing(shop: Kaffeehaus, bad: str) -> None:
    ada, walker = at_the_password_page(shop)
    before = stored(ada)

    walker.send(password=bad)

    assert walker.status == 200
    assert walker.soup.select("[aria-invalid=true]")
    assert stored(ada) == before


def test_who_has_a_second_factor_may_have_a_shorter_one(shop: Kaffeehaus) -> None:
    ada = customer(totp=True)
    set_password(ada, "ninechairs", SYSTEM, timezone.now())
    bob = customer("bob@example.com")

    with pytest.raises(Unfit, match="15"):
        set_password(bob, "ninechairs", SYSTEM, timezone.now())


def test_after_ten_minutes_it_is_asked_again_who_it_is(shop: Kaffeehaus) -> None:
    _ada, walker = at_the_password_page(shop)
    row = BrowserSession.objects.get()
    long_ago = (timezone.now() - dt.timedelta(minutes=11)).isoformat()
    row.proofs = [{**proof, "at": long_ago} for proof in row.proofs]
    row.save(update_fields=["proofs"])

    walker.send(password=NEW)

    assert walker.heading == "Enter your password"
    walker.send(password=PASSWORD)
    assert walker.heading == "Change your password"


def test_somebody_without_a_password_sets_one_and_takes_it_away(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand, password=None)
    walker = Walker().open("/sign-in/?next=/account/password/").send(identifier="ada@example.com")
    walker.press("Send me a code").send(code=code_for("ada@example.com")).send(agree_terms="on")
    assert walker.heading == "Set a password"

    walker.send(password=NEW)
    assert matches(ada, NEW)
    walker.open("/account/password/remove/").press("Remove my password")

    assert "Your password is gone" in walker.text
    assert not Authenticator.objects.exists()
    assert BrowserSession.objects.count() == 1
    types = (
        Event.objects.filter(type__startswith="authenticator").order_by("id").values_list("type", flat=True)
    )
    assert [*types] == ["authenticator.added", "authenticator.removed"]


def test_the_only_way_in_stays(shop: Kaffeehaus) -> None:
    _ada, walker = at_the_password_page(shop)
    Identifier.objects.filter(scope="").update(verified_at=None)

    walker.open("/account/password/remove/").press("Remove my password")

    assert "only way in" in walker.text
    assert Authenticator.objects.exists()
