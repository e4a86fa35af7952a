"""Signing in, joining and registering with an account elsewhere."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.events import SYSTEM, EventType
from accounts.identifiers import account_with_email
from accounts.models import Account, Event, ProfileValue, Realm, Source, Status
from accounts.profiles import Said
from accounts.registration import Met, create_lite
from auth_flows.models import Authenticator, BrowserSession, LinkedIdentity
from tests.bringing import comes_by, leaves, linked, provider
from tests.people import PASSWORD, Kaffeehaus, customer, kaffeehaus, operator, totp_code
from tests.sandbox.running import RunningSandbox
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"


def test_whoever_is_linked_is_signed_in(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    ada = customer(ADA, brand=shop.brand, password=None)
    there = provider(sandbox)
    linked(ada, there)

    walker = comes_by(Walker().open("/sign-in/"), "Continue with Oidc").send(agree_terms="on")

    assert walker.heading == "Hello, ada@example.com"
    (session,) = BrowserSession.objects.all()
    assert session.account == ada
    assert [proof["method"] for proof in session.proofs] == ["upstream"]
    assert LinkedIdentity.objects.get().last_used_at
    assert sandbox.violations("idp") == []


def test_the_second_factor_is_asked_all_the_same(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    ada = customer(ADA, brand=shop.brand, totp=True)
    linked(ada, provider(sandbox))

    walker = comes_by(Walker().open("/sign-in/"), "Continue with")

    assert walker.heading == "Enter the code of your app"
    assert not BrowserSession.objects.exists()
    assert walker.send(code=totp_code()).send(agree_terms="on").heading.startswith("Hello")


def test_somebody_new_registers_with_what_the_provider_says(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    """Its word for the address is not enough: a code proves it. No password is asked."""
    there = provider(sandbox)

    walker = comes_by(Walker().open("/sign-in/"), "Continue with")
    assert walker.heading == "Check your mail"
    assert "prove it once" in walker.text.lower()
    walker.send(code=code_for(ADA))
    assert (walker.value("given_name"), walker.value("family_name")) == ("Ada", "Example")
    assert "From the account you signed in with" in walker.text
    walker.send(given_name="Ada", family_name="").send(agree_terms="on")

    assert walker.heading == "Hello, Ada"
    account = account_with_email(ADA)
    link = LinkedIdentity.objects.get()
    assert (link.account, link.issuer, link.subject) == (account, there.issuer, "ada-1")
    assert not Authenticator.objects.exists()
    kinds = set(Event.objects.filter(account_id=link.account_id).values_list("type", flat=True))
    assert {EventType.ACCOUNT_CREATED, EventType.IDENTITY_LINKED} <= kinds
    said = ProfileValue.objects.filter(source=Source.PROVIDER)
    assert [(one.attribute, one.said_by) for one in said] == [("given_name", str(there.row.pk))]


def test_an_authority_for_the_address_proves_it(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    provider(sandbox, domains=["example.com"])

    walker = comes_by(Walker().open("/register/"), "Continue with")

    assert walker.heading == "About you"
    assert mails() == []
    assert walker.send().send(agree_terms="on").heading == "Hello, Ada Example"
    found = account_with_email(ADA)
    assert found is not None
    assert found.identifiers.get(scope="").verified_at


def test_an_authority_joins_an_account_that_has_proven_the_same_address(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    ada = customer(ADA, brand=shop.brand)
    provider(sandbox, domains=["example.com"])

    walker = comes_by(Walker().open("/sign-in/"), "Continue with").send(agree_terms="on")

    assert walker.heading.startswith("Hello")
    assert LinkedIdentity.objects.get().account == ada
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    ("claims", "fields"),
    [
        ({}, {}),
        ({"email_verified": None}, {"domains": ["example.com"]}),
        ({"email_verified": False}, {"domains": ["example.com"], "links_verified_email": True}),
        ({"email_verified": "true"}, {"domains": ["example.com"]}),
    ],
)
def test_everybody_else_proves_the_account_here_first(
    shop: Kaffeehaus, sandbox: RunningSandbox, claims: dict[str, Any], fields: dict[str, Any]
) -> None:
    ada = customer(ADA, brand=shop.brand, totp=True)
    provider(sandbox, **fields).knows(**claims)

    walker = comes_by(Walker().open("/sign-in/"), "Continue with")
    assert walker.heading == "Check your mail"
    assert not LinkedIdentity.objects.exists()
    walker.press("Use my password").send(password=PASSWORD)
    assert not LinkedIdentity.objects.exists(), "a second factor is part of the proof"
    walker.send(code=totp_code()).send(agree_terms="on")

    assert walker.heading.startswith("Hello")
    assert LinkedIdentity.objects.get().account == ada


def test_without_an_address_the_person_is_asked_for_one(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    ada = customer(ADA, brand=shop.brand)
    provider(sandbox).knows(email=None, email_verified=None)

    walker = comes_by(Walker().open("/sign-in/"), "Continue with")
    assert "You come from Oidc as Ada Example" in walker.text
    walker.send(identifier=ADA).send(code=code_for(ADA)).send(agree_terms="on")

    assert walker.heading.startswith("Hello")
    assert LinkedIdentity.objects.get().account == ada


def test_a_lite_account_is_claimed_by_an_authority(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    met = Met.at(ADA, {"family_name": "Lovelace"}, Said(Source.IMPORT, "x", timezone.now()))
    lite = create_lite(shop.brand, met, SYSTEM, how="import").account
    provider(sandbox, domains=["example.com"])

    walker = comes_by(Walker().open("/sign-in/"), "Continue with")

    assert walker.value("family_name") == "Example", "a provider's word is stronger than an import's"
    walker.send().send(agree_terms="on")
    assert LinkedIdentity.objects.get().account_id == lite.pk


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.ERASING])
def test_a_suspended_account_is_refused(shop: Kaffeehaus, sandbox: RunningSandbox, status: Status) -> None:
    ada = customer(ADA, brand=shop.brand)
    linked(ada, provider(sandbox))
    Account.objects.filter(pk=ada.pk).update(status=status)

    walker = comes_by(Walker().open("/sign-in/"), "Continue with")

    assert walker.heading == "This can't go on"
    assert not BrowserSession.objects.exists()


def test_a_home_is_where_an_address_leads(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    """By its domain, known or not, with another way left."""
    provider(sandbox, domains=["example.com"], name="partner")

    walker = Walker().open("/sign-in/").send(identifier="nobody@example.com")

    assert walker.heading == "Sign in with another account"
    assert "belong to Partner" in walker.text
    assert "login_hint=nobody%40example.com" in leaves(walker, "Continue with Partner")
    walker.open(walker.response.request["PATH_INFO"].partition("from")[0]).press("Use my password")
    assert walker.heading == "Enter your password"
    elsewhere = Walker().open("/sign-in/").send(identifier="nobody@example.org")
    assert elsewhere.heading == "Enter your password"


def test_operators_bring_no_identity(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    olga = operator(ADA)
    there = provider(sandbox, domains=["example.com"])

    walker = Walker().open("/admin/")
    assert "Continue with" not in walker.text
    walker.open(f"{walker.url.partition('?')[0]}from/{there.row.slug}")
    assert walker.heading == "Sign in"
    comes_by(Walker().open("/sign-in/"), "Continue with").send().send(agree_terms="on")

    made = account_with_email(ADA)
    assert made is not None
    assert (made.realm, made.is_staff, made.pk == olga.pk) == (Realm.CUSTOMER, False, False)


def test_another_brand_has_other_providers(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    tea = kaffeehaus("teehaus", is_default=False)
    provider(sandbox, brand=tea.brand)

    assert "Continue with" not in Walker().open("/sign-in/").text


def test_turning_back_there_leaves_every_way_open(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    provider(sandbox)

    walker = comes_by(Walker().open("/sign-in/"), "Continue with", person="")

    assert "You turned back there" in walker.text
    assert walker.send(identifier=ADA).heading == "Enter your password"
    assert "Use an account I have elsewhere" in walker.text
