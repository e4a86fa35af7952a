"""Sessions, cookies, CSRF (open set, group 12; A01.18, A11.05): what a session is worth, and for how long."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import RequestFactory

from accounts import events, privacy
from accounts.events import SYSTEM, Actor, Change, EventType
from accounts.memberships import set_status
from accounts.models import Account, Membership, MembershipStatus
from auth_flows.models import Authenticator, BrowserSession, Device, RefreshToken
from auth_flows.sessions import SessionStore, keep_only_this
from auth_flows.start import BROWSER_COOKIE
from ciam.lib.crypto import new_token
from tests.auth_flows.arriving import ADA, agrees, arrives, browser, gives_password, is_signed_in
from tests.auth_flows.oidc.apps import App, answer_of, confidential, userinfo
from tests.clock import Clock
from tests.people import PASSWORD, TOTP_SEED, Kaffeehaus, customer, operator
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

SESSION = "__Host-ciam"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def tokens_of(walker: Walker, app: App) -> dict[str, str]:
    walker.open(f"/oauth/authorize?{urlencode(app.asks())}")
    told: dict[str, str] = app.redeem(answer_of(walker.url)["code"]).json()
    return told


@pytest.mark.parametrize("planted", ["mallorys", "x" * 43, new_token(), ""])
def test_a12_01_a_session_cookie_that_was_set_before_is_never_taken_over(
    shop: Kaffeehaus, planted: str
) -> None:
    customer(ADA, brand=shop.brand)
    walker = Walker(browser=browser())
    walker.browser.cookies[SESSION] = planted

    agrees(gives_password(walker))

    assert is_signed_in(walker)
    assert walker.browser.cookies[SESSION].value != planted
    mallory = Walker(browser=browser())
    mallory.browser.cookies[SESSION] = planted
    assert not is_signed_in(mallory)


def test_a12_01_the_session_of_somebody_else_in_this_browser_ends_with_a_sign_in(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    customer("mallory@example.com", brand=shop.brand)
    mallory = arrives("mallory@example.com")
    planted = mallory.browser.cookies[SESSION].value
    walker = Walker(browser=browser())
    walker.browser.cookies[SESSION] = planted

    agrees(walker.open("/register/").send(identifier=ADA).send(code=code_for(ADA)))

    assert walker.browser.cookies[SESSION].value != planted
    assert ADA in walker.open("/account/").text
    assert not is_signed_in(mallory)


def test_a12_01_the_key_changes_at_sign_in_at_the_second_step_and_when_proven_again(
    shop: Kaffeehaus, clock: Clock
) -> None:
    ada = customer(ADA, brand=shop.brand)
    app = confidential(shop.brand, least_level=1)
    walker = arrives()
    keys = [walker.browser.cookies[SESSION].value]

    clock.passes(minutes=1)
    walker.open(f"/oauth/authorize?{urlencode(app.asks(prompt='login'))}").send(password=PASSWORD)
    keys.append(walker.browser.cookies[SESSION].value)
    Authenticator.objects.create(account=ada, kind="totp", seed=TOTP_SEED, confirmed_at=clock.now)
    clock.passes(minutes=1)
    walker.open(f"/oauth/authorize?{urlencode(app.asks(acr_values='urn:ciam:acr:2'))}")
    assert walker.heading == "Enter the code of your app"
    walker.send(code=clock.totp_code())
    keys.append(walker.browser.cookies[SESSION].value)

    assert len(set(keys)) == 3
    for old in keys[:-1]:
        thief = Walker(browser=browser())
        thief.browser.cookies[SESSION] = old
        assert not is_signed_in(thief)
    assert is_signed_in(walker)


def test_a12_02_every_cookie_is_bound_to_this_host_over_tls_and_hidden_from_scripts(
    shop: Kaffeehaus, clock: Clock
) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    walker = gives_password(Walker(browser=browser()))
    agrees(walker.send(code=clock.totp_code(), trust_device="on")).open("/account/")

    cookies = walker.browser.cookies

    assert set(cookies) == {SESSION, BROWSER_COOKIE, "__Host-ciam-csrf"}
    for name, cookie in cookies.items():
        assert name.startswith("__Host-")
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] in {"Lax", "Strict"}, name
        assert cookie["path"] == "/", name
        assert not cookie["domain"], name


def test_a12_03_a_customers_session_rests_for_fourteen_days_and_lives_for_thirty(
    shop: Kaffeehaus, clock: Clock
) -> None:
    customer(ADA, brand=shop.brand)
    walker = arrives()

    for _day in range(29):
        clock.passes(days=1)
        assert is_signed_in(walker)
    clock.passes(days=1, seconds=1)
    assert not is_signed_in(walker)
    again = arrives()
    clock.passes(days=14, seconds=1)
    assert not is_signed_in(again)


@pytest.mark.parametrize(("rest", "visits"), [({"hours": 1, "seconds": 61}, 1), ({"minutes": 50}, 29)])
def test_a12_03_rights_of_two_proofs_last_a_day_and_not_over_an_hours_rest(
    shop: Kaffeehaus, clock: Clock, rest: dict[str, float], visits: int
) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    app = confidential(shop.brand, least_level=2)
    walker = gives_password(Walker(browser=browser()))
    agrees(walker.send(code=clock.totp_code()))
    asks = f"/oauth/authorize?{urlencode(app.asks())}"
    assert "code" in answer_of(walker.open(asks).url)

    for _visit in range(visits):
        clock.passes(**rest)
        assert is_signed_in(walker)

    assert walker.open(asks).heading == "Enter your password"


def test_a12_03_an_operators_session_rests_for_fifteen_minutes_and_lives_for_twelve_hours(
    shop: Kaffeehaus, clock: Clock
) -> None:
    operator("olga@example.com")
    walker = gives_password(Walker(browser=browser()), "olga@example.com", "/admin/")
    walker.send(code=clock.totp_code())
    assert walker.url == "/admin/"

    for _visit in range(71):
        clock.passes(minutes=10)
        assert walker.browser.get("/admin/").status_code == 200
    clock.passes(minutes=11)
    assert walker.browser.get("/admin/").status_code != 200
    again = gives_password(Walker(browser=browser()), "olga@example.com", "/admin/")
    again.send(code=clock.totp_code())
    clock.passes(minutes=15, seconds=1)
    assert again.browser.get("/admin/").status_code != 200


def suspend(ada: Account) -> None:
    with transaction.atomic():
        Account.objects.locked([ada.pk])
        Account.objects.filter(pk=ada.pk).update(status="suspended")
        events.record([Change(EventType.ACCOUNT_SUSPENDED, ada.pk, Actor("operator", "olga"))])


ENDS: dict[str, Callable[[Account], object]] = {
    "account suspended": suspend,
    "account being erased": lambda ada: Account.objects.filter(pk=ada.pk).update(status="erasing"),
    "account erased": lambda ada: privacy.erase([ada.pk], SYSTEM, ada.created_at),
    "member suspended, as by SCIM active=false": lambda ada: set_status(
        Membership.objects.get(account=ada), MembershipStatus.SUSPENDED, Actor("website", "site-1")
    ),
    "member left": lambda ada: set_status(
        Membership.objects.get(account=ada), MembershipStatus.ENDED, Actor("website", "site-1")
    ),
}


@pytest.mark.parametrize("end", sorted(ENDS))
def test_a12_04_whoever_is_out_is_out_at_every_door_on_the_next_request(shop: Kaffeehaus, end: str) -> None:
    ada = customer(ADA, brand=shop.brand)
    app = confidential(shop.brand)
    walker = arrives()
    tokens = tokens_of(walker, app)
    walker.open(f"/oauth/authorize?{urlencode(app.asks())}")
    code = answer_of(walker.url)["code"]
    waiting = gives_password(Walker(browser=browser()))
    assert waiting.heading.startswith("Hello")
    assert userinfo(tokens["access_token"]).status_code == 200

    ENDS[end](ada)

    assert not is_signed_in(walker)
    for path in ("/account/", "/account/sign-ins/", "/account/consents/receipts"):
        assert walker.browser.get(path).status_code != 200, path
    assert userinfo(tokens["access_token"]).status_code == 401
    assert app.introspect(tokens["access_token"]) == {"active": False}
    assert app.refresh(tokens["refresh_token"]).status_code == 400
    assert app.redeem(code).status_code == 400
    silent = walker.open(f"/oauth/authorize?{urlencode(app.asks(prompt='none'))}")
    assert answer_of(silent.url)["error"] == "login_required"
    again = gives_password(Walker(browser=browser()))
    assert end == "member left" or not is_signed_in(again)


def test_a11_05_a_changed_password_ends_other_sessions_refresh_tokens_and_trust(
    shop: Kaffeehaus, clock: Clock
) -> None:
    """What every door that changes a way to sign in calls: this browser stays, under a new key."""
    ada = customer(ADA, brand=shop.brand, totp=True)
    app = confidential(shop.brand)
    walkers = []
    for _browser in range(2):
        clock.passes(minutes=1)
        walker = gives_password(Walker(browser=browser()))
        walkers.append(agrees(walker.send(code=clock.totp_code(), trust_device="on")))
    mine, other = walkers
    tokens = tokens_of(other, app)
    request = RequestFactory().get("/")
    request.session = SessionStore(mine.browser.cookies[SESSION].value)

    keep_only_this(request, Actor("customer", str(ada.pk)))
    mine.browser.cookies[SESSION] = str(request.session.session_key)

    assert is_signed_in(mine)
    assert not is_signed_in(other)
    assert app.refresh(tokens["refresh_token"]).status_code == 400
    assert userinfo(tokens["access_token"]).status_code == 401
    assert not RefreshToken.objects.exists()
    assert not Device.objects.filter(trusted_until__isnull=False).exists()
    assert BrowserSession.objects.count() == 1
