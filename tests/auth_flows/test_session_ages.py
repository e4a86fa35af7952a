"""For how long a session and what it has proven count."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.events import Actor
from accounts.models import Account
from auth_flows import policies
from auth_flows.assurance import Method, Proof, acr, amr, level, proven_at, standing
from auth_flows.facts import Facts, Person, next_method
from auth_flows.models import BrowserSession, RefreshToken, SignInPolicy
from auth_flows.requirement import Need
from auth_flows.sessions import SessionStore, keep_only_this, proofs_of, session_of
from tests.auth_flows.arriving import ADA, IPHONE, agrees, arrives, browser, gives_password, is_signed_in
from tests.auth_flows.oidc.apps import answer_of, confidential, opened
from tests.clock import Clock
from tests.people import Kaffeehaus, customer
from tests.walking import Walker

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
BOTH = (Proof(Method.PASSWORD, NOON), Proof(Method.TOTP, NOON))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    return Clock(monkeypatch)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("later", "seen", "expected"),
    [
        (24 * HOUR, 24 * HOUR, 2),
        (24 * HOUR + dt.timedelta(seconds=1), 24 * HOUR, 1),
        (HOUR, dt.timedelta(), 2),
        (HOUR + dt.timedelta(seconds=1), dt.timedelta(), 1),
        (24 * 30 * HOUR, 24 * 30 * HOUR, 1),
    ],
)
def test_two_proofs_make_a_level_2_for_a_day_and_while_nobody_rests(
    later: dt.timedelta, seen: dt.timedelta, expected: int
) -> None:
    found = standing(BOTH, NOON + later, NOON + seen)

    assert level(found) == expected
    assert acr(found) == f"urn:ciam:acr:{expected}"
    assert ("mfa" in amr(found)) == (expected == 2)
    assert proven_at(found) == NOON


def test_what_is_stale_stays_so_also_when_the_browser_is_seen_again() -> None:
    rested = standing(BOTH, NOON + 2 * HOUR, NOON)
    stored = [Proof.from_json(proof.as_json()) for proof in rested]

    assert level(standing(stored, NOON + 2 * HOUR, NOON + 2 * HOUR)) == 1


def test_a_stale_proof_makes_no_level_2_with_a_fresh_one() -> None:
    old = standing(BOTH[:1], NOON + 48 * HOUR, NOON + 48 * HOUR)
    mixed = (*old, Proof(Method.TOTP, NOON + 48 * HOUR))

    assert level(mixed) == 1
    assert amr(mixed) == ["otp"]


def test_a_journey_to_level_2_asks_for_both_again_and_one_to_level_1_for_nothing() -> None:
    ada = Person(True, True, frozenset({Method.PASSWORD, Method.TOTP}), frozenset({Method.TOTP}))
    facts = Facts(identifier=True, person=ada, proofs=standing(BOTH, NOON + 25 * HOUR, NOON + 25 * HOUR))

    assert next_method(facts, Need(1)) is None
    assert next_method(facts, Need(2)) == Method.PASSWORD


@pytest.mark.django_db
def test_a_token_by_an_old_session_tells_what_it_is_worth(shop: Kaffeehaus, clock: Clock) -> None:
    """And an app that wants more gets it anew: acr, amr and auth_time speak of that."""
    customer(ADA, brand=shop.brand, totp=True)
    app = confidential(shop.brand)
    began = clock.now
    walker = gives_password(Walker(browser=browser()))
    agrees(walker.send(code=clock.totp_code()))
    clock.passes(hours=2)

    def claims(**more: str) -> dict[str, object]:
        walker.open(f"/oauth/authorize?{urlencode({**app.asks(), **more})}")
        if walker.heading == "Enter your password":
            walker.send(password="correct horse battery").send(code=clock.totp_code())
        return dict(opened(app.redeem(answer_of(walker.url)["code"]).json()["id_token"]).claims)

    first = claims()
    assert (first["acr"], first["amr"]) == ("urn:ciam:acr:1", ["otp", "pwd"])
    assert first["auth_time"] == int(began.timestamp())
    again = claims(acr_values="urn:ciam:acr:2")
    assert (again["acr"], again["amr"]) == ("urn:ciam:acr:2", ["otp", "pwd", "mfa"])
    assert again["auth_time"] == int(clock.now.timestamp())


@pytest.mark.django_db
def test_a_session_is_looked_up_in_one_query_with_account_epoch_and_brand(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = arrives()
    request = RequestFactory().get("/")
    request.session = SessionStore(walker.browser.cookies["__Host-ciam"].value)

    with CaptureQueriesContext(connection) as captured:
        session = session_of(request)
        assert session is not None
        assert session.account.realm == "customer"
        assert session.brand is not None
        assert proofs_of(session)

    assert len(captured) == 1


@pytest.mark.django_db
def test_a_brand_decides_how_long_its_sessions_rest_and_live(shop: Kaffeehaus, clock: Clock) -> None:
    SignInPolicy.objects.create(brand=shop.brand, session_idle_hours=1, session_longest_hours=3)
    customer(ADA, brand=shop.brand)
    walker = arrives()

    for _visit in range(3):
        clock.passes(minutes=55)
        assert is_signed_in(walker)
    clock.passes(minutes=20)
    assert not is_signed_in(walker), "three hours are over"
    again = arrives()
    clock.passes(minutes=61)
    assert not is_signed_in(again), "it rested for an hour"


@pytest.mark.django_db
def test_a_stricter_policy_holds_for_sessions_that_live(shop: Kaffeehaus, clock: Clock) -> None:
    customer(ADA, brand=shop.brand)
    walker = arrives()
    SignInPolicy.objects.create(brand=shop.brand, session_idle_hours=24, session_longest_hours=24)
    policies.forget_cached()

    clock.passes(hours=20)
    assert is_signed_in(walker)
    clock.passes(hours=5)
    assert not is_signed_in(walker)


@pytest.mark.django_db
def test_no_policy_makes_a_session_longer_than_thirty_days(shop: Kaffeehaus, clock: Clock) -> None:
    SignInPolicy.objects.create(brand=shop.brand, session_idle_hours=24 * 300, session_longest_hours=24 * 300)
    customer(ADA, brand=shop.brand)

    arrives()

    session = BrowserSession.objects.get()
    assert session.ends_at - clock.now <= dt.timedelta(days=30)
    assert session.idle_ends_at - clock.now <= dt.timedelta(days=14)


@pytest.mark.django_db
def test_to_sign_out_everywhere_else_leaves_this_browser_alone_under_a_new_key(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    app = confidential(shop.brand)
    here, there = arrives(), arrives(agent=IPHONE)
    tokens = {}
    for name, walker in (("here", here), ("there", there)):
        walker.open(f"/oauth/authorize?{urlencode(app.asks())}")
        tokens[name] = app.redeem(answer_of(walker.url)["code"]).json()
    key = here.browser.cookies["__Host-ciam"].value
    third = arrives()

    here.open("/account/").press("Sign out everywhere else")

    assert here.heading.startswith("Hello")
    assert here.browser.cookies["__Host-ciam"].value != key
    assert BrowserSession.objects.get().account == ada
    assert not is_signed_in(there)
    assert not is_signed_in(third)
    for name in ("here", "there"):
        assert app.refresh(tokens[name]["refresh_token"]).status_code == 400
        assert app.introspect(tokens[name]["access_token"]) == {"active": False}
    assert RefreshToken.objects.count() == 0
    here.open(f"/oauth/authorize?{urlencode(app.asks())}")
    assert "code" in answer_of(here.url), "and apps sign in silently again"


@pytest.mark.django_db
def test_to_sign_out_everywhere_means_here_too(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    here, there = arrives(), arrives(agent=IPHONE)

    here.open("/account/").press("Sign out everywhere, here too")

    assert not is_signed_in(here)
    assert not is_signed_in(there)


@pytest.mark.django_db
def test_one_session_is_ended_by_its_button_and_anothers_by_nobody(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    customer("mallory@example.com", brand=shop.brand)
    here, there = arrives(), arrives(agent=IPHONE)
    mallory = arrives("mallory@example.com")
    session = BrowserSession.objects.get(agent=IPHONE)
    path = f"/account/sessions/{session.pk}/end"
    token = mallory.open("/account/").value("csrfmiddlewaretoken")
    assert mallory.browser.post(path, {"csrfmiddlewaretoken": token}).status_code == 404

    rows = here.open("/account/").soup.select("#sessions li.row")
    names = [row.h3.get_text() for row in rows if row.h3]
    assert names == ["Firefox on Linux", "Safari on iPhone"]
    assert "This device" in rows[0].get_text(" ", strip=True)
    here.browser.post(path, {"csrfmiddlewaretoken": here.value("csrfmiddlewaretoken")})

    assert is_signed_in(here)
    assert not is_signed_in(there)


@pytest.mark.django_db
def test_a_renewed_session_is_no_younger(shop: Kaffeehaus, clock: Clock) -> None:
    ada = customer(ADA, brand=shop.brand)
    walker = arrives()
    ends_at = BrowserSession.objects.get().ends_at
    clock.passes(hours=5)
    request = RequestFactory().get("/")
    request.session = SessionStore(walker.browser.cookies["__Host-ciam"].value)

    renewed = keep_only_this(request, Actor("customer", str(ada.pk)))

    renewed.refresh_from_db()
    assert renewed.ends_at == ends_at
    assert [proof.stale for proof in proofs_of(renewed, timezone.now())] == [True]
    assert renewed.epoch == Account.objects.get().session_epoch
