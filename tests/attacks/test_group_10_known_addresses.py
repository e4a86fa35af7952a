"""Registering with a known address, and signing in where there is no password (open set, A10.16, A10.21)."""

import pytest

from accounts.identifiers import account_with_email
from accounts.models import Account, Realm
from auth_flows.models import Authenticator, BrowserSession, SignIn
from tests.attacks.pages import ADA, MALLORYS_PASSWORD, STEPS, presses_on, registers, shown
from tests.people import Kaffeehaus, customer, operator
from tests.provisioning.scim.door import Site, user
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["full", "lite", "operator"])
def test_a10_16_signing_up_with_an_address_that_is_known_answers_as_for_a_new_one(
    shop: Kaffeehaus, catalogue: Site, kind: str
) -> None:
    match kind:
        case "full":
            customer(ADA, brand=shop.brand)
        case "lite":
            catalogue.post(user(ADA))
        case "operator":
            operator(ADA)

    known = Walker().open("/register/").send(identifier=ADA)
    new = Walker().open("/register/").send(identifier="nobody@example.com")

    assert (known.status, known.heading) == (new.status, new.heading)
    assert shown(known.response) == shown(new.response)
    headers = [set(one.response.headers) for one in (known, new)]
    assert headers[0] == headers[1]
    texts = dict(mails())
    assert ("You already have an account" in texts[ADA]) is (kind == "full")
    assert "already have an account" not in texts["nobody@example.com"]


def test_a10_16_the_owner_signs_in_with_that_code_and_keeps_everything(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    before = list(Authenticator.objects.values_list("pk", "hash"))

    walker = Walker().open("/register/").send(identifier=ADA)
    for step, fields in STEPS:
        presses_on(walker, step, fields)
    walker.send(code=code_for(ADA)).send(agree_terms="on")

    assert walker.heading.startswith("Hello")
    assert account_with_email(ADA) == ada
    assert list(Authenticator.objects.values_list("pk", "hash")) == before


def test_a10_16_signing_up_with_an_operators_address_makes_a_customer_and_no_operator(
    shop: Kaffeehaus,
) -> None:
    olga = operator("olga@example.com")

    walker = registers("olga@example.com", MALLORYS_PASSWORD, given_name="Mallory")

    assert walker.heading == "Hello, Mallory"
    made = account_with_email("olga@example.com")
    assert made is not None
    assert (made.realm, made.is_staff, made.pk == olga.pk) == (Realm.CUSTOMER, False, False)
    admin = Walker(browser=walker.browser).open("/admin/")
    assert admin.heading == "Sign in"
    admin.send(identifier="olga@example.com").send(password=MALLORYS_PASSWORD)
    assert admin.heading == "Enter your password"


EMPTY = ["", " ", "\t", "\u00a0", "\u200b", "\0", "!", "None", "null", "!" + "x" * 40, "argon2$", "a" * 256]


@pytest.mark.parametrize("password", EMPTY, ids=repr)
@pytest.mark.parametrize("kind", ["lite", "full without a password", "operator without a password"])
def test_a10_21_no_password_signs_in_where_there_is_none(
    shop: Kaffeehaus, catalogue: Site, kind: str, password: str
) -> None:
    door = "/sign-in/"
    match kind:
        case "lite":
            catalogue.post(user(ADA))
        case "full without a password":
            customer(ADA, brand=shop.brand, password=None)
        case _:
            operator(ADA)
            Authenticator.objects.filter(kind=Authenticator.Kind.PASSWORD).delete()
            door = "/admin/"

    walker = Walker().open(door).send(identifier=ADA).send(password=password)

    assert walker.status < 500
    assert walker.heading == "Enter your password"
    assert not BrowserSession.objects.exists()
    assert not SignIn.objects.exclude(proofs=[]).exists()


@pytest.mark.parametrize("stored", ["", "!", "!unusable", "plain", "md5$$d41d8cd98f00b204e9800998ecf8427e"])
def test_a10_21_a_row_without_a_real_hash_opens_nothing(shop: Kaffeehaus, stored: str) -> None:
    ada = customer(ADA, brand=shop.brand)
    Authenticator.objects.filter(account=ada).update(hash=stored)

    for password in ("", " ", "!", stored or "x", "plain"):
        walker = Walker().open("/sign-in/").send(identifier=ADA).send(password=password)
        assert walker.status < 500
        assert walker.heading == "Enter your password"
    assert not BrowserSession.objects.exists()


def test_a10_21_a_registration_cannot_end_without_a_password(shop: Kaffeehaus) -> None:
    walker = Walker().open("/register/").send(identifier=ADA)
    walker.send(code=code_for(ADA)).send(given_name="Ada")

    for password in EMPTY[:-1]:
        assert walker.send(password=password).heading == "Choose a password"
    presses_on(walker, "agreements", {"agree_terms": "on"})

    assert not Account.objects.exists()
