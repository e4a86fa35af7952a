"""Recoveries and changed addresses: what may happen once happens once."""

import re

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import address_changes
from accounts.address_changes import LastOne, NotYours
from accounts.identifiers import email, row_of
from accounts.models import Account, AddressChange, Event, Identifier
from auth_flows import recoveries
from auth_flows.models import Recovery
from tests.people import customer, kaffeehaus
from tests.races.test_once import at_once
from tests.walking import mails

pytestmark = pytest.mark.django_db(transaction=True)

HOME = "ada@home.example"


def test_fifty_requests_to_wait_leave_one_waiting_and_its_end_comes_once() -> None:
    brand, ada, now = kaffeehaus().brand, customer(), timezone.now()

    def ask(_number: int) -> bool:
        with transaction.atomic():
            recoveries.ask(Account.objects.locked([ada.pk])[0], "ada@example.com", brand, now)
        return True

    assert at_once(ask) == 50
    waits = Recovery.objects.get(cancelled_at=None)
    Recovery.objects.update(ready_at=now)

    def finish(_number: int) -> bool:
        with transaction.atomic():
            return recoveries.finish(str(waits.pk), Account.objects.locked([ada.pk])[0], brand, now)

    assert at_once(finish) == 1


def test_a_wait_is_cancelled_once_or_finished_but_never_both() -> None:
    brand, ada, now = kaffeehaus().brand, customer(), timezone.now()
    with transaction.atomic():
        row = recoveries.ask(ada, "ada@example.com", brand, now)
    Recovery.objects.update(ready_at=now)

    def act(number: int) -> bool:
        with transaction.atomic():
            if number % 2:
                return recoveries.cancel(row, now)
            return recoveries.finish(str(row.pk), Account.objects.locked([ada.pk])[0], brand, now)

    assert at_once(act) == 1


def test_a_code_makes_an_address_count_for_one_of_fifty() -> None:
    ada, now = customer(), timezone.now()
    change, code = address_changes.ask(ada, email(HOME), None, now)

    assert at_once(lambda _number: bool(address_changes.prove(change, code, now))) == 1

    assert Event.objects.filter(type="identifier.added").count() == 1


def test_fifty_wrong_codes_for_an_address_are_five_tries() -> None:
    change, _code = address_changes.ask(customer(), email(HOME), None, timezone.now())

    assert at_once(lambda _number: address_changes.count_try(change, timezone.now())) == address_changes.TRIES


def test_two_who_prove_one_address_at_the_same_time_do_not_both_have_it() -> None:
    now, people = timezone.now(), [customer(f"p{number}@example.com") for number in range(20)]
    asked = [address_changes.ask(account, email(HOME), None, now) for account in people]

    def prove(number: int) -> bool:
        change, code = asked[number]
        try:
            return bool(address_changes.prove(change, code, now))
        except address_changes.Taken:
            return False

    assert at_once(prove, 20) == 1
    assert Identifier.objects.filter(normal=HOME, retired_at=None).count() == 1


def test_all_addresses_removed_at_once_leave_one() -> None:
    ada, now = customer(), timezone.now()
    for number in range(9):
        row_of(email(f"ada{number}@example.com", is_primary=False), ada, verified_at=now).save()
    rows = list(Identifier.objects.filter(account=ada))

    def remove(number: int) -> bool:
        try:
            address_changes.remove(ada, rows[number].pk, now)
        except LastOne:
            return False
        return True

    assert at_once(remove, 10) == 9
    assert Identifier.objects.get(account=ada, retired_at=None).is_primary


def test_a_change_is_undone_once() -> None:
    kaffeehaus()
    ada, now = customer(), timezone.now()
    change, code = address_changes.ask(ada, email(HOME), None, now)
    secret = address_changes.prove(change, code, now)
    assert secret
    row = address_changes.to_undo(secret, now)
    assert row is not None
    assert not re.search(HOME, str(mails()))

    def undo(_number: int) -> bool:
        try:
            address_changes.undo(row, now)
        except NotYours:
            return False
        return True

    assert at_once(undo) == 1
    assert AddressChange.objects.get().undone_at is not None
