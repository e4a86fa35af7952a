"""Of whom nobody has heard for long is warned, then erased; nobody else is. The clock is a parameter."""

import datetime as dt
import os
import random

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts import privacy, retention
from accounts.events import SYSTEM, Actor, EventType
from accounts.memberships import set_status
from accounts.models import Account, Event, Kind, Membership, MembershipStatus, Source, Status
from accounts.privacy import Holder
from accounts.profiles import Said
from accounts.registration import Met, create_lite
from accounts.retention import Round, keep_round
from ciam.lib.models import Mail
from tests.accounts.crowd import DAY, lite
from tests.people import Kaffeehaus, customer, kaffeehaus, operator
from tests.walking import mails

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2031, 5, 4, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
MANY = 10_000 if os.environ.get("CIAM_LONG") else 500
SITE = Actor("website", "catalogue")


def ada(brand: Kaffeehaus, at: dt.datetime = NOW) -> Membership:
    said = Said(Source.WEBSITE, "catalogue", at)
    return create_lite(brand.brand, Met.at("ada@example.com", {}, said), SITE, how="scim")


def status_of(member: Membership) -> str:
    return Account.objects.get(pk=member.account_id).status


def test_ada_is_warned_after_700_days_and_erased_after_730(shop: Kaffeehaus) -> None:
    member = ada(shop)

    assert keep_round(NOW + 700 * DAY - SECOND) == Round(0, 0, True)
    assert keep_round(NOW + 700 * DAY) == Round(0, 1, True)
    assert keep_round(NOW + 730 * DAY - SECOND) == Round(0, 0, True)
    assert keep_round(NOW + 730 * DAY) == Round(1, 0, True)

    assert status_of(member) == Status.ERASED
    told = Event.objects.filter(type__in=[EventType.ACCOUNT_WARNED, EventType.ACCOUNT_ERASED]).order_by("id")
    assert [(one.type, one.actor_kind) for one in told] == [
        ("account.warned", "system"),
        ("account.erased", "system"),
    ]


def test_a_worker_that_slept_warns_first_and_then_waits(shop: Kaffeehaus) -> None:
    member = ada(shop)
    woke = NOW + 2_000 * DAY

    assert keep_round(woke) == Round(0, 1, True)
    assert keep_round(woke + 30 * DAY - SECOND) == Round(0, 0, True)

    assert status_of(member) == Status.ACTIVE
    assert keep_round(woke + 30 * DAY).erased == 1


def test_the_warning_goes_to_the_address_by_which_the_oldest_brand_knows_her(shop: Kaffeehaus) -> None:
    ada(shop)
    other = kaffeehaus("teahouse", is_default=False)
    create_lite(
        other.brand,
        Met.at("Ada@Example.com", {}, Said(Source.WEBSITE, "tea", NOW + DAY)),
        SITE,
        how="scim",
    )

    keep_round(NOW + 701 * DAY)

    ((to, text),) = mails()
    assert to == "ada@example.com"
    assert text.startswith("Shall Kaffeehaus remember you?")
    assert "In 30 days we erase" in text
    assert "/preferences/keep/" in text


def test_who_has_no_address_is_warned_without_a_mail(shop: Kaffeehaus) -> None:
    account = Account.objects.create(kind=Kind.LITE, contact_at=NOW)
    Membership.objects.create(account=account, brand=shop.brand, how="import")

    assert keep_round(NOW + 700 * DAY).warned == 1

    assert mails() == []
    assert keep_round(NOW + 730 * DAY).erased == 1


@pytest.mark.parametrize("kind", ["customer", "website"])
def test_a_contact_in_between_keeps_her_and_the_time_begins_anew(shop: Kaffeehaus, kind: str) -> None:
    now = timezone.now()
    member = ada(shop, now - 701 * DAY)
    assert keep_round(now) == Round(0, 1, True)

    set_status(member, MembershipStatus.SUSPENDED, Actor(kind, "1"))

    assert Account.objects.get().warned_at is None
    assert keep_round(now + 699 * DAY) == Round(0, 0, True)
    assert keep_round(now + 701 * DAY) == Round(0, 1, True)


def test_what_the_system_or_an_operator_does_is_no_contact(shop: Kaffeehaus) -> None:
    member = ada(shop)
    keep_round(NOW + 700 * DAY)

    set_status(member, MembershipStatus.SUSPENDED, Actor("operator", "1"))
    set_status(member, MembershipStatus.ACTIVE, SYSTEM)

    assert keep_round(NOW + 730 * DAY).erased == 1


def test_a_suspended_account_goes_too(shop: Kaffeehaus) -> None:
    member = ada(shop)
    Account.objects.update(status=Status.SUSPENDED)

    keep_round(NOW + 700 * DAY)

    assert keep_round(NOW + 730 * DAY).erased == 1
    assert status_of(member) == Status.ERASED


def test_full_accounts_and_operators_never_go(shop: Kaffeehaus) -> None:
    bob, olga = customer("bob@example.com", brand=shop.brand), operator()
    nobodys = customer("nobodys@example.com")
    Account.objects.update(contact_at=NOW - 9_000 * DAY, warned_at=NOW - 8_000 * DAY)

    assert keep_round(NOW) == Round(0, 0, True)

    kept = Account.objects.filter(status=Status.ACTIVE).values_list("pk", flat=True)
    assert set(kept) == {bob.pk, olga.pk, nobodys.pk}


def test_who_has_no_brand_any_more_goes_after_30_days(shop: Kaffeehaus) -> None:
    member = ada(shop)
    set_status(member, MembershipStatus.ENDED, SITE)
    Account.objects.update(contact_at=NOW)

    assert keep_round(NOW + 30 * DAY - SECOND) == Round(0, 0, True)
    assert keep_round(NOW + 30 * DAY) == Round(1, 0, True)

    assert mails() == []


def test_who_was_let_go_by_one_brand_stays_with_the_other(shop: Kaffeehaus) -> None:
    member = ada(shop)
    other = kaffeehaus("teahouse", is_default=False)
    said = Said(Source.WEBSITE, "tea", NOW)
    create_lite(other.brand, Met.at("ada@example.com", {}, said), SITE, how="scim")
    set_status(member, MembershipStatus.ENDED, SITE)
    Account.objects.update(contact_at=NOW)

    assert keep_round(NOW + 31 * DAY) == Round(0, 0, True)


@pytest.mark.parametrize("seed", range(3))
def test_exactly_the_due_set_goes(shop: Kaffeehaus, seed: int) -> None:
    """Spread around the borders, some of them on the very second: none too many, none too few."""
    dice = random.Random(seed)
    near = [timedelta * sign for timedelta in (0 * DAY, SECOND, DAY, 40 * DAY) for sign in (1, -1)]
    contacts = [NOW - dice.choice([700, 730, 30]) * DAY + dice.choice(near) for _one in range(MANY)]
    told = [dice.choice([None, NOW - 30 * DAY + dice.choice(near)]) for _one in range(MANY)]
    accounts = lite(shop.brand, contacts, told)
    ended = [one for one in accounts if dice.random() < 0.2]
    Membership.objects.filter(account__in=ended).update(status=MembershipStatus.ENDED)
    gone, left = set(), {one.pk for one in ended}
    for one in accounts:
        age, since = NOW - one.contact_at, one.warned_at and NOW - one.warned_at
        if (since and age >= 730 * DAY and since >= 30 * DAY) or (one.pk in left and age >= 30 * DAY):
            gone.add(one.pk)
    warned = {
        one.pk
        for one in accounts
        if one.pk not in gone and one.warned_at is None and NOW - one.contact_at >= 700 * DAY
    }

    done = keep_round(NOW, budget=600)

    assert done == Round(len(gone), len(warned), MANY < 2 * retention.MOST)
    assert gone == set(Account.objects.filter(status=Status.ERASED).values_list("pk", flat=True))
    assert warned == set(Account.objects.filter(warned_at=NOW).values_list("pk", flat=True))
    assert Mail.objects.count() == len(warned)
    assert len(gone) > MANY // 20
    assert len(warned) > MANY // 20


def test_a_second_round_does_nothing(shop: Kaffeehaus) -> None:
    lite(shop.brand, [NOW - 710 * DAY, NOW - 800 * DAY], [None, NOW - 31 * DAY])
    assert keep_round(NOW) == Round(1, 1, True)

    assert keep_round(NOW) == Round(0, 0, True)

    assert Mail.objects.count() == 1


def test_what_was_not_done_in_time_is_done_in_the_next_round(
    shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    lite(shop.brand, [NOW - 800 * DAY] * 5, [NOW - 31 * DAY] * 5)
    times = iter(range(99))

    assert keep_round(NOW, budget=2.5, clock=lambda: float(next(times))) == Round(4, 0, False)
    assert keep_round(NOW) == Round(1, 0, True)


def test_a_round_that_dies_loses_and_doubles_nothing(
    shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    lite(shop.brand, [NOW - 800 * DAY] * 5, [None] * 5)
    beats = iter([0.0, 0.0])

    with pytest.raises(StopIteration):
        keep_round(NOW, clock=lambda: next(beats))
    assert Mail.objects.count() == 2

    assert keep_round(NOW) == Round(0, 3, True)
    assert Mail.objects.count() == 5


def test_a_batch_that_fails_holds_up_no_other(shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    accounts = lite(shop.brand, [NOW - (800 + day) * DAY for day in range(6)], [NOW - 31 * DAY] * 6)

    def refuses(ids: privacy.AccountIds, _now: dt.datetime) -> None:
        if accounts[3].pk in ids:
            raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(privacy, "holders", [*privacy.holders, Holder("broken", "", refuses)])
        assert keep_round(NOW) == Round(4, 0, True)

    left = set(Account.objects.filter(status=Status.ACTIVE).values_list("pk", flat=True))
    assert left == {accounts[2].pk, accounts[3].pk}
    assert keep_round(NOW) == Round(2, 0, True)


def test_the_due_are_found_by_the_index_among_a_hundred_thousand(shop: Kaffeehaus) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_account (id, realm, kind, status, is_staff, is_superuser, version,"
            " session_epoch, created_at, contact_at)"
            " SELECT gen_random_uuid(), 'customer', 'lite', 'active', false, false, 1, 1,"
            " %(now)s, %(now)s - n * interval '11 minutes' FROM generate_series(1, 100000) n",
            {"now": NOW},
        )
        cursor.execute("ANALYZE accounts_account")

    for due in (retention.to_warn, retention.to_erase):
        plan = due(NOW).order_by("contact_at").values_list("pk", flat=True)[: retention.MOST].explain()

        assert "lite_by_contact" in plan, plan
        assert "Seq Scan" not in plan, plan
