"""The sign-ins of an account so far: with which browsers, from where, and when."""

import datetime as dt
import math
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from accounts.models import Account
from auth_flows.models import Assessment, Device, SignIn
from auth_flows.risk.facts import RiskFacts

LATEST = 20
DEVICES = 200
ENOUGH = 5
"""Fewer sign-ins tell nothing of anybody's hours."""
AROUND_HOURS = 3
EARTH_KM = 6_371
Degrees = tuple[int, int]


@dataclass(frozen=True)
class Earlier:
    """A sign-in that was finished."""

    at: dt.datetime
    country: str
    degrees: Degrees | None


@dataclass(frozen=True)
class History:
    devices: frozenset[str] = frozenset()
    """The hashes of the secrets of its browsers."""
    countries: frozenset[str] = frozenset()
    earlier: tuple[Earlier, ...] = ()
    """The newest first."""

    def last_place(self) -> tuple[Degrees, dt.datetime] | None:
        return next(((one.degrees, one.at) for one in self.earlier if one.degrees), None)

    def is_unusual(self, now: dt.datetime) -> bool:
        """Further than some hours from all times of day at which this account has signed in."""
        hours = [one.at.astimezone(dt.UTC).hour for one in self.earlier]
        here = now.astimezone(dt.UTC).hour
        apart = [min((hour - here) % 24, (here - hour) % 24) for hour in hours]
        return len(hours) >= ENOUGH and min(apart) > AROUND_HOURS


def history_of(account: Account) -> History:
    """Only sign-ins that were finished: whoever got half way must not become a habit."""
    devices = Device.objects.filter(account=account).order_by("-last_seen_at")
    met = list(devices.values_list("browser_hash", "country")[:DEVICES])
    finished = SignIn.objects.filter(pk=OuterRef("sign_in_id"), finished_at__isnull=False)
    rows = Assessment.objects.filter(Exists(finished), account_id=account.pk).order_by("-id")
    earlier = tuple(_earlier(at, facts) for at, facts in rows.values_list("at", "facts")[:LATEST])
    return History(
        devices=frozenset(browser for browser, _country in met),
        countries=frozenset(
            country for country in (*(c for _b, c in met), *(one.country for one in earlier)) if country
        ),
        earlier=earlier,
    )


def _earlier(at: dt.datetime, stored: dict[str, object]) -> Earlier:
    facts = RiskFacts.from_json(stored)
    return Earlier(at, facts.country, facts.degrees)


def distance_km(one: Degrees, other: Degrees) -> int:
    """Along a great circle, in tens of kilometres."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half))) / 10) * 10
