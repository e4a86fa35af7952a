"""Somebody comes back at the very moment at which they are erased: either of the two, and all of it."""

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import keeping, retention
from accounts.events import Actor
from accounts.models import Account, Brand, Event, Identifier, Membership, ProfileValue, Source, Status
from accounts.profiles import Said
from accounts.registration import AlreadyMember, Met, Registration, create_lite, register
from auth_flows.models import SignIn
from ciam.lib.models import Mail
from tests.accounts.crowd import DAY, address_of, lite
from tests.people import PASSWORD, kaffeehaus
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12
SITE = Actor("website", "1")
Act = Callable[[], object]


def together(*acts: Act) -> list[object]:
    """What each returns, all begun at the same moment."""
    start = threading.Barrier(len(acts))

    def one(act: Act) -> object:
        try:
            start.wait(30)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result() for done in [pool.submit(one, act) for act in acts]]


def due(brand: Brand, number: int = 1) -> list[Account]:
    now = timezone.now()
    return lite(brand, [now - 800 * DAY] * number, [now - 31 * DAY] * number)


def whole(account: Account) -> bool:
    """Nothing hangs on an erased account, nothing is missing from a living one."""
    account.refresh_from_db()
    values = [
        Identifier.objects.filter(account=account).exists(),
        ProfileValue.objects.filter(account=account).exists(),
    ]
    return any(values) != (account.status == Status.ERASED)


def test_who_registers_meanwhile_stays_or_begins_anew() -> None:
    brand = kaffeehaus().brand
    for _round in range(ROUNDS):
        (old,) = due(brand)
        now = timezone.now()
        said = Registration(address_of(old), now, {"given_name": "Ada"}, frozenset())

        def registers(said: Registration = said, now: dt.datetime = now) -> Account:
            with transaction.atomic():
                return register(brand, said, now)

        account, _round_done = together(registers, lambda: retention.keep_round(timezone.now()))

        assert isinstance(account, Account)
        account.refresh_from_db()
        assert (account.status, account.kind) == (Status.ACTIVE, "full")
        assert whole(account)
        assert whole(old)
        own = Identifier.objects.get(scope="", normal=address_of(old), retired_at=None)
        assert own.account_id == account.pk


def test_who_is_met_by_another_brand_meanwhile_stays_or_begins_anew() -> None:
    shop = kaffeehaus().brand
    tea = kaffeehaus("teahouse", is_default=False).brand
    for _round in range(ROUNDS):
        (old,) = due(shop)
        met = Met.at(address_of(old), {"given_name": "Ada"}, Said(Source.WEBSITE, "tea", timezone.now()))

        member, _round_done = together(
            lambda met=met: create_lite(tea, met, SITE, how="scim"),  # type: ignore[misc]
            lambda: retention.keep_round(timezone.now()),
        )

        assert isinstance(member, Membership)
        account = Account.objects.get(pk=member.account_id)
        assert account.status == Status.ACTIVE
        assert whole(account)
        assert whole(old)
        assert Membership.objects.get(account=account, brand=tea).status == "active"


def test_who_ends_a_registration_meanwhile_is_signed_in_or_starts_again() -> None:
    brand = kaffeehaus().brand
    for _round in range(4):
        (old,) = due(brand)
        walker = Walker().open("/register/").send(identifier=address_of(old))
        walker.send(code=code_for(address_of(old))).send(given_name="Ada").send(password=PASSWORD)

        together(lambda: walker.send(agree_terms="on"), lambda: retention.keep_round(timezone.now()))  # noqa: B023

        assert walker.heading in {"Hello, Ada", "This page has expired"}
        assert whole(old)
        live = Account.objects.filter(kind="full", status=Status.ACTIVE, identifiers__normal=address_of(old))
        assert live.distinct().count() == (walker.heading == "Hello, Ada")
        assert not SignIn.objects.filter(account_id=old.pk, finished_at=None).exists()


def test_an_erasure_waits_for_no_sign_in_that_may_wait_for_the_account() -> None:
    """The end of a sign-in locks its row first, and the account then."""
    (old,) = due(kaffeehaus().brand)
    sign_in = SignIn.objects.create(account_id=old.pk, expires_at=timezone.now() + DAY)

    with transaction.atomic():
        SignIn.objects.filter(pk=sign_in.pk).update(finished_at=timezone.now(), draft=None)
        (done,) = together(lambda: retention.keep_round(timezone.now()))
        (account,) = Account.objects.locked([old.pk])

    assert done == retention.Round(1, 0, True)
    assert account.status == Status.ERASED


def test_who_presses_the_button_meanwhile_stays_or_is_gone() -> None:
    brand = kaffeehaus().brand
    for _round in range(ROUNDS):
        (old,) = due(brand)
        member = Membership.objects.select_related("account").get(account=old)
        assert old.warned_at
        warned = keeping.read(keeping.link(member, old.warned_at).rstrip("/").rpartition("/")[2])
        assert warned

        stays, _round_done = together(
            lambda member=member, warned=warned: keeping.answer(member, warned, timezone.now()),  # type: ignore[misc]
            lambda: retention.keep_round(timezone.now()),
        )

        assert whole(old)
        assert stays is (old.status == Status.ACTIVE)


def test_many_workers_do_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)
    brand, now = kaffeehaus().brand, timezone.now()
    lite(brand, [now - 800 * DAY] * 60, [now - 31 * DAY] * 30 + [None] * 30)

    rounds = together(*[lambda: retention.keep_round(now)] * 6)

    assert sum(one.erased for one in rounds if isinstance(one, retention.Round)) == 30
    assert sum(one.warned for one in rounds if isinstance(one, retention.Round)) == 30
    assert Event.objects.filter(type="account.erased").count() == 30
    assert Mail.objects.count() == 30


def test_the_website_that_has_her_is_told_so_or_gets_somebody_new() -> None:
    brand = kaffeehaus().brand
    for _round in range(ROUNDS):
        (old,) = due(brand)
        met = Met.at(address_of(old), {"given_name": "Ada"}, Said(Source.WEBSITE, "shop", timezone.now()))

        def meets(met: Met = met) -> object:
            try:
                return create_lite(brand, met, SITE, how="scim").account_id
            except AlreadyMember:
                return None

        met_as, _round_done = together(meets, lambda: retention.keep_round(timezone.now()))

        assert met_as != old.pk
        assert whole(old)
