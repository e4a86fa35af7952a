"""Browsers that an account has met, and those that its owner trusts."""

import datetime as dt

from accounts.models import Account
from auth_flows.models import Device


def is_trusted(account: Account, browser_hash: str, now: dt.datetime) -> bool:
    """Whether the second factor need not be asked here."""
    return Device.objects.filter(account=account, browser_hash=browser_hash, trusted_until__gt=now).exists()
