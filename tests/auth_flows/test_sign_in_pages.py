"""The hosted sign-in, as people walk it."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.events import Actor
from accounts.models import Account, Membership, MembershipStatus, Source
from accounts.profiles import Said
from accounts.registration import Met, create_lite
from auth_flows import crowding
from auth_flows.models import BrowserSession, SignIn
from tests.people import PASSWORD, Kaffeehaus, customer, operator, totp_code
from tests.solving import solve
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db


def signed_in(walker: Walker) -> bool:
    return walker.open("/account/").heading.startswith("Hello")


def lite(shop: Kaffeehaus, email: str = "ada@example.com") -> Membership:
    said = Said(Source.WEBSITE, "site-1", timezone.now())
    met = Met.at(email, {"interests": ["espresso"], "given_name": "Ada"}, said)
    return create_lite(shop.brand, met, Actor("website", "site-1"), how="scim")


def test_a_customer_signs_in_with_a_password(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="Ada@Example.com")

    walker.send(password=PASSWORD)
    walker.send()  # terms of the brand, which this customer never saw

    assert "accept the terms" in walker.text
    walker.send(agree_terms="on")
    assert walker.heading.startswith("Hello")


@pytest.mark.parametrize("kind", ["absent", "lite", "password", "totp", "suspended"])
def test_a_wrong_password_answers_the_same_whoever_it_is(shop: Kaffeehaus, kind: str) -> None:
    if kind == "lite":
        lite(shop)
    elif kind != "absent":
        account = customer("ada@example.com", brand=shop.brand, totp=kind == "totp")
        if kind == "suspended":
            Account.objects.filter(pk=account.pk).update(status="suspended")

    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password="wrong wrong")

    assert walker.status == 200
    assert "don't match" in walker.text
    assert not BrowserSession.objects.exists()


def test_the_tenth_wrong_password_closes_the_door_for_a_while_for_all_spellings(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    for number in range(10):
        spelling = "ada@example.com" if number % 2 else "ADA@EXAMPLE.COM"
        walker = Walker().open("/sign-in/").send(identifier=spelling)
        (solve(walker) if number >= crowding.PASSWORDS else walker).send(password="wrong wrong")

    walker = solve(Walker().open("/sign-in/").send(identifier="ada@example.com")).send(password=PASSWORD)

    assert walker.status == 429
    assert "Too many attempts" in walker.text
    assert walker.response["Retry-After"]


def test_whoever_has_a_second_factor_is_asked_for_it_by_every_door(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand, totp=True)
    walker = Walker().open("/register/").send(identifier="ada@example.com")

    walker.send(code=code_for("ada@example.com"))

    assert walker.heading == "Enter the code of your app"
    assert not signed_in(Walker(browser=walker.browser))
    walker.open(f"/sign-in/{SignIn.objects.first().pk}/").send(code=totp_code()).send(agree_terms="on")  # type: ignore[union-attr]
    assert signed_in(walker)


def test_a_code_of_an_app_works_once(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand, totp=True)
    code = totp_code()
    first = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    second = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)

    first.send(code=code)
    second.send(code=code)

    assert first.heading == "Terms and your choices"
    assert "wrong or was used" in second.text


def test_another_way_is_always_there(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com")

    walker.press("Send me a code by e-mail").send(code=code_for("ada@example.com")).send(agree_terms="on")

    assert signed_in(walker)


def test_two_tabs_sign_in_at_the_same_time(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    one = Walker().open("/sign-in/")
    two = Walker(browser=one.browser).open("/sign-in/")

    one.send(identifier="ada@example.com")
    two.send(identifier="ada@example.com").send(password=PASSWORD).send(agree_terms="on")
    one.send(password=PASSWORD)

    assert two.heading.startswith("Hello")
    assert one.heading.startswith("Hello")


def test_a_sign_in_works_only_in_the_browser_where_it_began(shop: Kaffeehaus) -> None:
    walker = Walker().open("/sign-in/")

    other = Walker().open(walker.url)

    assert other.status == 410
    assert other.heading == "This page has expired"


def test_a_sign_in_that_ended_or_expired_says_so(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/")
    url = walker.url
    SignIn.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    assert walker.open(url).status == 410


def test_the_operator_signs_in_with_two_proofs_through_the_same_pages(shop: Kaffeehaus) -> None:
    operator("olga@example.com")
    walker = Walker().open("/admin/")
    assert walker.heading == "Sign in"

    walker.send(identifier="olga@example.com").send(password=PASSWORD)
    assert walker.heading == "Enter the code of your app"
    walker.send(code=totp_code())

    assert walker.url == "/admin/"
    assert "Workbench" in walker.text


def test_an_operator_without_a_second_factor_is_told_and_not_let_in(shop: Kaffeehaus) -> None:
    operator("olga@example.com", totp=False)

    walker = Walker().open("/admin/").send(identifier="olga@example.com").send(password=PASSWORD)

    assert walker.heading == "This can't go on"
    assert not BrowserSession.objects.exists()


def test_for_customers_doors_an_operators_address_has_no_account(shop: Kaffeehaus) -> None:
    olga = operator("olga@example.com")

    walker = Walker().open("/sign-in/").send(identifier="olga@example.com").send(password=PASSWORD)
    assert "don't match" in walker.text
    walker.press("Send me a code by e-mail").send(code=code_for("olga@example.com"))

    assert walker.heading == "About you"
    walker.send().send(password=PASSWORD).send(agree_terms="on")
    assert Account.objects.customers().get().pk != olga.pk


def test_a_customer_is_nobody_in_the_admin(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com")
    walker.send(password=PASSWORD).send(agree_terms="on")

    assert walker.open("/admin/accounts/account/").heading == "Sign in"


def test_a_suspended_member_is_told_only_after_a_proof(shop: Kaffeehaus) -> None:
    account = customer("ada@example.com", brand=shop.brand)
    Membership.objects.filter(account=account).update(status=MembershipStatus.SUSPENDED)

    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)

    assert "suspended" in walker.text
    assert not BrowserSession.objects.exists()


def test_suspension_acts_on_the_next_request(shop: Kaffeehaus) -> None:
    account = customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com")
    walker.send(password=PASSWORD).send(agree_terms="on")
    assert signed_in(walker)

    Account.objects.filter(pk=account.pk).update(status="suspended")

    assert not signed_in(walker)


def test_the_session_key_changes_at_every_rise_of_level_and_no_clear_key_is_kept(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com")
    assert "__Host-ciam" not in walker.browser.cookies
    walker.send(password=PASSWORD).send(agree_terms="on")

    key = walker.browser.cookies["__Host-ciam"].value

    row = BrowserSession.objects.get()
    assert key not in {row.key_hash, str(row.pk)}
    cookie = walker.browser.cookies["__Host-ciam"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    "next_url", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x"]
)
def test_nobody_is_sent_elsewhere_after_a_sign_in(shop: Kaffeehaus, next_url: str) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open(f"/sign-in/?next={next_url}").send(identifier="ada@example.com")

    walker.send(password=PASSWORD).send(agree_terms="on")

    assert walker.url == "/account/"


@pytest.mark.parametrize(
    "said",
    ["", "no address", "a@b", "a" * 400 + "@example.com", "ada@example.com\x00", "<script>@example.com"],
)
def test_what_is_no_address_is_refused_in_words(shop: Kaffeehaus, said: str) -> None:
    walker = Walker().open("/sign-in/").send(identifier=said)

    assert walker.status == 200
    assert walker.heading == "Sign in"
    assert walker.soup.select("[aria-invalid=true]")
