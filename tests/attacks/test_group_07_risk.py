"""Guessing and lockout (group 7): what a stranger can make of the judging of sign-ins."""

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from auth_flows.models import Assessment, BrowserSession, SignIn
from auth_flows.risk import failures
from ciam.lib.throttle import hit
from tests.auth_flows.risk.scene import ADA, at, enters_password, has_device, is_in
from tests.geography import SYDNEY, VIENNA, write_map
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _world(settings: Settings, tmp_path: Path) -> None:
    settings.GEOIP_FILE = str(write_map(tmp_path / "world.mmdb"))


def newest() -> Assessment:
    return Assessment.objects.latest("id")


@pytest.mark.parametrize("is_hers", [True, False])
def test_a07_08_a_thousand_failures_of_others_ask_no_more_of_the_owner(
    shop: Kaffeehaus, is_hers: bool
) -> None:
    ada = customer(ADA, brand=shop.brand)
    walker = at(VIENNA)
    has_device(ada, walker if is_hers else None)
    for _try in range(1_000):
        hit(failures.ON_ACCOUNT, str(ada.pk), timezone.now())

    enters_password(walker).send(agree_terms="on")

    assert newest().facts["failures_on_account"] == 1_000
    assert newest().outcome == "allow"
    assert is_in(walker)


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "cf-connecting-ip"]
)
def test_nobody_says_themselves_where_they_are(shop: Kaffeehaus, header: str) -> None:
    ada = customer(ADA, brand=shop.brand)
    has_device(ada, country="AT")
    walker = at(SYDNEY)
    walker.browser.defaults[f"HTTP_{header.upper().replace('-', '_')}"] = VIENNA

    enters_password(walker)

    assert newest().facts["country"] == "AU"
    assert walker.heading == "Check your mail"


@pytest.mark.parametrize("agent", ["", "\x00", "x" * 7_000, "\ud83d\ude00", "%s{}<script>", "é"])
def test_no_header_breaks_it(shop: Kaffeehaus, agent: str) -> None:
    customer(ADA, brand=shop.brand)
    walker = at(VIENNA)
    walker.browser.defaults |= {"HTTP_USER_AGENT": agent, "HTTP_ACCEPT_LANGUAGE": agent}

    assert enters_password(walker).status == 200


def test_what_was_raised_is_not_talked_down(shop: Kaffeehaus) -> None:
    """By another tab, by going back, by another way, by proving the same again, by moving home meanwhile."""
    ada = customer(ADA, brand=shop.brand)
    has_device(ada, country="AT")
    walker = enters_password(at(SYDNEY))
    page = walker.url
    row = SignIn.objects.latest("id")

    walker.browser.defaults["REMOTE_ADDR"] = VIENNA
    for posted in (
        {"password": PASSWORD},
        {"switch": "password"},
        {"identifier": ADA},
        {"agree_terms": "on"},
    ):
        for step in ("password", "identify", "agreements", "profile", "email_code"):
            walker.browser.post(f"/sign-in/{row.pk}/?step={step}", posted)
    Walker(browser=walker.browser).open("/sign-in/?next=/account/")
    Walker(browser=walker.browser).open(f"/sign-in/{row.pk}/?intent=register")

    assert not BrowserSession.objects.exists()
    assert walker.open(page).heading == "Check your mail"
    walker.send(code=code_for(ADA)).send(agree_terms="on")
    assert is_in(walker)


def test_a_wrong_try_is_not_judged_and_shows_nothing_of_it(shop: Kaffeehaus) -> None:
    """Before the first proof every page is the same, wherever it is asked from."""
    ada = customer(ADA, brand=shop.brand)
    has_device(ada, country="AT")

    walker = at(SYDNEY).open("/sign-in/").send(identifier=ADA).send(password="wrong wrong")

    assert "device" not in walker.text
    assert "country" not in walker.text
    assert not Assessment.objects.exists()
