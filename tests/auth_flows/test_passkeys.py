"""Passkeys at the hosted pages: found by themselves, after an address, as a second step, at registration."""

import pytest

from accounts.models import Account, Event, Membership, MembershipStatus
from auth_flows.assurance import amr, level
from auth_flows.models import Authenticator, BrowserSession, SignIn
from auth_flows.sessions import proofs_of
from tests.passkeys import PRESENT, SYNCABLE, SYNCED, VERIFIED, Passkey, options_of
from tests.people import PASSWORD, Kaffeehaus, customer, operator
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"


def finds_itself(key: Passkey, door: str = "/sign-in/") -> Walker:
    """Somebody picks a passkey in the address field."""
    walker = Walker().open(door)
    return walker.send(passkey=key.get(options_of(walker)))


def test_a_passkey_signs_in_without_a_name_or_a_password(shop: Kaffeehaus) -> None:
    key = Passkey()
    key.belongs_to(customer(ADA, brand=shop.brand, password=None))

    walker = finds_itself(key).send(agree_terms="on")

    assert walker.heading == f"Hello, {ADA}"
    proofs = proofs_of(BrowserSession.objects.get())
    assert level(proofs) == 3
    assert amr(proofs) == ["pop", "user", "mfa"]
    assert Authenticator.objects.get().last_used_at is not None


def test_a_passkey_counts_for_both_steps_of_whoever_has_two(shop: Kaffeehaus) -> None:
    key = Passkey()
    key.belongs_to(customer(ADA, brand=shop.brand, totp=True))

    assert finds_itself(key).heading == "Terms and your choices"


def test_after_an_address_a_passkey_is_another_way(shop: Kaffeehaus) -> None:
    key = Passkey()
    key.belongs_to(customer(ADA, brand=shop.brand))
    walker = Walker().open("/sign-in/").send(identifier=ADA).press("Use a passkey")

    assert "allowCredentials" not in options_of(walker) or options_of(walker)["allowCredentials"] == []
    walker.send(passkey=key.get(options_of(walker)))

    assert walker.heading == "Terms and your choices"


def test_as_a_second_factor_the_browser_is_told_which_passkeys(shop: Kaffeehaus) -> None:
    key = Passkey()
    row = key.belongs_to(customer(ADA, brand=shop.brand, totp=True))
    walker = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD)
    assert walker.heading == "Use your passkey"

    [told] = options_of(walker)["allowCredentials"]
    walker.send(passkey=key.get(options_of(walker), handle=""))

    assert told["id"] == row.credential_id
    assert walker.heading == "Terms and your choices"


@pytest.mark.parametrize("kind", ["absent", "password", "passkey"])
def test_the_page_of_a_passkey_is_the_same_for_everybody(shop: Kaffeehaus, kind: str) -> None:
    if kind != "absent":
        ada = customer(ADA, brand=shop.brand, password=PASSWORD if kind == "password" else None)
        if kind == "passkey":
            Passkey().belongs_to(ada)
    walker = Walker().open("/sign-in/").send(identifier=ADA)
    others = [button.get_text() for button in walker.soup.select("form button")]

    walker.press("Use a passkey")

    assert others == ["Continue", "Forgot your password?", "Use a passkey", "Send me a code by e-mail"]
    assert options_of(walker).get("allowCredentials", []) == []


def test_without_a_script_the_page_says_what_to_do(shop: Kaffeehaus) -> None:
    walker = Walker().open("/sign-in/").send(identifier=ADA).press("Use a passkey").send()

    assert "Switch JavaScript on, or go another way" in walker.text
    assert walker.press("Send me a code").heading == "Check your mail"


def test_an_address_alone_is_still_enough(shop: Kaffeehaus) -> None:
    field = Walker().open("/sign-in/").soup.select_one("input[name=identifier]")

    assert field is not None
    assert field["autocomplete"] == "username webauthn"
    assert Walker().open("/sign-in/").send(identifier=ADA).heading == "Enter your password"
    assert Walker().open("/sign-in/").send(identifier="").heading == "Sign in"


@pytest.mark.parametrize("door", ["/register/", "/admin/"])
def test_whoever_registers_or_operates_is_offered_no_passkey(shop: Kaffeehaus, door: str) -> None:
    assert Walker().open(door).soup.select("[data-passkey]") == []


def test_somebody_new_chooses_a_passkey_instead_of_a_password(shop: Kaffeehaus) -> None:
    key = Passkey(flags=PRESENT | VERIFIED | SYNCABLE | SYNCED)
    walker = Walker().open("/register/").send(identifier="new@example.com")
    walker.send(code=code_for("new@example.com")).send(given_name="Nia")
    asked = options_of(walker)

    walker.send(passkey=key.create(asked))
    assert not Authenticator.objects.exists(), "nothing before the end"
    walker.send(agree_terms="on")

    assert walker.heading == "Hello, Nia"
    row = Authenticator.objects.get()
    assert (row.kind, row.details["synced"], row.details["handle"]) == ("passkey", True, key.handle)
    assert Event.objects.get(type="authenticator.added").fields == ["passkey"]
    selection = asked["authenticatorSelection"]
    assert (selection["residentKey"], selection["userVerification"]) == ("required", "required")
    assert (asked["user"]["name"], asked["rp"]["id"]) == ("new@example.com", "localhost")
    assert finds_itself(key).heading == "Hello, Nia"


def test_whoever_has_only_a_passkey_may_sign_in_by_mail(shop: Kaffeehaus) -> None:
    Passkey().belongs_to(customer(ADA, brand=shop.brand, password=None))

    walker = Walker().open("/sign-in/").send(identifier=ADA).press("Send me a code")

    assert walker.send(code=code_for(ADA)).send(agree_terms="on").heading.startswith("Hello")


def test_of_two_registrations_with_one_passkey_the_second_chooses_again(shop: Kaffeehaus) -> None:
    key, walkers = Passkey(), []
    for address in (ADA, "bob@example.com"):
        walker = Walker().open("/register/").send(identifier=address)
        walker.send(code=code_for(address)).send()
        walkers.append(walker.send(passkey=key.create(options_of(walker))))
    one, two = walkers

    one.send(agree_terms="on")
    two.send(agree_terms="on")

    assert one.heading.startswith("Hello")
    assert two.heading == "Choose a password"
    assert two.send(password=PASSWORD).send(agree_terms="on").heading.startswith("Hello")
    assert Account.objects.count() == 2


def test_who_has_a_password_and_a_passkey_proves_anew_with_the_better(shop: Kaffeehaus) -> None:
    key = Passkey()
    key.belongs_to(customer(ADA, brand=shop.brand))
    walker = finds_itself(key).send(agree_terms="on")
    BrowserSession.objects.update(proofs=[{"method": "password", "at": "2026-01-01T00:00:00+00:00"}])

    walker.open("/account/passkeys/add/")

    assert walker.heading == "Use your passkey"
    walker.send(passkey=key.get(options_of(walker)))
    assert walker.heading == "Add a passkey"


@pytest.mark.parametrize("state", ["suspended", "erasing", "erased", "suspended here"])
def test_of_somebody_who_may_not_sign_in_no_session_begins(shop: Kaffeehaus, state: str) -> None:
    key = Passkey()
    ada = customer(ADA, brand=shop.brand)
    key.belongs_to(ada)
    if state == "suspended here":
        Membership.objects.filter(account=ada).update(status=MembershipStatus.SUSPENDED)
    else:
        Account.objects.filter(pk=ada.pk).update(status=state)

    walker = finds_itself(key)

    assert walker.heading == ("This can't go on" if state == "suspended here" else "Sign in")
    assert not BrowserSession.objects.exists()


def test_an_operators_passkey_opens_no_door_of_customers(shop: Kaffeehaus) -> None:
    key = Passkey()
    key.belongs_to(operator("olga@example.com"))

    walker = finds_itself(key)

    assert walker.status == 400
    assert "This passkey didn't work here" in walker.text
    assert not BrowserSession.objects.exists()


def test_a_page_that_stood_open_says_so_and_has_a_new_challenge(shop: Kaffeehaus) -> None:
    key = Passkey()
    key.belongs_to(customer(ADA, brand=shop.brand))
    walker = Walker().open("/sign-in/")
    first = options_of(walker)
    SignIn.objects.update(challenges=3)

    walker.send(passkey=key.get(first))

    assert "it took too long" in walker.text
    assert options_of(walker)["challenge"] != first["challenge"]
    assert walker.send(passkey=key.get(options_of(walker))).heading == "Terms and your choices"
