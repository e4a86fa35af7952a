"""Accounts elsewhere (open set, group 10): who somebody is there never decides more than it proves."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.identifiers import account_with_email
from accounts.models import Account, Identifier
from auth_flows.models import Authenticator, BrowserSession, LinkedIdentity, SignIn, UpstreamVisit
from ciam.lib.models import Counter
from tests.attacks.pages import ADA, MALLORY, MALLORYS_PASSWORD, STEPS, presses_on
from tests.bringing import back_address, comes_by, idps, leaves, linked, provider, sandbox
from tests.people import PASSWORD, Kaffeehaus, customer, operator
from tests.sandbox.running import RunningSandbox
from tests.walking import Walker, code_for, mails

__all__ = ["idps", "sandbox"]
pytestmark = pytest.mark.django_db
LINK = "Continue with"
MALLORY_THERE: dict[str, Any] = {"sub": "mallory-1", "name": "Mallory", "given_name": "Mallory"}


def test_a10_01_what_mallory_began_with_adas_address_is_not_adas(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    """Password, answers, identity of somebody who never proved the address; then Ada comes."""
    there = provider(sandbox, domains=["example.com"])
    mallory = Walker().open("/register/").send(identifier=ADA)
    for step, fields in STEPS:
        presses_on(mallory, step, fields)
    other = provider(sandbox, name="other").knows("mallory", **MALLORY_THERE, email=ADA, email_verified=True)
    theirs = comes_by(Walker().open("/sign-in/"), "Continue with Other", "mallory")
    assert theirs.heading == "Check your mail"

    ada = comes_by(Walker().open("/sign-in/"), "Continue with Oidc").send().send(agree_terms="on")

    assert ada.heading == "Hello, Ada Example"
    link = LinkedIdentity.objects.get()
    assert (link.issuer, link.subject) == (there.issuer, "ada-1")
    assert not Authenticator.objects.exists()
    assert BrowserSession.objects.count() == 1
    for step, fields in STEPS:
        presses_on(theirs, step, fields)
        presses_on(mallory, step, fields)
    assert LinkedIdentity.objects.count() == BrowserSession.objects.count() == 1
    assert other.row.pk != link.provider_id


def test_a10_01_an_account_that_never_proved_its_address_is_not_joined(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    """Not even for an authority: it may be somebody's who only said the address."""
    customer(ADA, brand=shop.brand, password=MALLORYS_PASSWORD, totp=False)
    Identifier.objects.update(verified_at=None)
    provider(sandbox, domains=["example.com"])

    mallory = Walker().open("/sign-in/").send(identifier=ADA).press("Use my password")
    mallory.send(password=MALLORYS_PASSWORD).send(agree_terms="on")
    assert mallory.heading.startswith("Hello")
    linked(Account.objects.get(), provider(sandbox, name="other"), "mallory-1")

    ada = comes_by(Walker().open("/sign-in/"), "Continue with Oidc")

    assert ada.heading == "Check your mail"
    ada.send(code=code_for(ADA))
    assert ada.heading.startswith("Hello")
    assert not Authenticator.objects.exists()
    assert LinkedIdentity.objects.get().subject == "ada-1"
    assert BrowserSession.objects.count() == 1
    assert mallory.open("/account/").heading == "Sign in"
    mallory.send(identifier=ADA).press("Use my password").send(password=MALLORYS_PASSWORD)
    assert "don't match" in mallory.text


def test_a10_02_a_walk_of_mallorys_gains_nothing_when_ada_arrives(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    provider(sandbox).knows("mallory", **MALLORY_THERE, email=ADA, email_verified=True)
    mallory = comes_by(Walker().open("/sign-in/"), LINK, "mallory")
    Counter.objects.update(ends_at=timezone.now())
    ada = Walker().open("/register/").send(identifier=ADA)
    ada.send(code=code_for(ADA)).send(given_name="Ada").send(password=PASSWORD).send(agree_terms="on")

    for step, fields in STEPS:
        presses_on(mallory, step, fields)

    assert not LinkedIdentity.objects.exists()
    assert mallory.open("/account/").heading == "Sign in"
    assert BrowserSession.objects.count() == 1


def test_a_code_for_one_address_never_proves_another_that_a_provider_claims(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    """Mallory proves her own mailbox while a provider of hers says that she has Ada's."""
    customer(ADA, brand=shop.brand)
    provider(sandbox).knows("mallory", **MALLORY_THERE, email=ADA, email_verified=True)
    mallory = Walker().open("/sign-in/")
    there = leaves(mallory, LINK)
    page = mallory.response.request["PATH_INFO"].partition("from")[0]
    mallory.open(page).send(identifier=MALLORY).press("Send me a code")
    code = code_for(MALLORY)

    mallory.open(back_address(there, "mallory"))
    new_page = mallory.url.partition("?")[0]
    assert ADA in mallory.text
    mallory.send(code=code)
    assert "not the code" in mallory.text
    mallory.open(page).send(code=code)
    for step, fields in STEPS:
        presses_on(mallory.open(new_page), step, fields)

    assert new_page != page, "the sign-in about her own address stays about that"
    assert not SignIn.objects.filter(pk=new_page.strip("/").rpartition("/")[2]).exclude(proofs=[]).exists()
    assert not LinkedIdentity.objects.exists()
    assert not BrowserSession.objects.filter(account=account_with_email(ADA)).exists()


def test_a10_07_a_changed_address_there_is_still_the_same_person(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    ada = customer(ADA, brand=shop.brand)
    bob = customer("bob@example.com", brand=shop.brand)
    there = provider(sandbox, domains=["example.com"])
    linked(ada, there)
    there.knows(email="bob@example.com", preferred_username="bob")

    walker = comes_by(Walker().open("/sign-in/"), LINK).send(agree_terms="on")

    assert walker.heading == "Hello, ada@example.com"
    assert BrowserSession.objects.get().account == ada
    assert not LinkedIdentity.objects.filter(account=bob).exists()


def test_a10_07_a_name_used_again_is_somebody_else(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    ada = customer(ADA, brand=shop.brand)
    there = provider(sandbox)
    linked(ada, there, label=ADA)
    there.knows("mallory", **MALLORY_THERE, email=ADA, email_verified=True, preferred_username="ada")

    walker = comes_by(Walker().open("/sign-in/"), LINK, "mallory")

    assert walker.heading == "Check your mail"
    assert not BrowserSession.objects.exists()


def test_a10_07_the_same_subject_of_another_issuer_is_somebody_else(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    linked(customer(ADA, brand=shop.brand), provider(sandbox))
    provider(sandbox, name="other")

    comes_by(Walker().open("/sign-in/"), "Continue with Other")

    assert not BrowserSession.objects.exists()


def test_a10_16_an_address_that_has_an_account_looks_like_one_that_has_none(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    customer(ADA, brand=shop.brand)
    provider(sandbox).knows("nobody", sub="nobody-1", email="nobody@example.com")

    known = comes_by(Walker().open("/register/"), LINK)
    stranger = comes_by(Walker().open("/register/"), LINK, "nobody")

    assert known.heading == stranger.heading == "Check your mail"
    assert known.text.replace(ADA, "X") == stranger.text.replace("nobody@example.com", "X")
    assert {to for to, _text in mails()} == {ADA, "nobody@example.com"}


def test_a_step_up_takes_no_identity_but_ones_own(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    """Nor does it connect one: that is done on the page that says so."""
    ada = customer(ADA, brand=shop.brand)
    there = provider(sandbox, domains=["example.com"]).knows("mallory", **MALLORY_THERE)
    linked(ada, there)
    linked(customer(MALLORY, brand=shop.brand), there, "mallory-1")
    walker = comes_by(Walker().open("/sign-in/"), LINK).send(agree_terms="on")
    BrowserSession.objects.update(proofs=[])
    walker.open("/account/").press("Use an account I have elsewhere")

    comes_by(walker, LINK, "mallory")

    assert "not an account that is connected" in walker.text
    there.knows("third", sub="third-1")
    assert "not an account that is connected" in comes_by(walker, LINK, "third").text
    assert LinkedIdentity.objects.count() == 2


def test_an_operators_sign_in_goes_nowhere_else(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    operator(ADA)
    there = provider(sandbox, domains=["example.com"])
    walker = Walker().open("/admin/")

    for door in (f"from/{there.row.slug}", "?step=upstream"):
        walker.open(f"{walker.url.partition('?')[0]}{door}")
        assert walker.heading == "Sign in"

    assert not UpstreamVisit.objects.exists()
