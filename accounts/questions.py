"""Questions about the profile, a few at a time, once somebody is no stranger any more.

What an app's scope opens comes first. Whoever puts a question off is left alone with it, each time for twice
as long, and nobody is asked at two sign-ins in a row.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from accounts import events
from accounts.attributes import ATTRIBUTES, Asked, Attribute
from accounts.events import Actor, Change, EventType
from accounts.models import Account, Event, ProfileValue, PutOff, Source
from accounts.profiles import Said, say
from accounts.values import Value

ASKED = "questions"
"""The field that tells, with the event of a sign-in, that it asked some."""
WANTED_FROM = 3
"""After so many sign-ins somebody is asked for what an app wants,"""
OTHERS_FROM = 5
"""and after so many for what else there is to say."""
COOL_DOWN = dt.timedelta(days=7)
LONGEST = dt.timedelta(days=365)


def due(account: Account, wanted: Collection[str], most: int, now: dt.datetime) -> list[Attribute]:
    """What may be asked of this person now. Three queries at most, none where nothing is ever asked."""
    may_ask = [attribute for attribute in ATTRIBUTES.values() if _may_ask(attribute, wanted)]
    if not may_ask or not most:
        return []
    rows = Event.objects.filter(account_id=account.pk, type=EventType.SIGNED_IN).order_by("-id")
    visits = list(rows.values_list("fields", flat=True)[:OTHERS_FROM])
    if len(visits) < WANTED_FROM or ASKED in visits[0]:
        return []
    names = [attribute.name for attribute in may_ask]
    said = ProfileValue.objects.filter(account=account, attribute__in=names).values_list(
        "attribute", flat=True
    )
    later = PutOff.objects.filter(account=account, attribute__in=names, until__gt=now)
    passed_over = {*said, *later.values_list("attribute", flat=True)}
    open_ones = [one for one in may_ask if one.name not in passed_over]
    if len(visits) < OTHERS_FROM:
        open_ones = [one for one in open_ones if one.name in wanted]
    return sorted(open_ones, key=lambda one: one.name not in wanted)[:most]


def _may_ask(attribute: Attribute, wanted: Collection[str]) -> bool:
    if Source.CUSTOMER not in attribute.said_by or attribute.asked is Asked.NEVER:
        return False
    return attribute.asked is Asked.LATER or attribute.name in wanted


def answer(account: Account, asked: Sequence[str], told: Mapping[str, Value], now: dt.datetime) -> None:
    """Keep what was answered, and put off the rest. In the caller's transaction, with the account locked."""
    changed = say(account, told, Said(Source.CUSTOMER, "", now))
    PutOff.objects.filter(account=account, attribute__in=list(told)).delete()
    for name in asked:
        if name not in told:
            _put_off(account, name, now)
    if changed:
        actor = Actor("customer", str(account.pk))
        events.record([Change(EventType.PROFILE_CHANGED, account.pk, actor, None, changed)], now)


def _put_off(account: Account, name: str, now: dt.datetime) -> None:
    row = PutOff.objects.filter(account=account, attribute=name).first()
    times = row.times + 1 if row else 1
    until = now + min(COOL_DOWN * 2 ** min(times - 1, 10), LONGEST)
    PutOff.objects.update_or_create(
        account=account, attribute=name, defaults={"times": times, "until": until}
    )
