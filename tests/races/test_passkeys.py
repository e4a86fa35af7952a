"""One challenge, one use, however many come with it at the same time."""

import datetime as dt
import json

import pytest
from django.utils import timezone

from accounts.models import Realm
from auth_flows.methods import passkey
from auth_flows.models import Authenticator, SignIn
from tests.passkeys import Passkey
from tests.people import customer
from tests.races.test_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def under_way() -> SignIn:
    now = timezone.now()
    return SignIn.objects.create(browser_hash="x", expires_at=now + dt.timedelta(hours=1))


def proves(row: SignIn, answer: str) -> bool:
    mine = SignIn.objects.get(pk=row.pk)
    try:
        passkey.prove(mine, answer, realm=Realm.CUSTOMER, account=None, now=timezone.now())
    except passkey.Refused:
        return False
    return True


def test_an_answer_is_good_for_one_of_fifty() -> None:
    key, row = Passkey(), under_way()
    key.belongs_to(customer("ada@example.com", password=None))
    answer = key.get(json.loads(passkey.request_options(row, held=(), now=timezone.now())))

    assert at_once(lambda _number: proves(row, answer)) == 1
    assert SignIn.objects.get().challenges == 1


def test_of_fifty_answers_of_one_copied_key_with_one_counter_one_is_good() -> None:
    key = Passkey(count=3)
    key.belongs_to(customer("ada@example.com", password=None))
    rows = [under_way() for _number in range(50)]
    now = timezone.now()
    answers = [key.get(json.loads(passkey.request_options(row, held=(), now=now)), count=4) for row in rows]

    assert at_once(lambda number: proves(rows[number], answers[number])) == 1
    assert Authenticator.objects.get().sign_count == 4


def test_a_registration_is_good_for_one_of_fifty() -> None:
    row = under_way()
    options = passkey.creation_options(
        row, name="ada@example.com", handle="aGFuZGxl", place="", held=(), now=timezone.now()
    )
    answer = Passkey().create(json.loads(options))

    def registers(_number: int) -> bool:
        mine = SignIn.objects.get(pk=row.pk)
        try:
            passkey.register(mine, answer, handle="aGFuZGxl", now=timezone.now())
        except passkey.Refused:
            return False
        return True

    assert at_once(registers) == 1
