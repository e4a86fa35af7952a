"""What risk does to a sign-in, as people walk it."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.events import EventType
from accounts.models import Event
from auth_flows.draft import Draft
from auth_flows.models import Assessment, BrowserSession, SignIn, SignInPolicy
from auth_flows.risk.facts import RiskFacts
from tests.auth_flows.risk.scene import ADA, at, enters_password, has_device, is_in, moved
from tests.geography import SYDNEY, VIENNA, write_map
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import code_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _world(settings: Settings, tmp_path: Path) -> None:
    settings.GEOIP_FILE = str(write_map(tmp_path / "world.mmdb"))


def newest() -> Assessment:
    return Assessment.objects.latest("id")


def draft() -> Draft:
    return Draft.from_text(SignIn.objects.latest("id").draft)


def test_a_new_device_in_a_new_country_raises_what_is_asked(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    has_device(ada, country="AT")

    walker = enters_password(at(SYDNEY))

    assert walker.heading == "Check your mail"
    assert "unlike your others" in walker.text
    assert "You haven't signed in with this device before." in walker.text
    assert "You haven't signed in from this country before." in walker.text
    assert not BrowserSession.objects.exists()
    kept = newest()
    assert (kept.outcome, kept.score, kept.account_id, kept.brand_id) == (
        "ask_more",
        65,
        ada.pk,
        shop.brand.pk,
    )
    assert kept.reasons[:2] == [
        {"rule": "new_country", "points": 35},
        {"rule": "new_device", "points": 25},
    ]

    walker.send(code=code_for(ADA)).send(agree_terms="on")
    assert is_in(walker)


@pytest.mark.parametrize(("where", "is_hers"), [(SYDNEY, True), (VIENNA, False)])
def test_a_known_device_abroad_and_a_new_one_at_home_come_in_as_ever(
    shop: Kaffeehaus, where: str, is_hers: bool
) -> None:
    ada = customer(ADA, brand=shop.brand)
    walker = at(where)
    has_device(ada, walker if is_hers else None, country="AT")

    enters_password(walker).send(agree_terms="on")

    assert is_in(walker)


def test_a_first_sign_in_has_nothing_to_be_unlike(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)

    walker = enters_password(at(SYDNEY)).send(agree_terms="on")

    assert is_in(walker)
    assert newest().facts["country"] == "AU"
    assert "new_country" not in newest().facts


def test_nobody_is_asked_for_more_than_they_have(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand, password=None)
    has_device(ada, country="AT")
    walker = at(SYDNEY).open("/sign-in/").send(identifier=ADA).press("Send me a code by e-mail")

    walker.send(code=code_for(ADA)).send(agree_terms="on")

    assert newest().outcome == "ask_more"
    assert is_in(walker)


def test_nobody_is_at_both_ends_of_the_world_within_an_hour(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = enters_password(at(VIENNA)).send(agree_terms="on")
    assert is_in(walker)

    enters_password(moved(walker, SYDNEY))

    assert walker.heading == "Check your mail"
    assert "impossible_travel" in {reason["rule"] for reason in newest().reasons}
    assert newest().facts["travelled_km"] == pytest.approx(15_900, abs=200)


def test_a_country_where_somebody_got_half_way_is_not_known(shop: Kaffeehaus) -> None:
    """Mallory, who has the password alone, makes no habit of hers."""
    ada = customer(ADA, brand=shop.brand, totp=True)
    has_device(ada, country="AT")
    for _try in range(3):
        assert enters_password(at(SYDNEY)).heading == "Enter the code of your app"

    assert newest().facts["new_country"]
    assert "travelled_km" not in newest().facts


def test_a_refusal_is_kept_told_and_for_this_sign_in_alone(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    mine = at(VIENNA)
    has_device(ada, mine)
    version = ada.version
    SignInPolicy.objects.create(brand=shop.brand, risk={"thresholds": {"ask_more": None, "refuse": 60}})

    walker = enters_password(at(SYDNEY))

    assert walker.heading == "This can't go on"
    assert "a device and a network that you have used before" in walker.text
    assert not BrowserSession.objects.exists()
    event = Event.objects.get(type=EventType.SIGN_IN_REFUSED)
    assert (event.account_id, event.brand_id, event.actor_kind) == (ada.pk, shop.brand.pk, "system")
    ada.refresh_from_db()
    assert ada.version > version
    assert walker.open(walker.url).heading == "This can't go on"
    walker.browser.post(f"{walker.url}?step=email_code", {"code": "123456"})
    assert not BrowserSession.objects.exists()
    assert is_in(enters_password(mine).send(agree_terms="on")), "with a device of hers she comes in"


def test_a_challenge_is_noted_for_whoever_shows_it(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    has_device(ada)
    SignInPolicy.objects.create(brand=shop.brand, risk={"thresholds": {"challenge": 25}})

    enters_password(at(VIENNA))

    assert newest().outcome == "challenge"
    assert draft().challenge


def test_a_shadow_policy_is_judged_beside_and_never_acted_on(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    has_device(ada)
    SignInPolicy.objects.create(brand=shop.brand, shadow_risk={"weights": {"new_device": 500}})

    walker = enters_password(at(VIENNA)).send(agree_terms="on")

    assert is_in(walker)
    kept = newest()
    assert (kept.outcome, kept.shadow_outcome) == ("allow", "refuse")
    assert kept.shadow_score == kept.score + 475
    assert {"rule": "new_device", "points": 500} in (kept.shadow_reasons or [])


def test_without_a_shadow_policy_nothing_is_judged_beside(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)

    enters_password(at())

    assert (newest().shadow_score, newest().shadow_outcome) == (None, "")


@pytest.mark.usefixtures("unchallenged")
def test_failed_tries_count_although_the_next_one_is_right(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = at().open("/sign-in/").send(identifier=ADA)
    for _try in range(5):
        walker.send(password="wrong wrong")

    walker.send(password=PASSWORD)

    assert newest().facts["failures_on_account"] == 5
    assert newest().facts["failures_on_address"] == 5
    assert "failures_on_account" in {reason["rule"] for reason in newest().reasons}


def test_facts_are_the_same_without_a_map(shop: Kaffeehaus, settings: Settings) -> None:
    settings.GEOIP_FILE = "/nowhere/world.mmdb"
    ada = customer(ADA, brand=shop.brand)
    has_device(ada, country="AT")

    assert is_in(enters_password(at(SYDNEY)).send(agree_terms="on"))
    assert RiskFacts.from_json(newest().facts).country == ""
