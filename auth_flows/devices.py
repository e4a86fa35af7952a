"""Browsers that an account has met, and those that its owner trusts.

A device is an account in a browser: the row of one account says nothing of another, whoever holds its cookie.
"""

import datetime as dt
import uuid
from collections.abc import Collection

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account, Brand, Realm
from auth_flows.assurance import SECOND, Method
from auth_flows.models import Device
from auth_flows.policies import policy_of
from auth_flows.whereabouts import Here

LONGEST_DAYS = 90
TRUST_ENDS = frozenset(
    {
        EventType.AUTHENTICATOR_ADDED,
        EventType.AUTHENTICATOR_CHANGED,
        EventType.AUTHENTICATOR_REMOVED,
        EventType.IDENTITY_LINKED,
        EventType.IDENTITY_UNLINKED,
        EventType.RECOVERY_DONE,
        EventType.SIGN_IN_DISOWNED,
        EventType.SESSIONS_REVOKED,
        EventType.ACCOUNT_SUSPENDED,
    }
)
"""After these nobody is let off the second step."""


def meet(
    account: Account, browser_hash: str, here: Here, brand: Brand | None, now: dt.datetime
) -> tuple[Device, bool]:
    """The device on which an account, which is locked, has just signed in; and whether that is news: a
    browser or a country where it never was, though it was seen before."""
    others = list(Device.objects.filter(account=account))
    known = next((device for device in others if device.browser_hash == browser_hash), None)
    news = _news(others, known, here)
    device = known or Device(account=account, browser_hash=browser_hash)
    device.agent, device.last_seen_at = here.agent[:200], now
    if here.place or here.country:
        device.country, device.place = here.country, here.place[:100]
    device.save()
    if news:
        brand_id = brand.pk if brand else None
        events.record([Change(EventType.DEVICE_MET, account.pk, _actor(account), brand_id, (news,))], now)
    return device, bool(news)


def _news(others: Collection[Device], known: Device | None, here: Here) -> str:
    if not others:
        return ""
    if known is None:
        return "device"
    countries = {device.country for device in others if device.country}
    return "country" if here.country and countries and here.country not in countries else ""


def is_trusted(account: Account, browser_hash: str, brand: Brand | None, now: dt.datetime) -> bool:
    """Whether the second factor need not be asked here. A brand that trusts none takes no other's word."""
    if account.realm == Realm.OPERATOR or not days_of_trust(brand):
        return False
    return Device.objects.filter(account=account, browser_hash=browser_hash, trusted_until__gt=now).exists()


def days_of_trust(brand: Brand | None) -> int:
    return min(policy_of(brand).trusted_device_days, LONGEST_DAYS)


def may_earn_trust(method: Method) -> bool:
    """A second step by what the person always has. A recovery code says that they haven't got it."""
    return method in SECOND and method.value != "recovery_code"


def trust(device: Device, brand: Brand | None, now: dt.datetime) -> None:
    """As its owner wished. The account is locked."""
    days = days_of_trust(brand)
    if not days or device.account.realm == Realm.OPERATOR:
        return
    device.trusted_until = now + dt.timedelta(days=days)
    device.save(update_fields=["trusted_until"])
    events.record([Change(EventType.DEVICE_TRUSTED, device.account_id, _actor(device.account))], now)


def trust_none_of(account_ids: Collection[uuid.UUID]) -> None:
    trusted = Device.objects.filter(account__in=account_ids, trusted_until__isnull=False)
    trusted.update(trusted_until=None)


def trusted_by(account: Account, now: dt.datetime) -> list[Device]:
    return list(Device.objects.filter(account=account, trusted_until__gt=now).order_by("-last_seen_at"))


def distrust(account: Account, device_id: uuid.UUID, now: dt.datetime) -> bool:
    """Its owner no longer trusts it. The account is locked. Says whether it did."""
    mine = Device.objects.filter(pk=device_id, account=account, trusted_until__isnull=False)
    if not mine.update(trusted_until=None):
        return False
    events.record([Change(EventType.DEVICE_FORGOTTEN, account.pk, _actor(account))], now)
    return True


def _actor(account: Account) -> Actor:
    return Actor(account.realm, str(account.pk))
