"""For how long a session lives: as its brand says, within what the installation allows.

Operators' sessions live as the installation says.
"""

import datetime as dt

from django.conf import settings

from accounts.models import Account, Brand, Realm
from auth_flows.policies import policy_of


def idle(account: Account, brand: Brand | None) -> dt.timedelta:
    """How long it may rest."""
    if account.realm == Realm.OPERATOR:
        return dt.timedelta(seconds=settings.OPERATOR_SESSION_IDLE_SECONDS)
    hours = policy_of(brand).session_idle_hours
    return min(dt.timedelta(seconds=settings.SESSION_IDLE_SECONDS), dt.timedelta(hours=hours))


def longest(account: Account, brand: Brand | None) -> dt.timedelta:
    """From its beginning, whatever happens."""
    if account.realm == Realm.OPERATOR:
        return dt.timedelta(seconds=settings.OPERATOR_SESSION_MAX_SECONDS)
    hours = policy_of(brand).session_longest_hours
    return min(dt.timedelta(seconds=settings.SESSION_MAX_SECONDS), dt.timedelta(hours=hours))
