"""Restriction of processing (GDPR, article 18): what we know rests, and signing in goes on."""

import pytest
from django.contrib.admin.sites import site as admin_site
from django.test import RequestFactory
from django.utils import timezone

from accounts.admin import AccountAdmin
from accounts.events import SYSTEM, Actor
from accounts.models import Account, Event
from accounts.restriction import restrict, unrestrict
from accounts.snapshot import snapshot
from ciam.lib.models import Mail
from consent import ledger
from provisioning.connectors.base import Hold, HoldNothing, Wanted
from provisioning.desired import desired
from provisioning.matrix import matrix_of, purposes_of
from provisioning.models import Connector
from tests.consent.reported import meets, reports
from tests.people import PASSWORD, Kaffeehaus, customer, operator
from tests.provisioning.outbox import scene
from tests.walking import Walker

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    events = Event.objects.filter(type__startswith="account.").exclude(type="account.created")
    return list(events.order_by("id").values_list("type", "actor_kind"))


def wanted(target: Connector, account: Account) -> Wanted:
    matrix = matrix_of(target)
    stands = ledger.standings([account.pk], purposes_of(target, matrix), timezone.now())
    of_purpose = {purpose: standing for (_account, purpose), standing in stands.items()}
    return desired(target, matrix, snapshot(Account.objects.get(pk=account.pk)), of_purpose)


def test_it_begins_and_ends_once_and_is_told(shop: Kaffeehaus) -> None:
    ada, now = customer("ada@example.com"), timezone.now()

    assert [restrict(ada.pk, SYSTEM, now), restrict(ada.pk, SYSTEM, now)] == [True, False]
    ada.refresh_from_db()
    assert ada.restricted_at == now
    assert [unrestrict(ada.pk, SYSTEM, now), unrestrict(ada.pk, SYSTEM, now)] == [True, False]

    ada.refresh_from_db()
    assert ada.restricted_at is None
    assert told() == [("account.restricted", "system"), ("account.unrestricted", "system")]


def test_nothing_leaves_while_it_lasts_and_the_consents_stay(signing_keys: None) -> None:
    purpose = scene.purpose(scene.brand())
    target = scene.connector(purpose, "webhook")
    ada = scene.meet(purpose.brand, "ada@example.com", given_name="Ada")
    ada.gives(purpose)
    assert isinstance(wanted(target, ada.account), Hold)
    before = ada.link(target).wanted

    restrict(ada.account.pk, SYSTEM, timezone.now())

    assert isinstance(wanted(target, ada.account), HoldNothing)
    assert ada.link(target).wanted != before
    unrestrict(ada.account.pk, SYSTEM, timezone.now())
    assert isinstance(wanted(target, ada.account), Hold)


def test_we_mail_nobody_to_ask_for_anything_while_it_lasts(shop: Kaffeehaus) -> None:
    shop.newsletter.purpose.double_opt_in = True
    shop.newsletter.purpose.save()
    ada = meets(shop.brand)
    restrict(ada.pk, SYSTEM, timezone.now())

    reports(ada, shop.newsletter)
    assert not Mail.objects.exists()

    unrestrict(ada.pk, SYSTEM, timezone.now())
    reports(ada, shop.newsletter)
    assert Mail.objects.count() == 1


def test_the_customer_pauses_and_resumes_with_one_press_each_and_can_sign_in(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand)
    walker = signs_in().send(agree_terms="on")

    walker.open("/account/").press("Pause the use of my data")
    assert snapshot(Account.objects.get(pk=ada.pk)).is_restricted
    assert "Paused" in walker.text

    again = signs_in().open("/account/")
    assert again.heading.startswith("Hello")
    again.press("Resume the use of my data")
    assert told() == [("account.restricted", "customer"), ("account.unrestricted", "customer")]


def signs_in() -> Walker:
    return Walker().open("/sign-in/").send(identifier="ada@example.com").send(password=PASSWORD)


def test_an_old_pages_button_does_what_it_says_and_no_other_word_anything(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = signs_in().send(agree_terms="on").open("/account/")
    old = Walker(browser=walker.browser).open("/account/")
    walker.press("Pause the use of my data")

    old.press("Pause the use of my data")
    token = {"csrfmiddlewaretoken": walker.value("csrfmiddlewaretoken")}
    odd = walker.browser.post("/account/restriction", token | {"use": "sell"})

    assert odd.status_code == 400
    assert told() == [("account.restricted", "customer")]
    assert walker.browser.get("/account/restriction").status_code == 405


def test_nobody_else_can_press_it(shop: Kaffeehaus) -> None:
    stranger = Walker().open("/sign-in/")
    token = {"csrfmiddlewaretoken": stranger.value("csrfmiddlewaretoken")}

    answer = stranger.browser.post("/account/restriction", token | {"use": "pause"})

    assert answer.status_code == 303
    assert told() == []


def test_an_operator_does_it_as_an_operator_and_never_to_operators(
    shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, olga = customer("ada@example.com"), operator()
    page = AccountAdmin(Account, admin_site)
    request = RequestFactory().post("/admin/")
    request.user = olga
    said: list[str] = []
    monkeypatch.setattr(page, "message_user", lambda _request, text, _level: said.append(text))

    page.pause_use(request, Account.objects.all())
    ada.refresh_from_db()
    olga.refresh_from_db()
    assert (ada.restricted_at is not None, olga.restricted_at) == (True, None)
    page.resume_use(request, Account.objects.all())

    assert said == ["The use of data is paused for 1 accounts.", "The use of data goes on for 1 accounts."]
    assert told() == [("account.restricted", "operator"), ("account.unrestricted", "operator")]
    by = Event.objects.filter(type="account.restricted").get()
    assert Actor(by.actor_kind, by.actor_id) == Actor("operator", str(olga.pk))
