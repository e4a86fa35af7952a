"""A customer's own passkeys: seen, added, called something, removed, by whoever has just proven enough."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from accounts.models import Event
from auth_flows.models import Authenticator, BrowserSession
from auth_flows.own_passkeys import MOST
from tests.passkeys import PRESENT, SYNCABLE, VERIFIED, Passkey, options_of
from tests.people import PASSWORD, Kaffeehaus, customer, totp_code
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

ADA, BOB = "ada@example.com", "bob@example.com"
PASSKEYS = "/account/passkeys/"


def agreed(walker: Walker) -> Walker:
    return walker.send(agree_terms="on") if walker.heading == "Terms and your choices" else walker


def by_password(address: str = ADA) -> Walker:
    walker = Walker().open("/sign-in/").send(identifier=address).send(password=PASSWORD)
    return agreed(walker)


def by_mail(address: str = ADA) -> Walker:
    walker = Walker().open("/sign-in/").send(identifier=address).press("Send me a code")
    return agreed(walker.send(code=code_for(address)))


def by_passkey(key: Passkey) -> Walker:
    walker = Walker().open("/sign-in/")
    return agreed(walker.send(passkey=key.get(options_of(walker))))


def changes() -> list[str]:
    return [event.type for event in Event.objects.filter(type__startswith="authenticator").order_by("pk")]


def test_a_customer_adds_a_passkey_and_signs_in_with_it(shop: Kaffeehaus) -> None:
    ada, key = customer(ADA, brand=shop.brand), Passkey(flags=PRESENT | VERIFIED | SYNCABLE)
    walker = by_password().open(PASSKEYS)
    assert "You have none yet" in walker.text
    walker.open(f"{PASSKEYS}add/")

    walker.send(passkey=key.create(options_of(walker)))

    assert walker.heading == "Your passkeys"
    assert "Synced" in walker.text
    assert "Not used yet" in walker.text
    assert changes() == ["authenticator.added"]
    assert by_passkey(key).heading.startswith("Hello")
    assert "Last used" in walker.open(PASSKEYS).text
    assert Event.objects.get(type="authenticator.added").account_id == ada.pk


def test_a_second_one_is_kept_under_the_same_handle_and_not_made_twice(shop: Kaffeehaus) -> None:
    first = Passkey()
    row = first.belongs_to(customer(ADA, brand=shop.brand))
    asked = options_of(by_passkey(first).open(f"{PASSKEYS}add/"))

    assert asked["user"]["id"] == first.handle
    assert [one["id"] for one in asked["excludeCredentials"]] == [row.credential_id]


def test_a_challenge_of_one_session_is_worth_nothing_in_another(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    one, two = by_password(), by_password()
    asked = options_of(one.open(f"{PASSKEYS}add/"))

    two.open(f"{PASSKEYS}add/").send(passkey=Passkey().create(asked))
    assert two.status == 400
    answer = Passkey().create(asked)
    one.send(passkey=answer)
    one.open(f"{PASSKEYS}add/").send(passkey=answer)

    assert one.status == 400
    assert Authenticator.objects.filter(kind="passkey").count() == 1


def test_who_only_reads_the_mailbox_makes_no_passkey_beside_the_owners(shop: Kaffeehaus) -> None:
    Passkey().belongs_to(customer(ADA, brand=shop.brand, password=None))
    mallory = by_mail()
    assert mallory.open(PASSKEYS).heading == "Your passkeys"

    mallory.open(f"{PASSKEYS}add/")

    assert mallory.heading == "Use your passkey"


def test_a_second_factor_is_asked_before_a_passkey_is_added(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    walker = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD)
    walker.send(code=totp_code()).send(agree_terms="on")
    assert walker.open(f"{PASSKEYS}add/").heading == "Add a passkey"
    old = (timezone.now() - dt.timedelta(minutes=11)).isoformat()
    row = BrowserSession.objects.get()

    for stale in ("password", "totp"):
        row.proofs = [{**one, "at": old} if one["method"] == stale else one for one in row.proofs]
        row.save()
        walker.open(f"{PASSKEYS}add/")
        assert walker.heading in {"Enter your password", "Enter the code of your app"}, stale


def test_the_proof_must_be_young_for_each_change_and_nothing_that_was_sent_is_done_later(
    shop: Kaffeehaus,
) -> None:
    ada, key = customer(ADA, brand=shop.brand), Passkey()
    walker = by_password().open(f"{PASSKEYS}add/")
    asked = options_of(walker)
    BrowserSession.objects.update(proofs=[{"method": "password", "at": "2026-01-01T00:00:00+00:00"}])

    walker.send(passkey=key.create(asked))
    assert walker.heading == "Enter your password"
    walker.send(password=PASSWORD)

    assert walker.heading == "Add a passkey"
    assert not Authenticator.objects.filter(account=ada, kind="passkey").exists()


def test_a_passkey_gets_a_name_of_its_owners(shop: Kaffeehaus) -> None:
    key = Passkey()
    row = key.belongs_to(customer(ADA, brand=shop.brand))
    walker = by_passkey(key).open(f"{PASSKEYS}{row.pk}/")

    assert walker.send(name="").status == 200
    assert "required" in walker.text
    walker.send(name="<b>Telephone</b>")

    assert "<b>Telephone</b>" in walker.text
    assert changes() == ["authenticator.changed"]


@pytest.mark.parametrize("has_password", [True, False])
def test_a_passkey_goes_and_the_page_says_what_stays(shop: Kaffeehaus, has_password: bool) -> None:
    key = Passkey()
    row = key.belongs_to(customer(ADA, brand=shop.brand, password=PASSWORD if has_password else None))
    walker = by_passkey(key).open(f"{PASSKEYS}{row.pk}/remove/")
    assert ("Your other ways" in walker.text) == has_password
    assert ("you sign in with a code that we mail to you" in walker.text) != has_password

    walker.press("Remove")

    assert "You have none yet" in walker.text
    assert changes() == ["authenticator.removed"]
    assert by_mail().heading.startswith("Hello")
    gone = Walker().open("/sign-in/")
    assert gone.send(passkey=key.get(options_of(gone))).status == 400


def test_nobody_sees_or_touches_anothers_passkey_or_another_authenticator(shop: Kaffeehaus) -> None:
    row = Passkey().belongs_to(customer(BOB, brand=shop.brand))
    ada = customer(ADA, brand=shop.brand)
    own_password = Authenticator.objects.get(account=ada)
    walker = by_password()

    for key in (row.pk, own_password.pk, uuid.uuid4()):
        for page in (f"{PASSKEYS}{key}/", f"{PASSKEYS}{key}/remove/"):
            assert walker.open(page).status == 404
    assert str(row.pk) not in walker.open(PASSKEYS).text
    assert Authenticator.objects.count() == 3


def test_there_is_an_end_to_how_many(shop: Kaffeehaus) -> None:
    ada, key = customer(ADA, brand=shop.brand), Passkey()
    key.belongs_to(ada)
    walker = by_passkey(key).open(f"{PASSKEYS}add/")
    for _number in range(MOST - 1):
        Passkey().belongs_to(ada)

    walker.send(passkey=Passkey().create(options_of(walker)))

    assert "as many passkeys as we keep" in walker.text
    assert "Add a passkey" not in walker.open(PASSKEYS).text
