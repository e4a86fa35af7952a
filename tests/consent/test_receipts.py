"""Receipts: what was agreed to, for the person to keep; plain, and signed by us."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from accounts.models import Account
from ciam.lib import keys
from ciam.lib.models import SigningKey
from consent.models import ConsentRecord, Decision, Method, text_hash
from consent.receipts import receipt
from tests.consent.saying import DAY, agrees, holds_for, new_wording, says
from tests.people import NEWSLETTER_TEXT, PASSWORD, Kaffeehaus, customer, kaffeehaus
from tests.walking import Walker

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    """She has agreed to everything, the newsletter for a year."""
    holds_for(shop.newsletter, days=365)
    ada = customer("ada@example.com", brand=shop.brand)
    for version in (shop.terms, shop.newsletter):
        agrees(ada, version, timezone.now())
    return ada


@pytest.fixture
def browser(ada: Account) -> Client:
    return Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD).browser


def newsletter_record() -> ConsentRecord:
    return ConsentRecord.objects.get(purpose__key="newsletter")


def path(record: ConsentRecord, end: str = "/") -> str:
    return f"/account/receipts/{record.pk}{end}"


def judged(token: str, published: dict[str, Any]) -> dict[str, Any]:
    """As somebody judges it who has only the token and a key set of ours."""
    decoded = jwt.decode(token, KeySet.import_key_set(published), algorithms=["ES256"])  # type: ignore[arg-type]
    assert decoded.header["typ"] == "consent-receipt+jwt"
    return dict(decoded.claims)


def test_it_says_who_agreed_to_what_in_which_words(shop: Kaffeehaus, ada: Account, browser: Client) -> None:
    record = newsletter_record()

    answer = browser.get(path(record))

    said = answer.json()
    assert record.expires_at
    assert said["schema_version"] == "ISO/IEC TS 27560:2023"
    assert said["record_id"] == str(record.pk)
    assert said["pii_processing"]["privacy_notice"] == {
        "version": 1,
        "title": "Newsletter",
        "language": "en",
        "text": NEWSLETTER_TEXT,
        "text_sha256": text_hash(NEWSLETTER_TEXT),
        "shown_at": "https://shop.example/",
    }
    (purpose,) = said["pii_processing"]["purposes"]
    assert (purpose["purpose"], purpose["lawful_basis"]) == ("newsletter", "consent")
    assert [one["pii_type"] for one in purpose["pii_information"]] == shop.newsletter.releases
    assert said["party_identification"][0]["party_name"] == "Kaffeehaus"
    (event,) = said["event"]
    assert (event["event_state"], event["collection_method"]) == ("given", "click")
    assert dt.datetime.fromisoformat(event["valid_until"]) == record.expires_at
    assert f"consent-receipt-{record.pk}.json" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]


def test_it_has_no_personal_value_and_its_pseudonym_differs_from_brand_to_brand(
    shop: Kaffeehaus, ada: Account
) -> None:
    tea = kaffeehaus("teehaus", is_default=False)
    here, there = receipt(newsletter_record()), receipt(agrees(ada, tea.newsletter, timezone.now()))

    assert here["pii_principal_id"] != there["pii_principal_id"]
    for text in (json.dumps(here), json.dumps(there)):
        assert "ada@example.com" not in text
        assert str(ada.pk) not in text


def test_the_signed_one_says_the_same_and_verifies_with_our_key_set(ada: Account, browser: Client) -> None:
    record = newsletter_record()

    answer = browser.get(path(record, ".jws"))

    assert answer["Content-Type"] == "application/jose"
    claims = judged(answer.content.decode(), Client().get("/oauth/jwks").json())
    assert claims["receipt"] == browser.get(path(record)).json()
    assert (claims["iss"], claims["jti"]) == ("http://localhost:8000", str(record.pk))
    head, body, mark = answer.content.decode().split(".")
    with pytest.raises(JoseError):
        judged(f"{head}.{body}.{mark[:-4]}AAAA", Client().get("/oauth/jwks").json())


def test_it_reads_the_same_after_the_words_have_changed(
    shop: Kaffeehaus, ada: Account, browser: Client
) -> None:
    record = newsletter_record()
    before = browser.get(path(record)).json()

    new_wording(shop.newsletter, timezone.now(), material=True)

    assert browser.get(path(record)).json() == before


def test_years_later_it_verifies_with_the_keys_of_all_times(ada: Account, browser: Client) -> None:
    token = browser.get(path(newsletter_record(), ".jws")).content.decode()
    for years in range(1, 4):
        keys.rotate(timezone.now() + years * 365 * DAY)
    SigningKey.objects.exclude(published_until=None).update(published_until=timezone.now() - DAY)
    keys.forget_cached()

    with pytest.raises((JoseError, ValueError)):
        judged(token, Client().get("/oauth/jwks").json())
    every_key = Client().get("/.well-known/consent-receipt-keys.json").json()
    assert judged(token, every_key)["receipt"]["record_id"] == str(newsletter_record().pk)
    assert not any({"d", "p", "q"} & key.keys() for key in every_key["keys"])


def test_where_nothing_was_shown_there_is_no_text(shop: Kaffeehaus, ada: Account) -> None:
    later = timezone.now() + DAY
    (record,) = says(ada, shop.newsletter, Decision.WITHDRAWN, later, Method.SIGNAL)
    record.text_hash = ""

    notice = receipt(record)["pii_processing"]["privacy_notice"]  # type: ignore[index]

    assert (notice["text"], notice["text_sha256"]) == (None, None)
    assert receipt(record)["event"][0]["previous_record_id"]  # type: ignore[index]


def test_nobody_reads_another_persons_receipt(shop: Kaffeehaus, browser: Client) -> None:
    record = agrees(customer("bob@example.com"), shop.newsletter, timezone.now())

    assert [browser.get(path(record, end)).status_code for end in ("/", ".jws")] == [404, 404]
    assert [Client().get(path(record, end)).status_code for end in ("/", ".jws")] == [303, 303]


def test_all_answers_so_far_stand_on_a_page_with_their_receipts(ada: Account, browser: Client) -> None:
    overview = Walker(browser=browser).open("/account/")
    link = overview.soup.find("a", string="Your answers so far, with receipts")
    assert link is not None

    page = Walker(browser=browser).open(str(link["href"]))

    addresses = {str(one["href"]) for one in page.soup.find_all("a")}
    for record in ConsentRecord.objects.filter(account=ada):
        assert {path(record), path(record, ".jws")} <= addresses
    assert page.heading == "Your answers so far"
