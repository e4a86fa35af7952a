"""What a record says of an answer, however it came (ISO/IEC TS 27560, Kantara Consent Receipt 1.1)."""

import datetime as dt

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Membership
from ciam.lib.crypto import keyed_hash
from consent.importing import imported
from consent.models import ConsentRecord, Decision, LawfulBasis, Method, text_hash
from tests.consent.reported import meets, reports
from tests.consent.saying import holds_for
from tests.people import NEWSLETTER_TEXT, PASSWORD, Kaffeehaus, customer
from tests.walking import Walker

pytestmark = pytest.mark.django_db

PAGE = "https://shop.example/"


def record_of(shop: Kaffeehaus) -> ConsentRecord:
    """The only one, and what every record says: who, to whom, for what, on which basis, in which words,
    in which language, where, when, until when, after which other."""
    record = ConsentRecord.objects.get(purpose__key="newsletter")
    assert record.account_id == Membership.objects.get(brand=shop.brand).account_id
    assert record.purpose.brand == shop.brand
    assert (record.purpose.key, record.lawful_basis) == ("newsletter", LawfulBasis.CONSENT)
    assert (record.version.number, record.text_hash) == (1, text_hash(NEWSLETTER_TEXT))
    assert (record.locale, record.decision) == ("en", Decision.GIVEN)
    assert record.said_at <= record.at <= timezone.now()
    assert record.expires_at == record.said_at + dt.timedelta(days=365)
    assert record.parent_id is None
    return record


@pytest.fixture(autouse=True)
def _holds_for_a_year(shop: Kaffeehaus) -> None:
    holds_for(shop.newsletter, days=365)


def test_a_click_has_all_of_it_and_its_browser(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)
    walker.send(agree_terms="on", agree_newsletter="on")

    record = record_of(shop)
    assert (record.method, record.surface) == (Method.CLICK, f"{settings.BASE_URL}/sign-in/")
    assert (record.actor_kind, record.actor_id) == ("customer", str(ada.pk))
    assert record.address_hash == keyed_hash("address", "127.0.0.1")
    assert record.agent_hash == keyed_hash("agent", "")


def test_a_websites_report_has_all_of_it_and_the_websites_name(shop: Kaffeehaus) -> None:
    reports(meets(shop.brand), shop.newsletter)

    record = record_of(shop)
    assert (record.method, record.surface) == (Method.SCIM, PAGE)
    assert (record.actor_kind, record.actor_id) == ("website", "shop")
    # The connection is the website's, and tells nothing of the person.
    assert (record.address_hash, record.agent_hash) == ("", "")


def test_an_import_has_all_of_it_and_that_it_is_one(shop: Kaffeehaus) -> None:
    meets(shop.brand)
    now = timezone.now()
    columns = "who,purpose,decision,said_at,version,text_hash,surface,locale"
    row = f"ada@example.com,newsletter,given,{now.isoformat()},1,{text_hash(NEWSLETTER_TEXT)},{PAGE},en"

    imported([columns, row], shop.brand, now)

    record = record_of(shop)
    assert (record.method, record.surface) == (Method.IMPORT, PAGE)
    assert (record.actor_kind, record.actor_id) == ("system", "import")


def test_a_later_record_names_the_one_that_it_follows(shop: Kaffeehaus) -> None:
    ada = meets(shop.brand)
    (first,) = reports(ada, shop.newsletter)

    (second,) = reports(ada, shop.newsletter, decision=Decision.WITHDRAWN, after=dt.timedelta(seconds=1))

    assert second.parent_id == first.pk
    assert second.expires_at is None
