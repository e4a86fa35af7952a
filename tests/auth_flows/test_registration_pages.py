"""Registration at the hosted pages: nothing exists before the end, and nothing shows before a proof."""

import pytest
from django.utils import timezone

from accounts.events import Actor
from accounts.models import Account, Event, Kind, Membership, ProfileValue, Realm, Source
from accounts.profiles import Said, say
from accounts.registration import Met, create_lite
from accounts.snapshot import snapshot
from auth_flows.models import SignIn
from consent.models import ConsentRecord, Decision
from tests.people import PASSWORD, Kaffeehaus
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db


def lite(shop: Kaffeehaus, email: str = "ada@example.com") -> Membership:
    said = Said(Source.WEBSITE, "site-1", timezone.now())
    met = Met.at(email, {"interests": ["espresso"], "given_name": "Ada"}, said)
    return create_lite(shop.brand, met, Actor("website", "site-1"), how="scim")


def test_somebody_new_registers_and_nothing_exists_before_the_end(shop: Kaffeehaus) -> None:
    walker = Walker().open("/register/").send(identifier="new@example.com")
    walker.send(code=code_for("new@example.com"))
    walker.send(given_name="Nia")
    assert not Account.objects.exists()

    walker.send(password=PASSWORD)
    assert not Account.objects.exists()
    walker.send(agree_terms="on")

    account = Account.objects.get()
    assert walker.heading == "Hello, Nia"
    assert (account.kind, account.realm) == (Kind.FULL, Realm.CUSTOMER)
    assert account.identifiers.get(scope="").verified_at is not None
    decisions = {r.purpose.key: r.decision for r in ConsentRecord.objects.all()}
    assert decisions == {"terms": Decision.GIVEN, "newsletter": Decision.REFUSED}


def test_a_lite_customer_finds_the_form_filled_and_keeps_corrects_or_clears(shop: Kaffeehaus) -> None:
    membership = lite(shop)
    walker = Walker().open("/register/").send(identifier="ada@example.com")
    walker.send(code=code_for("ada@example.com"))

    assert "A website of ours told us" in walker.text
    assert walker.value("interests") == "espresso"
    walker.send(given_name="", family_name="Lovelace").send(password=PASSWORD).send(agree_terms="on")

    account = Account.objects.get()
    assert account.pk == membership.account_id
    assert account.kind == Kind.FULL
    said = {(v.attribute, v.source): v.value for v in ProfileValue.objects.all()}
    assert ("given_name", "website") not in said
    assert said["family_name", "customer"] == "Lovelace"
    assert said["interests", "customer"] == ["espresso"]
    assert said["interests", "website"] == ["espresso"]


def test_nothing_of_a_lite_account_shows_before_its_address_is_proven(shop: Kaffeehaus) -> None:
    lite(shop)

    walker = Walker().open("/register/").send(identifier="ada@example.com")
    unknown = Walker().open("/register/").send(identifier="nobody@example.com")

    assert "espresso" not in walker.text
    assert walker.text.replace("ada@", "") == unknown.text.replace("nobody@", "")


def test_five_wrong_codes_kill_the_code_and_change_nothing(shop: Kaffeehaus) -> None:
    walker = Walker().open("/register/").send(identifier="ada@example.com")
    code = code_for("ada@example.com")
    wrong = "000000" if code != "000000" else "111111"

    for _try in range(5):
        walker.send(code=wrong)
    assert "no longer good" in walker.text
    walker.send(code=code)

    assert "no longer good" in walker.text
    assert not Account.objects.exists()


def test_a_new_code_can_be_sent_after_a_minute(shop: Kaffeehaus) -> None:
    walker = Walker().open("/register/").send(identifier="ada@example.com")

    walker.press("Send a new code")

    assert walker.status == 429
    assert "You can have a new code in 1 min" in walker.text


def test_two_tabs_register_the_same_address_and_make_one_account(shop: Kaffeehaus) -> None:
    one = Walker().open("/register/").send(identifier="ada@example.com")
    code = code_for("ada@example.com")
    two = Walker(browser=one.browser).open("/register/")
    two.send(identifier="ada@example.com")
    SignIn.objects.filter(code_hash="").update(
        proofs=[{"method": "email_code", "at": timezone.now().isoformat()}]
    )
    two.open(two.url)
    one.send(code=code).send(given_name="Ada").send(password=PASSWORD)
    two.send(given_name="Eve").send(password=PASSWORD)

    one.send(agree_terms="on")
    two.send(agree_terms="on")

    assert Account.objects.count() == 1
    assert one.heading == "Hello, Ada"
    assert two.heading == "Hello, Ada"


@pytest.mark.parametrize(
    "password", ["short", "password123", "kaffeehaus", "aaaaaaaaaaaa", "ada@example.com"]
)
def test_a_guessable_password_is_refused(shop: Kaffeehaus, password: str) -> None:
    walker = Walker().open("/register/").send(identifier="ada@example.com")
    walker.send(code=code_for("ada@example.com")).send()

    walker.send(password=password)

    assert walker.heading == "Choose a password"
    assert not Event.objects.exists()


def test_values_that_a_website_said_later_do_not_undo_the_customers(shop: Kaffeehaus) -> None:
    membership = lite(shop)
    account = membership.account
    say(account, {"given_name": "Augusta"}, Said(Source.CUSTOMER, "", timezone.now()))

    say(account, {"given_name": "Adele"}, Said(Source.WEBSITE, "site-1", timezone.now()))

    assert snapshot(account).values["given_name"].value == "Augusta"
