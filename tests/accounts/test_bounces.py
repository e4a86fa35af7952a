"""Mail that came back marks the address, and nothing else."""

import base64
import json
from types import ModuleType

import pytest
from anymail.signals import AnymailTrackingEvent, tracking
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import timezone

import ciam.urls
from accounts import bounces
from accounts.models import Account, Event, Identifier
from tests.auth_flows.test_addresses import forgets_limits
from tests.auth_flows.test_recovery import ADA, signs_in
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import code_for

pytestmark = pytest.mark.django_db

WITH_HOOK = ModuleType("tests.with_hook")
WITH_HOOK.urlpatterns = [*ciam.urls.urlpatterns, path("webhooks/mail/", include("anymail.urls"))]  # type: ignore[attr-defined]
SECRET = "service:a long shared secret"


@pytest.fixture
def ada(shop: Kaffeehaus) -> Account:
    return customer(ADA, brand=shop.brand)


def report(kind: str, address: str = ADA) -> None:
    tracking.send(object, event=AnymailTrackingEvent(event_type=kind, recipient=address), esp_name="any")


def test_an_address_from_which_mail_comes_back_is_marked_wherever_it_stands(ada: Account) -> None:
    report("bounced", "Ada@Example.com")
    report("bounced", "nobody@example.com")
    report("bounced", "no address")

    assert not Identifier.objects.filter(kind="email", undeliverable_at=None).exists()
    event = Event.objects.get(fields=["undeliverable"])
    assert (event.account_id, event.actor_kind) == (ada.pk, "system")


@pytest.mark.parametrize("kind", ["deferred", "delivered", "opened", "complained", "autoresponded"])
def test_other_news_mark_nothing(ada: Account, kind: str) -> None:
    report(kind)

    assert not Identifier.objects.exclude(undeliverable_at=None).exists()


def test_a_second_report_changes_nothing(ada: Account) -> None:
    now = timezone.now()
    assert bounces.came_back(ADA, now) == 1

    assert bounces.came_back(ADA, now) == 0


def test_its_owner_is_told_and_proves_it_again(ada: Account) -> None:
    report("bounced")
    walker = signs_in(PASSWORD).send(agree_terms="on")
    assert "Mail to it comes back" in walker.open("/account/").text
    walker.open("/account/addresses/")
    fix = walker.soup.find("a", string="Fix it")
    assert fix is not None

    forgets_limits()
    walker.open(str(fix["href"])).send(address=ADA).send(code=code_for(ADA))

    row = Identifier.objects.get(account=ada, scope="", retired_at=None)
    assert (row.value, row.is_primary, row.undeliverable_at) == (ADA, True, None)


@override_settings(ROOT_URLCONF=WITH_HOOK, ANYMAIL={"WEBHOOK_SECRET": SECRET})
@pytest.mark.parametrize(("said", "status"), [(SECRET, 200), ("service:guessed", 400), (None, 400)])
def test_only_the_mail_service_reports(ada: Account, said: str | None, status: int) -> None:
    news = {"RecordType": "Bounce", "Type": "HardBounce", "Email": ADA, "BouncedAt": "2026-11-22T00:00:00Z"}
    word = {"Authorization": f"Basic {base64.b64encode(said.encode()).decode()}"} if said else {}

    answer = Client().post(
        "/webhooks/mail/postmark/tracking/", json.dumps(news), content_type="application/json", headers=word
    )

    assert answer.status_code == status
    assert Identifier.objects.filter(scope="", undeliverable_at=None).exists() == (status != 200)
