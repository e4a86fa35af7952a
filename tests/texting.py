"""Codes by SMS as their owners read them. Messages that no worker has taken yet stand in their table."""

import re

from django.utils import timezone

from accounts.identifiers import phone, row_of
from accounts.models import Account, Brand
from auth_flows.models import Authenticator, SignInPolicy, TextMessage

ADAS_PHONE = "+4915112345678"


def offers_texts(brand: Brand) -> None:
    SignInPolicy.objects.update_or_create(brand=brand, defaults={"codes_by_sms": True})


def has_phone(account: Account, number: str = ADAS_PHONE, *, second: bool = False) -> Account:
    now = timezone.now()
    row_of(phone(number, ""), account, verified_at=now).save()
    if second:
        kind = Authenticator.Kind.SMS_CODE
        Authenticator.objects.create(account=account, kind=kind, confirmed_at=now)
    return account


def texted(number: str = ADAS_PHONE) -> str:
    """The newest code on its way to a number."""
    waiting = TextMessage.objects.filter(done_at=None, to_nobody=False).order_by("-pk")
    texts = [row.text or "" for row in waiting if row.recipient == number]
    assert texts, f"no SMS to {number}"
    found = re.match(r"\d{6}", texts[0])
    assert found
    return found.group()
