"""What somebody tried on the hosted sign-in; each stays shut."""

import datetime as dt
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.access import StepUpNeeded, safe_path
from accounts.events import SYSTEM
from accounts.identifiers import BadIdentifier, normal_email
from accounts.memberships import revoke_sessions, set_status
from accounts.models import Account, Membership, MembershipStatus
from auth_flows.models import BrowserSession, Grant, SignIn
from ciam.lib import mail
from ciam.lib.models import Mail
from consent.models import ConsentRecord, PurposeVersion
from tests.auth_flows.oidc.apps import answer_of, confidential, userinfo
from tests.people import PASSWORD, Kaffeehaus, customer, kaffeehaus, operator, totp_code
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db


def signed_in(shop: Kaffeehaus) -> tuple[Account, Walker]:
    ada = customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    return ada, walker.send(agree_terms="on")


def is_signed_in(walker: Walker) -> bool:
    return Walker(browser=walker.browser).open("/account/").heading.startswith("Hello")


@pytest.mark.parametrize(
    "said",
    [
        "\ufb01ona@example.com",
        "stra\u00dfe@example.com",
        "\uff4bim@example.com",
        "a\uff20b@example.com",
        "\ufdfa@example.com",
        "\u00df" * 32 + "@example.com",
        "\u0390" * 32 + "@example.com",
    ],
)
def test_an_address_that_would_fold_into_anothers_is_refused(shop: Kaffeehaus, said: str) -> None:
    with pytest.raises(BadIdentifier):
        normal_email(said)

    assert Walker().open("/register/").send(identifier=said).soup.select("[aria-invalid=true]")


@pytest.mark.parametrize("said", ["ada@fa\u00df.de", "ada@B\u00dcCHER.example", "Ada+x@EXAMPLE.com"])
def test_mail_goes_where_the_normal_form_says(said: str) -> None:
    delivered, normal = normal_email(said)

    assert delivered.isascii()
    assert delivered.lower() == normal


def test_one_mail_that_cannot_be_written_holds_up_no_other() -> None:
    later = timezone.now() + dt.timedelta(minutes=5)
    context: mail.Context = {
        "code": "123456",
        "minutes": 10,
        "brand": {"name": "K"},
        "app_name": "",
        "link": "",
    }
    broken = mail.post("email_code", "a\nb@example.com", context, until=later)
    mail.post("email_code", "honest@example.com", context, until=later)

    assert [to for to, _text in mails()] == ["honest@example.com"]
    broken = Mail.objects.get(pk=broken.pk)
    assert "can't be written" in broken.needs_human


@pytest.mark.parametrize("end", ["revoked", "signed out"])
def test_a_walk_that_waited_proves_nothing_after_the_session_ended(shop: Kaffeehaus, end: str) -> None:
    ada, walker = signed_in(shop)
    tea = kaffeehaus("teehaus", is_default=False)
    app = confidential(tea.brand)
    waiting = Walker(browser=walker.browser).open(f"/oauth/authorize?{urlencode(app.asks())}")
    assert waiting.heading == "Terms and your choices"

    if end == "revoked":
        revoke_sessions(ada, SYSTEM)
    else:
        walker.open("/oauth/logout").press("Sign out")
    waiting.send(agree_terms="on")

    assert waiting.status == 410
    assert not Grant.objects.exists()
    assert not is_signed_in(walker)


def test_a_proof_from_before_a_revocation_signs_nobody_in(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)

    revoke_sessions(ada, SYSTEM)
    walker.send(agree_terms="on")

    assert walker.status == 410
    assert not BrowserSession.objects.exists()


@pytest.mark.parametrize("status", [MembershipStatus.SUSPENDED, MembershipStatus.ENDED])
def test_who_left_a_brand_has_no_session_there_and_old_tokens_stay_dead(
    shop: Kaffeehaus, status: MembershipStatus
) -> None:
    ada, walker = signed_in(shop)
    app = confidential(shop.brand)
    walker.open(f"/oauth/authorize?{urlencode(app.asks())}")
    tokens = app.redeem(answer_of(walker.url)["code"]).json()
    assert userinfo(tokens["access_token"]).status_code == 200

    membership = Membership.objects.get(account=ada)
    set_status(membership, status, SYSTEM)
    assert not is_signed_in(walker)
    set_status(membership, MembershipStatus.ACTIVE, SYSTEM)

    assert userinfo(tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).status_code == 400


def test_who_left_is_asked_before_being_a_customer_again(shop: Kaffeehaus) -> None:
    ada, _walker = signed_in(shop)
    app = confidential(shop.brand)
    set_status(Membership.objects.get(account=ada), MembershipStatus.ENDED, SYSTEM)

    walker = Walker().open(f"/oauth/authorize?{urlencode(app.asks())}")
    walker.send(identifier="ada@example.com").send(password=PASSWORD)

    assert walker.heading == "Terms and your choices"
    assert Membership.objects.get(account=ada).status == MembershipStatus.ENDED
    walker.send(agree_terms="on")
    assert Membership.objects.get(account=ada).status == MembershipStatus.ACTIVE


def test_tries_of_codes_are_counted_over_all_factors_and_five_in_a_sign_in(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand, totp=True)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    wrong = "000000" if totp_code() != "000000" else "111111"

    for _try in range(5):
        walker.send(code=wrong)
        assert "wrong or was used" in walker.text
    walker.send(code=totp_code())

    assert walker.status == 429
    assert int(walker.response["Retry-After"]) > 3_000


def test_an_answer_is_only_to_the_wording_that_was_shown(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    PurposeVersion.objects.create(
        purpose=shop.terms.purpose,
        number=2,
        titles={"en": "Terms"},
        texts={"en": "Other terms altogether."},
        published_at=timezone.now(),
    )

    walker.send(agree_terms="on")

    assert not ConsentRecord.objects.exists()
    assert "Other terms altogether." in walker.text
    walker.send(agree_terms="on")
    assert ConsentRecord.objects.get(purpose__key="terms").version.number == 2


@pytest.mark.parametrize(
    "url",
    [
        "/sign-in/?next=/a%00b",
        "/register/?next=/%00",
        "/account/?x=" + "A" * 600,
        "/account/?x=" + "%C3%A4" * 300,
        "/admin/login/?next=/admin/" + "A" * 600,
        "/admin/login/?next=/admin/%00",
        "/admin/%00",
    ],
)
def test_odd_addresses_break_nothing(shop: Kaffeehaus, url: str) -> None:
    assert Browser().get(url).status_code < 500


def test_a_button_of_another_page_breaks_nothing(shop: Kaffeehaus) -> None:
    walker = Walker().open("/sign-in/")

    walker.browser.handler.enforce_csrf_checks = False
    response = walker.browser.post(f"{walker.url}?step=identify", {"resend": "1"})

    assert response.status_code == 303
    assert SignIn.objects.get().code_hash == ""


def test_the_operators_lists_take_no_nul(shop: Kaffeehaus) -> None:
    operator("olga@example.com")
    walker = Walker().open("/admin/").send(identifier="olga@example.com")
    walker.send(password=PASSWORD).send(code=totp_code())

    for path in ("accounts/account/?realm__exact=%00", "accounts/event/?type__exact=%00"):
        assert walker.browser.get(f"/admin/{path}").status_code == 400


@pytest.mark.parametrize(
    "asked", ["/admin/../account/", "//evil", "/\\evil", "/a\x00", "/" + "a" * 600, "https:evil", ""]
)
def test_only_a_plain_path_of_ours_is_one_to_come_back_to(asked: str) -> None:
    assert safe_path(asked) == ""
    assert StepUpNeeded(asked).return_to == ""


def test_codes_reach_the_address_that_was_typed_in_its_delivered_form(shop: Kaffeehaus) -> None:
    Walker().open("/register/").send(identifier="  Ada@B\u00fccher.example ")

    assert code_for("Ada@xn--bcher-kva.example")
