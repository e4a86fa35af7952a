"""Global Privacy Control: a browser's signal is a no to sale and advertising, unless somebody says more."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from consent import ledger
from consent.models import ConsentRecord, Decision, LawfulBasis, Method, PurposeVersion, text_hash
from consent.proofs import Report, answer
from tests.consent.reported import SITE
from tests.consent.saying import agrees, new_wording, says
from tests.people import PASSWORD, Kaffeehaus, customer, kaffeehaus, purpose
from tests.walking import Walker

pytestmark = pytest.mark.django_db

SIGNAL = {"Sec-GPC": "1"}


@pytest.fixture
def ads(shop: Kaffeehaus) -> PurposeVersion:
    return advertising(shop)


def advertising(shop: Kaffeehaus) -> PurposeVersion:
    version = purpose(shop.brand, "ads", "We may show you advertising elsewhere.", releases=["email"])
    version.purpose.heeds_gpc = True
    version.purpose.save()
    return version


@pytest.fixture
def ada(shop: Kaffeehaus, ads: PurposeVersion) -> Account:
    """A customer who has accepted the terms; whatever else she said is each test's own."""
    ada = customer("ada@example.com", brand=shop.brand)
    says(ada, shop.terms, Decision.GIVEN, timezone.now())
    return ada


def with_signal() -> Walker:
    return Walker(browser=Client(enforce_csrf_checks=True, headers=SIGNAL))


def signs_in(walker: Walker) -> Walker:
    return walker.open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)


def line(version: PurposeVersion) -> list[tuple[str, str]]:
    records = ConsentRecord.objects.filter(purpose=version.purpose).order_by("id")
    return list(records.values_list("decision", "method"))


GIVEN, NO, WITHDRAWN = (
    (Decision.GIVEN, Method.CLICK),
    (Decision.REFUSED, Method.SIGNAL),
    (Decision.WITHDRAWN, Method.SIGNAL),
)


def test_a_sign_in_with_the_signal_withdraws_what_heeds_it_once_and_nothing_else(
    shop: Kaffeehaus, ads: PurposeVersion, ada: Account
) -> None:
    for version in (ads, shop.newsletter):
        agrees(ada, version, timezone.now())

    page = signs_in(with_signal())
    page.open("/account/").open("/account/")

    assert line(ads) == [GIVEN, WITHDRAWN]
    assert line(shop.newsletter) == [GIVEN]
    record = ConsentRecord.objects.get(method=Method.SIGNAL)
    assert record.surface.startswith(f"{settings.BASE_URL}/sign-in/")
    assert (record.actor_kind, record.text_hash) == ("customer", "")
    assert record.address_hash
    assert record.said_at <= record.at


def test_who_was_never_asked_has_said_no_and_is_not_asked(shop: Kaffeehaus, ada: Account) -> None:
    agrees(ada, shop.newsletter, timezone.now())
    walker = signs_in(Walker()).send()
    sale = purpose(shop.brand, "sale", "We may sell what we know of you.")
    sale.purpose.heeds_gpc = True
    sale.purpose.save()

    walker.browser.get("/account/", headers=SIGNAL)

    assert line(sale) == [NO]
    assert ledger.due(ada.pk, shop.brand) == []


def test_a_material_wording_does_not_ask_whose_browser_has_said_no_since(
    shop: Kaffeehaus, ads: PurposeVersion, ada: Account
) -> None:
    for version in (ads, shop.newsletter):
        agrees(ada, version, timezone.now())
    walker = signs_in(Walker())
    new_wording(ads, timezone.now(), material=True)

    walker.browser.get("/account/", headers=SIGNAL)

    assert line(ads) == [GIVEN, WITHDRAWN]
    assert ledger.due(ada.pk, shop.brand) == []


def test_a_signal_that_is_switched_on_later_is_heeded_on_the_overview(
    shop: Kaffeehaus, ads: PurposeVersion, ada: Account
) -> None:
    for version in (ads, shop.newsletter):
        agrees(ada, version, timezone.now())
    walker = signs_in(Walker())
    assert line(ads) == [GIVEN]

    walker.browser.get("/account/", headers=SIGNAL)

    assert line(ads) == [GIVEN, WITHDRAWN]


def test_a_yes_that_was_clicked_under_the_signal_is_stronger(
    shop: Kaffeehaus, ads: PurposeVersion, ada: Account
) -> None:
    agrees(ada, shop.newsletter, timezone.now())
    agrees(ada, ads, timezone.now())
    walker = signs_in(with_signal())

    walker.browser.get("/account/")
    page = walker.open("/account/").press("Agree")
    page.open("/account/")

    assert line(ads) == [GIVEN, WITHDRAWN, GIVEN]
    signs_in(with_signal())
    assert line(ads) == [GIVEN, WITHDRAWN, GIVEN]
    last = ConsentRecord.objects.filter(purpose=ads.purpose).latest("id")
    assert last.surface == f"{settings.BASE_URL}/account/#sec-gpc=1"


def test_the_box_ticked_under_the_signal_while_signing_in_is_such_a_yes(
    shop: Kaffeehaus, ads: PurposeVersion, ada: Account
) -> None:
    agrees(ada, shop.newsletter, timezone.now())

    signs_in(with_signal()).send(agree_ads="on").open("/account/")

    assert line(ads) == [GIVEN]


def test_a_yes_clicked_without_the_signal_does_not_count_against_it(
    shop: Kaffeehaus, ads: PurposeVersion, ada: Account
) -> None:
    for version in (ads, shop.newsletter):
        agrees(ada, version, timezone.now())
    loud = signs_in(with_signal())
    quiet = signs_in(Walker())
    quiet.open("/account/").press("Agree")
    assert line(ads) == [GIVEN, WITHDRAWN, GIVEN]

    loud.open("/account/")

    assert line(ads) == [GIVEN, WITHDRAWN, GIVEN, WITHDRAWN]


def test_no_website_can_report_such_an_exception(shop: Kaffeehaus, ads: PurposeVersion, ada: Account) -> None:
    agrees(ada, shop.newsletter, timezone.now())
    now = timezone.now()
    words = text_hash(ads.texts["en"])
    said = Report("ads", Decision.GIVEN, 1, words, "en", f"{settings.BASE_URL}/account/#sec-gpc=1", now)
    ledger.write([answer(shop.brand, ada.pk, said, SITE, now)], now)

    signs_in(with_signal())

    assert line(ads) == [(Decision.GIVEN, Method.SCIM), WITHDRAWN]


def test_to_a_legitimate_interest_it_is_an_objection(
    shop: Kaffeehaus, ads: PurposeVersion, ada: Account
) -> None:
    agrees(ada, shop.newsletter, timezone.now())
    ads.purpose.lawful_basis = LawfulBasis.LEGITIMATE_INTEREST
    ads.purpose.save()
    key, now = (ada.pk, ads.purpose_id), timezone.now()
    assert ledger.standings([ada.pk], [ads.purpose], now)[key].allows

    signs_in(with_signal()).send()

    assert not ledger.standings([ada.pk], [ads.purpose], timezone.now())[key].allows


def test_it_speaks_to_the_brand_of_the_session_alone(
    shop: Kaffeehaus, ads: PurposeVersion, ada: Account
) -> None:
    agrees(ada, shop.newsletter, timezone.now())
    tea = advertising(kaffeehaus("teehaus", is_default=False))
    agrees(ada, tea, timezone.now())

    signs_in(with_signal()).send(agree_ads="").open("/account/")

    assert line(tea) == [GIVEN]


@pytest.mark.parametrize("value", ["0", "", "true", "1, 1"])
def test_nothing_but_a_one_is_the_signal(
    shop: Kaffeehaus, ads: PurposeVersion, ada: Account, value: str
) -> None:
    for version in (ads, shop.newsletter):
        agrees(ada, version, timezone.now())

    signs_in(Walker(browser=Client(enforce_csrf_checks=True, headers={"Sec-GPC": value})))

    assert line(ads) == [GIVEN]


def test_the_site_says_that_it_heeds_the_signal() -> None:
    told = Client().get("/.well-known/gpc.json")

    assert told["Content-Type"] == "application/json"
    assert told.json() == {"gpc": True, "lastUpdate": "2026-11-22"}
