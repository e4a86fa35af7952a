"""A confirmation that is pressed many times at once is one answer."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.events import Actor
from accounts.models import Account, Event, Source
from accounts.profiles import Said
from accounts.registration import Met, create_lite
from ciam.lib.models import Mail
from consent.confirming import write_reported
from consent.models import ConsentRecord, Decision, text_hash
from consent.proofs import Report, answer
from provisioning.models import Website
from tests.people import kaffeehaus
from tests.provisioning.lite.visitor import KEY, SHOP, Visitor, proof
from tests.races.test_once import at_once
from tests.walking import mails

pytestmark = pytest.mark.django_db(transaction=True)

SITE = Actor("website", "shop")


def test_of_fifty_presses_one_is_the_answer() -> None:
    version, now = kaffeehaus().newsletter, timezone.now()
    brand = version.purpose.brand
    ada = create_lite(
        brand, Met.at("ada@example.com", {}, Said(Source.WEBSITE, "shop", now)), SITE, how="scim"
    ).account
    report = Report(
        "newsletter", Decision.GIVEN, 1, text_hash(version.texts["en"]), "en", "https://shop.example/", now
    )
    waiting = write_reported([answer(brand, ada.pk, report, SITE, now, must_confirm=True)], now)[0]
    found = re.search(rf"{settings.BASE_URL}(\S+)", mails()[0][1])
    assert found
    path = found[1]

    def press(number: int) -> bool:
        sent = {"record": str(waiting.pk), "answer": "yes" if number % 2 else "no"}
        return Client().post(path, sent).status_code == 302

    assert at_once(press) == 50
    assert ConsentRecord.objects.count() == 2
    assert Event.objects.filter(type="consent.changed").count() == 2


def test_fifty_forms_about_one_address_at_once_make_one_customer_and_one_mail() -> None:
    version = kaffeehaus().newsletter
    Website.objects.create(brand=version.purpose.brand, name="shop", form_key=KEY, origins=[SHOP])

    def send(number: int) -> bool:
        status = Visitor(address=f"192.0.2.{number}").fetches(consents=[proof(version)]).status_code
        assert status in {202, 429}
        return bool(status == 202)

    assert at_once(send) == 10
    assert (Account.objects.count(), ConsentRecord.objects.count(), Mail.objects.count()) == (1, 1, 1)
