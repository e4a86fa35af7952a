"""Every proof of a customer is weighed, once, before anybody is signed in."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from auth_flows.assurance import Method, Proof
from auth_flows.draft import Draft
from auth_flows.finish import NotYet, finish
from auth_flows.models import Assessment, BrowserSession, SignIn, SignInPolicy
from auth_flows.risk.weighing import is_due, weigh
from auth_flows.walk import Walk
from tests.auth_flows.risk.scene import ADA, at, enters_password, is_in
from tests.geography import VIENNA, write_map
from tests.people import PASSWORD, Kaffeehaus, customer, operator, totp_code
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _world(settings: Settings, tmp_path: Path) -> None:
    settings.GEOIP_FILE = str(write_map(tmp_path / "world.mmdb"))


def newest() -> Assessment:
    return Assessment.objects.latest("id")


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

    # The account, its devices, its earlier sign-ins, counters, the brand's policy, what is kept: six, and
    # what the counters of this browser go by.
    assert len(queries) <= 8, [query["sql"] for query in queries]
    with CaptureQueriesContext(connection) as queries:
        weigh(walk)
    assert len(queries) == 0
