"""Mails about what happened: one for each kind of happening, and no way to flood a mailbox by them."""

import re

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import events
from accounts.events import SYSTEM, Actor, Change, EventType
from accounts.memberships import revoke_sessions
from accounts.models import Account, Identifier, ProfileValue, Source
from auth_flows import whereabouts
from auth_flows.notice_topics import TOPICS, Key
from ciam.lib.models import Mail
from tests.auth_flows.arriving import ADA, IPHONE, arrives, is_signed_in
from tests.auth_flows.oidc.apps import at_most
from tests.clock import Clock
from tests.people import PASSWORD, Kaffeehaus, customer
from tests.walking import Walker, code_for, mails

pytestmark = pytest.mark.django_db

CUSTOMER = "customer"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def happens(account: Account, *keys: Key, by: Actor | None = None) -> None:
    actor = by or Actor(CUSTOMER, str(account.pk))
    with transaction.atomic():
        Account.objects.locked([account.pk])
        changes = [Change(kind, account.pk, actor, None, (field,) if field else ()) for kind, field in keys]
        events.record(changes)


def notices(address: str = ADA) -> list[str]:
    return [text for to, text in mails() if to == address and "This wasn't me" in text]


def link_of(text: str) -> str:
    found = re.search(r"http\S+(/account/not-me/\S+)", text)
    assert found, text
    return found[1]


@pytest.mark.parametrize("key", sorted(TOPICS), ids=lambda key: " ".join(key))
def test_each_kind_of_happening_is_told(shop: Kaffeehaus, key: Key) -> None:
    ada = customer(ADA, brand=shop.brand)

    happens(ada, key)

    (to, text), *rest = mails()
    assert (to, rest) == (ADA, [])
    assert text.startswith(str(TOPICS[key].title))
    assert "When:" in text
    assert "Kaffeehaus" in text
    assert ("/account/not-me/" in text) == TOPICS[key].can_disown


def test_every_event_of_a_way_to_sign_in_has_words_or_a_mail_of_its_own() -> None:
    """A new kind of event is decided on here, rather than forgotten."""
    of_security = {
        type_
        for type_ in EventType
        if type_.value.split(".")[0] in {"authenticator", "identity", "device", "recovery"}
    }
    own_mail = {EventType.RECOVERY_ASKED, EventType.RECOVERY_DONE}
    their_own_press = {EventType.DEVICE_TRUSTED, EventType.DEVICE_FORGOTTEN}

    assert of_security - own_mail - their_own_press <= {kind for kind, _field in TOPICS}


@pytest.mark.parametrize("by", [Actor("website", "site-1"), SYSTEM])
def test_what_a_website_or_an_import_says_of_thousands_is_told_to_nobody(shop: Kaffeehaus, by: Actor) -> None:
    people = [customer(f"c{number}@example.com", brand=shop.brand, password=None) for number in range(3)]

    with transaction.atomic(), at_most(3 + 4):
        Account.objects.locked([one.pk for one in people])
        kinds = (EventType.AUTHENTICATOR_ADDED, EventType.IDENTIFIER_ADDED, EventType.IDENTIFIER_CHANGED)
        events.record([Change(kind, one.pk, by, None, ("email",)) for one in people for kind in kinds])

    assert not Mail.objects.exists()


def test_whoever_registers_is_not_told_that_they_have_a_password(shop: Kaffeehaus) -> None:
    walker = Walker().open("/register/").send(identifier=ADA)
    walker.send(code=code_for(ADA)).send().send(password=PASSWORD).send(agree_terms="on")

    assert is_signed_in(walker)
    assert len(mails()) == 1


def test_a_sign_in_on_another_device_is_told_with_time_device_and_place(
    shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer(ADA, brand=shop.brand)
    arrives()
    monkeypatch.setattr(whereabouts, "where", lambda _address: ("AT", "Vienna, Austria"))

    arrives(agent=IPHONE)

    [text] = notices()
    assert "New sign-in on a device we haven't seen before" in text
    assert "Device: Safari on iPhone" in text
    assert "Place: Vienna, Austria" in text
    assert f"{timezone.now():%Y}" in text


def test_an_operators_act_is_told_without_the_operators_whereabouts(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)

    revoke_sessions(ada, Actor("operator", "olga"))

    [text] = notices()
    assert "You were signed out everywhere" in text
    assert "Our customer service did this." in text
    assert "Device:" not in text


def test_sessions_that_end_with_a_password_are_no_second_mail(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)

    happens(ada, (EventType.AUTHENTICATOR_CHANGED, "password"), (EventType.SESSIONS_REVOKED, ""))

    assert len(notices()) == 1


def test_an_hour_brings_two_mails_of_a_kind_at_most_and_leaves_nothing_untold(
    shop: Kaffeehaus, clock: Clock
) -> None:
    ada = customer(ADA, brand=shop.brand)

    for _time in range(30):
        happens(ada, (EventType.AUTHENTICATOR_CHANGED, "password"))
        clock.passes(minutes=1)
    assert Mail.objects.count() == 2
    assert len(notices()) == 1
    happens(ada, (EventType.AUTHENTICATOR_ADDED, "passkey"))
    assert len(notices()) == 2, "another kind is told at once"

    clock.passes(minutes=31)
    assert sum("wasn't the first time within an hour" in text for text in notices()) == 1
    happens(ada, (EventType.AUTHENTICATOR_CHANGED, "password"))
    happens(ada, (EventType.AUTHENTICATOR_CHANGED, "password"))
    assert Mail.objects.count() == 5, "the next hour is one like the first"


def test_an_unproven_address_and_one_from_which_mail_comes_back_hear_nothing(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    Identifier.objects.filter(account=ada, scope="").update(verified_at=None)
    happens(ada, (EventType.AUTHENTICATOR_CHANGED, "password"))
    Identifier.objects.filter(account=ada, scope="").update(
        verified_at=timezone.now(), undeliverable_at=timezone.now()
    )

    happens(ada, (EventType.AUTHENTICATOR_REMOVED, "totp"))

    assert not Mail.objects.exists()


def test_a_notice_is_in_the_customers_language_and_the_brands_colours(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    shop.brand.theme = {"accent": "#ffee00"}
    shop.brand.save()
    ProfileValue.objects.create(
        account=ada, attribute="locale", value="de", source=Source.CUSTOMER, said_at=timezone.now()
    )

    happens(ada, (EventType.AUTHENTICATOR_CHANGED, "password"))

    row = Mail.objects.get()
    assert row.locale == "de"
    assert '"accent": "#ffee00", "accent_text": "#000000"' in (row.context or "")


def test_whoever_is_gone_hears_nothing(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    Account.objects.filter(pk=ada.pk).update(status="erasing")

    happens(ada, (EventType.AUTHENTICATOR_CHANGED, "password"))

    assert not Mail.objects.exists()


def test_a_sign_in_in_a_known_browser_costs_no_mail_and_no_question_about_one(shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)

    with transaction.atomic():
        Account.objects.locked([ada.pk])
        with at_most(4):
            events.record([Change(EventType.SIGNED_IN, ada.pk, Actor(CUSTOMER, str(ada.pk)))])

    assert not Mail.objects.exists()
