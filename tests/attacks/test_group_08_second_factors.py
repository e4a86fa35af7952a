"""Group 8: what somebody tries who has a password, and not the second factor."""

import datetime as dt
from urllib.parse import urlencode

import pyotp
import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from auth_flows.methods import recovery_code, totp
from auth_flows.models import Authenticator, BrowserSession, SignIn, TextMessage
from ciam.lib.models import Counter
from tests.attacks.pages import presses_on, shown
from tests.auth_flows.oidc.apps import answer_of, confidential, opened, userinfo
from tests.people import PASSWORD, TOTP_SEED, Kaffeehaus, customer, operator, totp_code
from tests.texting import has_phone, offers_texts
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db
Kind = Authenticator.Kind


def halfway(address: str = "ada@example.com") -> Walker:
    """Past the password."""
    return Walker().open("/sign-in/").send(identifier=address).send(password=PASSWORD)


def with_codes(ada: Account) -> list[str]:
    codes = recovery_code.new_codes()
    recovery_code.replace(ada, codes, timezone.now())
    return codes


def at(steps: int) -> str:
    return pyotp.TOTP(TOTP_SEED).at(timezone.now() + dt.timedelta(seconds=30 * steps))


def test_a08_01_whoever_is_halfway_is_nobody_everywhere(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand, totp=True)
    browser = halfway().browser
    app = confidential(shop.brand)

    for path in (
        "/account/",
        "/account/security/app/add",
        "/account/security/recovery-codes",
        "/account/security/phone",
        "/admin/",
    ):
        answer = browser.get(path)
        assert answer.status_code in {302, 303, 404}, path
        assert "/sign-in/" in answer.get("Location", "/sign-in/").replace("/admin/login/", "/sign-in/"), path
    assert browser.get("/scim/v2/Users").status_code == 401
    assert browser.get("/oauth/userinfo").status_code == 401
    asked = browser.get(f"/oauth/authorize?{urlencode(app.asks(prompt='none'))}")
    assert answer_of(asked["Location"])["error"] == "login_required"
    assert not BrowserSession.objects.exists()


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("agreements", {"agree_terms": "on"}),
        ("write_down", {"written": "on"}),
        ("enrol", {"code": "000000"}),
        ("choose_password", {"password": "a password that mallory likes"}),
        ("email_code", {"code": "000000"}),
        ("recovery_code", {"code": "0000-0000-0000-0000"}),
        ("sms_code", {"code": "000000"}),
        ("", {"switch": "email_code"}),
        ("", {"switch": "sms_code"}),
        ("", {"switch": "recovery_code"}),
        ("", {"resend": "1"}),
    ],
)
def test_a08_02_no_other_page_leads_past_the_second_step(
    shop: Kaffeehaus, step: str, fields: dict[str, str]
) -> None:
    ada = customer("ada@example.com", brand=shop.brand, totp=True)
    walker = halfway()

    answer = presses_on(walker, step, fields)

    assert answer.status_code in {200, 303}
    assert walker.open(walker.url.partition("?")[0]).heading == "Enter the code of your app"
    assert not BrowserSession.objects.exists()
    assert ada.authenticators.count() == 2


@pytest.mark.parametrize("door", ["/sign-in/", "/register/"])
def test_a08_03_every_door_asks_for_it(shop: Kaffeehaus, door: str) -> None:
    customer("ada@example.com", brand=shop.brand, totp=True)
    walker = Walker().open(door).send(identifier="ada@example.com")
    if walker.heading == "Enter your password":
        walker.press("Send me a code by e-mail")

    walker.send(code=code_for("ada@example.com"))

    assert walker.heading == "Enter the code of your app"
    assert not BrowserSession.objects.exists()


def test_a08_05_a_code_works_once_in_one_browser_and_in_two(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand, totp=True)
    one, two, code = halfway(), halfway(), totp_code()

    one.send(code=code)
    two.send(code=code)

    assert one.heading == "Terms and your choices"
    assert "wrong or was used" in two.text
    assert "wrong or was used" in halfway().send(code=code).text


@pytest.mark.parametrize(("steps", "works"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a08_07_one_step_of_drift_and_no_more(shop: Kaffeehaus, steps: int, works: bool) -> None:
    ada, now = customer(totp=True), timezone.now()
    code = pyotp.TOTP(TOTP_SEED).at(now + dt.timedelta(seconds=30 * steps))

    assert totp.redeem(ada, code, now) is works


def test_a08_07_a_code_burns_every_step_before_it(shop: Kaffeehaus) -> None:
    ada, now = customer(totp=True), timezone.now()
    generator = pyotp.TOTP(TOTP_SEED)
    later = generator.at(now + dt.timedelta(seconds=30))

    assert totp.redeem(ada, later, now)
    assert not totp.redeem(ada, generator.at(now), now)
    assert not totp.redeem(ada, generator.at(now - dt.timedelta(seconds=30)), now)
    assert not totp.redeem(ada, later, now)


@pytest.mark.usefixtures("unchallenged")
def test_a08_08_guesses_are_counted_over_all_factors_and_sign_ins(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand, totp=True)
    with_codes(ada)
    wrong = "000000" if totp_code() != "000000" else "111111"

    for _sign_in in range(3):
        walker = halfway()
        for _try in range(3):
            walker.send(code=wrong)
        walker.press("Use a recovery code")
        for _try in range(2):
            walker.send(code="0000-0000-0000-0000")
            assert walker.status == 200
        walker.send(code="0000-0000-0000-0000")
        assert walker.status == 429, "five in a sign-in"
    walker = halfway().send(code=at(0))

    assert walker.status == 429, "fifteen an hour, and five more for browsers that she knows"
    assert not BrowserSession.objects.exists()


@pytest.mark.parametrize(
    "odd", ["", " ", "0", "00000", "0000000", "\uff10" * 6, "\u0660" * 6, "-00001", "1e5", "null", "9" * 20]
)
def test_a08_09_odd_codes_are_wrong_codes(shop: Kaffeehaus, odd: str) -> None:
    customer("ada@example.com", brand=shop.brand, totp=True)

    walker = halfway().send(code=odd)

    assert walker.status == 200
    assert walker.heading == "Enter the code of your app"


def test_a08_10_a_secret_counts_only_once_confirmed_and_is_never_shown_again(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand)
    walker = halfway().send(agree_terms="on").open("/account/security/app/add").send()
    device = Authenticator.objects.get(account=ada, kind=Kind.TOTP)
    seed, page = device.seed or "", walker.url
    assert not totp.redeem(ada, pyotp.TOTP(seed).now(), timezone.now())

    walker.send(code=pyotp.TOTP(seed).now())

    for path in (page, f"/account/security/app/{device.pk}", "/account/", "/account/security/app/add"):
        text = walker.open(path).response.content.decode()
        assert seed[:8] not in text.replace(" ", "").replace("</span><span>", ""), path
        assert "data:image/svg" not in text, path


def test_a08_15_a_stolen_cookie_adds_and_removes_nothing(shop: Kaffeehaus) -> None:
    """A session whose proofs are older than ten minutes."""
    ada = customer("ada@example.com", brand=shop.brand, totp=True)
    walker = halfway().send(code=totp_code()).send(agree_terms="on")
    for session in BrowserSession.objects.all():
        for proof in session.proofs:
            proof["at"] = (timezone.now() - dt.timedelta(minutes=11)).isoformat()
        session.save()
    device = ada.authenticators.get(kind=Kind.TOTP)
    walker.browser.handler.enforce_csrf_checks = False

    for path in (
        "app/add",
        f"app/{device.pk}",
        f"app/{device.pk}/remove",
        "recovery-codes",
        "phone/remove",
    ):
        answer = walker.browser.post(f"/account/security/{path}", {"label": "Mallory's"})
        assert answer.status_code in {302, 303}, path
        assert "/sign-in/" in answer["Location"], path
    assert [(row.kind, row.label) for row in ada.authenticators.order_by("kind")] == [
        ("password", ""),
        ("totp", ""),
    ]


def test_a08_16_before_the_password_nothing_tells_of_factors(shop: Kaffeehaus, settings: Settings) -> None:
    settings.SMS_GATEWAY = "twilio"
    offers_texts(shop.brand)
    pages = []
    ada = has_phone(customer("ada@example.com", brand=shop.brand, totp=True), second=True)
    with_codes(ada)
    for name in ("ada", "nobody"):
        walker = Walker().open("/sign-in/").send(identifier=f"{name}@example.com")
        wrong = Walker(browser=walker.browser, url=walker.url, response=walker.response)
        pages.append((shown(walker.response), shown(wrong.send(password="wrong wrong").response)))

    assert pages[0] == pages[1]
    assert not TextMessage.objects.exists()


def test_a08_17_nobody_swaps_the_account_between_the_steps(shop: Kaffeehaus) -> None:
    """Mallory's password and Mallory's code never end as Ada."""
    customer("ada@example.com", brand=shop.brand, totp=True)
    mallory = customer("mallory@example.com", brand=shop.brand, password="a password that mallory likes")
    seed = totp.new_seed()
    Authenticator.objects.create(account=mallory, kind=Kind.TOTP, seed=seed, confirmed_at=timezone.now())
    walker = Walker().open("/sign-in/").send(identifier="mallory@example.com")
    walker.send(password="a password that mallory likes")

    presses_on(walker, "identify", {"identifier": "ada@example.com"})
    walker.open(walker.url.partition("?")[0]).send(code=pyotp.TOTP(seed).now())

    assert SignIn.objects.get().account_id == mallory.pk
    assert "ada" not in walker.text


def test_a08_18_a_token_tells_what_this_session_has_proven(shop: Kaffeehaus) -> None:
    """A second factor that the account got later makes no earlier session stronger."""
    ada = customer("ada@example.com", brand=shop.brand)
    app = confidential(shop.brand)
    walker = halfway().send(agree_terms="on")

    def level() -> str:
        told = app.redeem(answer_of(walker.url)["code"]).json()
        assert userinfo(told["access_token"]).status_code == 200
        return str(opened(told["id_token"]).claims["acr"])

    walker.open(f"/oauth/authorize?{urlencode(app.asks())}")
    assert level() == "urn:ciam:acr:1"
    Authenticator.objects.create(account=ada, kind=Kind.TOTP, seed=TOTP_SEED, confirmed_at=timezone.now())
    walker.open(f"/oauth/authorize?{urlencode(app.asks())}")
    assert walker.heading == "Enter the code of your app"
    walker.send(code=totp_code())
    assert level() == "urn:ciam:acr:2"


def test_a08_19_operators_get_in_by_no_weaker_factor(shop: Kaffeehaus, settings: Settings) -> None:
    settings.SMS_GATEWAY = "twilio"
    offers_texts(shop.brand)
    operator("olga@example.com")
    walker = Walker().open("/admin/").send(identifier="olga@example.com").send(password=PASSWORD)

    for method in ("sms_code", "email_code", "recovery_code"):
        presses_on(walker, "", {"switch": method})

    assert walker.open(walker.url.partition("?")[0]).heading == "Enter the code of your app"
    assert Counter.objects.count() < 10
