"""What risk does to a sign-in, as people walk it."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.events import EventType
from accounts.models import Event
from auth_flows.assurance import Method, Proof
from auth_flows.draft import Draft
from auth_flows.finish import NotYet, finish
from auth_flows.models import Assessment, BrowserSession, SignIn, SignInPolicy
from auth_flows.risk.facts import RiskFacts
from auth_flows.risk.weighing import is_due, weigh
from auth_flows.walk import Walk
from tests.auth_flows.risk.scene import ADA, at, enters_password, has_device, is_in, moved
from tests.geography import SYDNEY, VIENNA, write_map
from tests.people import PASSWORD, Kaffeehaus, customer, operator, totp_code
from tests.walking import Walker, code_for

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
    assert {"rule": "new_device", "points": 500} in kept.shadow_reasons


def test_without_a_shadow_policy_nothing_is_judged_beside(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)

    enters_password(at())

    assert (newest().shadow_score, newest().shadow_outcome) == (None, "")


def test_a_policy_that_cannot_be_read_stops_nobody(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    SignInPolicy.objects.create(brand=shop.brand, risk={"nonsense": 1}, shadow_risk=["nonsense"])

    assert is_in(enters_password(at()).send(agree_terms="on"))
    assert newest().shadow_outcome == ""


def test_every_proof_is_weighed(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand, totp=True)

    enters_password(at()).send(code=totp_code()).send(agree_terms="on")

    methods = [row.facts["methods"] for row in Assessment.objects.order_by("id")]
    assert methods == [["password"], ["password", "totp"]]


def test_a_registration_is_weighed(shop: Kaffeehaus) -> None:
    walker = at(VIENNA).open("/register/").send(identifier="bob@example.com")

    walker.send(code=code_for("bob@example.com"))

    assert walker.heading == "About you"
    assert (newest().account_id, newest().facts["country"]) == (None, "AT")


def test_whoever_is_signed_in_passes_and_only_a_new_proof_is_weighed(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = enters_password(at()).send(agree_terms="on")
    assert Assessment.objects.count() == 1

    assert walker.open("/sign-in/?next=/account/").url == "/account/"
    assert Assessment.objects.count() == 1

    BrowserSession.objects.update(proofs=[])
    walker.open("/sign-in/").send(password=PASSWORD)
    assert Assessment.objects.count() == 2


def test_operators_are_not_weighed(shop: Kaffeehaus) -> None:
    operator("olga@example.com")

    Walker().open("/admin/").send(identifier="olga@example.com").send(password=PASSWORD)

    assert not Assessment.objects.exists()


def test_failed_tries_count_although_the_next_one_is_right(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = at().open("/sign-in/").send(identifier=ADA)
    for _try in range(5):
        walker.send(password="wrong wrong")

    walker.send(password=PASSWORD)

    assert newest().facts["failures_on_account"] == 5
    assert newest().facts["failures_on_address"] == 5
    assert "failures_on_account" in {reason["rule"] for reason in newest().reasons}


def test_what_is_kept_has_no_name_and_no_address(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)

    enters_password(at(VIENNA))

    kept = json.dumps([newest().facts, newest().reasons])
    assert not [word for word in (ADA, "ada", VIENNA, "198.51", "Vienna") if word in kept]
    assert newest().facts["degrees"] == [48, 16]


def proven(shop: Kaffeehaus) -> SignIn:
    """A sign-in of Ada's with a proof that nobody has weighed."""
    now = timezone.now()
    ada = customer(ADA, brand=shop.brand)
    return SignIn.objects.create(
        browser_hash="0" * 64,
        brand=shop.brand,
        account_id=ada.pk,
        epoch=ada.session_epoch,
        draft=Draft(said=ADA, normal=ADA).as_text(),
        proofs=[Proof(Method.PASSWORD, now).as_json()],
        expires_at=now + dt.timedelta(hours=1),
    )


def test_nobody_comes_in_by_a_proof_that_was_not_weighed(shop: Kaffeehaus) -> None:
    walk = Walk.of(proven(shop), RequestFactory().get("/"), timezone.now())
    assert is_due(walk)

    with pytest.raises(NotYet):
        finish(walk)

    assert not BrowserSession.objects.exists()
    assert SignIn.objects.filter(finished_at=None).exists()


def test_what_was_proven_elsewhere_is_weighed_before_the_next_page(shop: Kaffeehaus) -> None:
    walker = at().open("/sign-in/").send(identifier=ADA)
    row = proven(shop)
    SignIn.objects.filter(pk=row.pk).update(browser_hash=SignIn.objects.exclude(pk=row.pk).get().browser_hash)

    walker.open(f"/sign-in/{row.pk}/")

    assert Assessment.objects.get().sign_in_id == row.pk
    assert walker.heading == "Terms and your choices"
    walker.send(agree_terms="on")
    assert is_in(walker)
    assert Assessment.objects.count() == 1


def test_an_assessment_takes_few_queries(shop: Kaffeehaus) -> None:
    walk = Walk.of(proven(shop), RequestFactory().get("/"), timezone.now())

    with CaptureQueriesContext(connection) as queries:
        weigh(walk)

    # The account, its devices, its earlier sign-ins, counters, the brand's policy; and what is kept.
    assert len(queries) == 6, [query["sql"] for query in queries]
    with CaptureQueriesContext(connection) as queries:
        weigh(walk)
    assert len(queries) == 0


def test_facts_are_the_same_without_a_map(shop: Kaffeehaus, settings: Settings) -> None:
    settings.GEOIP_FILE = "/nowhere/world.mmdb"
    ada = customer(ADA, brand=shop.brand)
    has_device(ada, country="AT")

    assert is_in(enters_password(at(SYDNEY)).send(agree_terms="on"))
    assert RiskFacts.from_json(newest().facts).country == ""
