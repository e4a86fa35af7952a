"""What is left of somebody who was erased: ids, times, what was agreed to. Nothing that says who it was."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone

from accounts import privacy
from accounts.events import SYSTEM, EventType
from accounts.identifiers import email, phone
from accounts.models import (
    Account,
    Event,
    Identifier,
    Kind,
    Membership,
    MembershipStatus,
    Segment,
    SegmentMember,
    Source,
    Status,
)
from accounts.profiles import Said
from accounts.registration import Met, create_lite
from accounts.values import Value
from auth_flows.models import SignIn
from auth_flows.privacy import forget_unfinished
from auth_flows.sessions import live_sessions
from ciam.lib import mail
from ciam.lib.models import Counter, Mail
from consent import ledger
from consent.models import ConsentRecord
from provisioning.models import Connector
from tests.accounts.left_over import holding, named_by
from tests.accounts.traces import leaves_traces
from tests.auth_flows.oidc.apps import App, confidential
from tests.people import PASSWORD, Kaffeehaus, customer, operator
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

ADDRESS = "xanthippe.quill@example.com"
SECOND = "quill-at-home@example.com"
WORDS = ["xanthippe", "quill", "2071838750", "crm-77123", "espressomachines"]
# Of whom no value is left there: what stays, and why, each app says at its door (`Holder.stays`).
STAYS = {"Delivery", "Membership", "ConsentRecord", "Event", "Link"}
# Tokens of which no row is written; what operators alone have.
ALWAYS_EMPTY = {"AccessToken", "IDToken", "DeviceGrant"} | {
    *("Client", "LogEntry", "Account_groups", "Account_user_permissions")
}


@pytest.fixture
def app(shop: Kaffeehaus) -> App:
    return confidential(shop.brand)


@pytest.fixture
def xanthippe(shop: Kaffeehaus, app: App) -> Account:
    """A website met her, she registered, uses an app, and is about to sign in somewhere else."""
    Connector.objects.create(
        brand=shop.brand,
        kind="none",
        name="None",
        purpose=shop.newsletter.purpose,
        event_types=[EventType.ACCOUNT_CREATED],
    )
    said = Said(Source.WEBSITE, "catalogue", timezone.now())
    values: dict[str, Value] = {
        "given_name": "Xanthippe",
        "family_name": "Quill",
        "interests": ["espressomachines"],
    }
    met = Met.at(ADDRESS, values, said)
    reached = (*met.contacts, email(SECOND, is_primary=False), phone("+44 20 7183 8750", "GB"))
    member = create_lite(shop.brand, replace(met, contacts=reached), SYSTEM, how="scim")
    account = Account.objects.get()
    Identifier.objects.create(
        account=account, kind="external_id", scope="catalogue", value="CRM-77123", normal="CRM-77123"
    )
    segment = Segment.objects.create(brand=shop.brand, name="Spring", folded="spring")
    SegmentMember.objects.create(segment=segment, membership=member)
    registers(ADDRESS)
    session = live_sessions(Account.objects.get())[0]
    app.tokens(session)
    asks = {**app.asks(), "login_hint": ADDRESS, "prompt": "login"}
    walker = Walker().open("/oauth/authorize?" + "&".join(f"{key}={value}" for key, value in asks.items()))
    walker.send(identifier=ADDRESS)
    Walker().open("/register/").send(identifier=ADDRESS)
    SignIn.objects.filter(account_id=None, finished_at=None).update(account_id=account.pk)
    Walker().open("/register/").send(identifier=ADDRESS)
    leaves_traces(account, shop.brand, ADDRESS)
    return Account.objects.get()


def registers(address: str) -> None:
    Counter.objects.all().delete()  # codes are mailed once a minute
    walker = Walker().open("/register/").send(identifier=address)
    walker.send(code=code_for(address)).send(given_name="Xanthippe", family_name="Quill")
    walker.send(password=PASSWORD).send(agree_terms="on")
    assert walker.heading == "Hello, Xanthippe Quill"
    Counter.objects.all().delete()


def test_nothing_personal_is_left_in_any_table(xanthippe: Account) -> None:
    """A table that somebody adds is looked into as well; while the scene puts nothing into it, this fails."""
    before = named_by(xanthippe)
    assert {name for name, rows in before.items() if not rows} <= ALWAYS_EMPTY
    assert {word for _table, word in holding(WORDS)} == {word.lower() for word in WORDS}
    assert Mail.objects.filter(done_at=None).exists()

    privacy.erase([xanthippe.pk], SYSTEM, timezone.now())
    forget_unfinished(timezone.now() + dt.timedelta(days=8))

    assert holding(WORDS) == []
    assert {name for name, rows in named_by(xanthippe).items() if rows} <= STAYS
    assert not Mail.objects.filter(done_at=None).exists()


def test_what_proves_what_was_agreed_to_stays(xanthippe: Account) -> None:
    records = list(ConsentRecord.objects.filter(account=xanthippe).order_by("id").values())

    privacy.erase([xanthippe.pk], SYSTEM, timezone.now())

    assert list(ConsentRecord.objects.filter(account=xanthippe).order_by("id").values()) == records
    assert ledger.current([xanthippe.pk], [ConsentRecord.objects.first().purpose])  # type: ignore[union-attr]
    assert Event.objects.filter(account_id=xanthippe.pk, type="account.erased").count() == 1


def test_sessions_and_tokens_are_dead(xanthippe: Account, shop: Kaffeehaus, app: App) -> None:
    tokens = app.tokens(live_sessions(xanthippe)[0])
    assert app.introspect(tokens["access_token"])["active"] is True

    privacy.erase([xanthippe.pk], SYSTEM, timezone.now())

    assert app.introspect(tokens["access_token"]) == {"active": False}
    assert app.refresh(tokens["refresh_token"]).status_code == 400


def test_who_comes_back_is_somebody_new(xanthippe: Account, shop: Kaffeehaus) -> None:
    privacy.erase([xanthippe.pk], SYSTEM, timezone.now())

    said = Said(Source.WEBSITE, "catalogue", timezone.now())
    met = create_lite(shop.brand, Met.at(ADDRESS, {}, said), SYSTEM, how="scim")
    registers(ADDRESS)

    new = Account.objects.get(kind=Kind.FULL, status=Status.ACTIVE)
    assert new.pk == met.account_id != xanthippe.pk
    old = Account.objects.get(pk=xanthippe.pk)
    assert old.status == Status.ERASED
    assert old.subject() != new.subject()
    assert Membership.objects.get(account=old).status == MembershipStatus.ENDED


def test_a_second_erasure_does_nothing(xanthippe: Account) -> None:
    now = timezone.now()
    assert privacy.erase([xanthippe.pk], SYSTEM, now) == 1

    assert privacy.erase([xanthippe.pk], SYSTEM, now) == 0

    assert Event.objects.filter(type="account.erased").count() == 1


def test_an_operator_is_not_erased(shop: Kaffeehaus) -> None:
    olga = operator()

    assert privacy.erase([olga.pk], SYSTEM, timezone.now()) == 0

    olga.refresh_from_db()
    assert olga.status == Status.ACTIVE
    assert olga.identifiers.exists()


def test_nobody_else_loses_anything(xanthippe: Account, shop: Kaffeehaus) -> None:
    """Bob's own address is one of hers, as a website said it."""
    bob = customer(SECOND, brand=shop.brand)
    Segment.objects.get().members.create(membership=Membership.objects.get(account=bob))
    Walker().open("/sign-in/").send(identifier=SECOND)
    mail.post("email_code", SECOND, {}, until=timezone.now() + dt.timedelta(hours=1))
    before = named_by(bob)
    waiting = Mail.objects.filter(done_at=None).count()

    privacy.erase([xanthippe.pk], SYSTEM, timezone.now())

    bob.refresh_from_db()
    assert bob.status == Status.ACTIVE
    assert named_by(bob) == before
    assert SegmentMember.objects.get().membership.account_id == bob.pk
    assert Segment.objects.get().version == 2
    assert 0 < Mail.objects.filter(done_at=None).count() < waiting


def test_mail_of_a_lost_key_stops_no_erasure(xanthippe: Account) -> None:
    row = mail.post("email_code", ADDRESS, {}, until=timezone.now() + dt.timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ciam_lib_mail SET recipient = 'lost' WHERE id = %s", [row.pk])

    privacy.erase([xanthippe.pk], SYSTEM, timezone.now())

    assert Mail.objects.filter(pk=row.pk).exists()
    assert not Mail.objects.exclude(pk=row.pk).filter(done_at=None).exists()
