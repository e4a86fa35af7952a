"""Codes that work once, fifty at a time."""

import pyotp
import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Event
from auth_flows import enrolment, phones
from auth_flows.methods import recovery_code, sms_code
from auth_flows.models import Authenticator, TextMessage
from ciam.lib.ids import uuid7
from tests.people import customer
from tests.races.test_once import at_once
from tests.texting import ADAS_PHONE, texted

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_recovery_code_is_good_for_one_of_fifty() -> None:
    ada, now, codes = customer(totp=True), timezone.now(), recovery_code.new_codes()
    with transaction.atomic():
        recovery_code.replace(ada, codes, now)

    assert at_once(lambda _number: recovery_code.redeem(ada, codes[3], now)) == 1

    assert recovery_code.left(ada) == 9
    assert Event.objects.filter(type="authenticator.changed").count() == 1


def test_a_code_by_sms_is_good_for_one_of_fifty() -> None:
    ada, about, now = customer(), uuid7(), timezone.now()
    sms_code.send(about, ADAS_PHONE, "192.0.2.1", "Kaffeehaus", now, account_id=ada.pk)
    code = texted()

    assert at_once(lambda _number: sms_code.redeem(about, code, now)) == 1


def test_fifty_wrong_codes_by_sms_are_five_tries() -> None:
    ada, about, now = customer(), uuid7(), timezone.now()
    sms_code.send(about, ADAS_PHONE, "192.0.2.1", "Kaffeehaus", now, account_id=ada.pk)
    code = texted()
    wrong = "000000" if code != "000000" else "111111"

    assert at_once(lambda _number: sms_code.redeem(about, wrong, now)) == 0

    assert TextMessage.objects.get().code_tries == sms_code.TRIES
    assert not sms_code.redeem(about, code, now)


def test_a_device_is_confirmed_by_one_of_fifty() -> None:
    ada, now = customer(), timezone.now()
    with transaction.atomic():
        device = enrolment.begin(ada, "", now)
    code = pyotp.TOTP(device.seed or "").at(now)

    def confirm(_number: int) -> bool:
        with transaction.atomic():
            Account.objects.locked([ada.pk])
            return enrolment.confirm(device, code, now)

    assert at_once(confirm) == 1
    assert Event.objects.filter(type="authenticator.added").count() == 1


def test_many_people_prove_one_number_and_one_has_it() -> None:
    now = timezone.now()
    changes = []
    for number in range(10):
        one = customer(f"ada{number}@example.com", password=None)
        change = phones.begin(one, ADAS_PHONE, now)
        TextMessage.objects.create(
            about=change.pk,
            account_id=one.pk,
            code_hash=sms_code._hash(change.pk, "123456"),
            ends_at=now + phones.OPEN,
            not_before=now,
        )
        changes.append(change)

    def prove(number: int) -> bool:
        try:
            phones.prove(changes[number % 10], "123456", now)
        except ValidationError:
            return False
        return True

    assert at_once(prove) == 1
    assert Authenticator.objects.filter(kind="sms_code").count() == 1
