"""What stood at any moment of the past, for any history of clicks, reports, imports, signals and expiry."""

import datetime as dt
import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts import events
from accounts.events import Actor
from accounts.models import Account
from consent import ledger
from consent.expiring import expire_round
from consent.ledger import Given, Shown
from consent.models import ConsentRecord, Decision, Method, PurposeVersion
from tests.consent.saying import holds_for, new_wording, somebody
from tests.people import Kaffeehaus, kaffeehaus
from tests.properties.consent_histories import (
    DAY,
    LONGEST,
    NOON,
    VALID_DAYS,
    Clock,
    Happening,
    Replay,
    Says,
    Stood,
    histories,
    moments,
)

pytestmark = pytest.mark.django_db

LONG = bool(os.environ.get("CIAM_LONG"))
many = settings(
    max_examples=10_000 if LONG else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Wordings = dict[tuple[int, int], PurposeVersion]
"""By brand and number."""


@pytest.fixture
def wordings(shop: Kaffeehaus, monkeypatch: pytest.MonkeyPatch) -> Wordings:
    """Of two brands' newsletters, which have the same key. Nobody listens to the events: that takes time."""
    monkeypatch.setattr(events, "listeners", [])
    found: Wordings = {}
    for place, brand in enumerate((shop, kaffeehaus("teehaus", is_default=False))):
        holds_for(brand.newsletter, VALID_DAYS[place])
        found[place, 1] = brand.newsletter
        found[place, 2] = new_wording(brand.newsletter, NOON, material=True, releases=["email"])
    return found


def happens(account: Account, wordings: Wordings, history: list[Happening]) -> Replay:
    """In the ledger and in the replay."""
    replay = Replay()
    for one, now in zip(history, moments(history), strict=True):
        if isinstance(one, Clock):
            expire_round(now)
            replay.clock(now)
        else:
            ledger.write([answer(account, wordings[one.brand, one.wording], one, now)], now)
            replay.says(one, now)
    return replay


def answer(account: Account, version: PurposeVersion, one: Says, now: dt.datetime) -> Given:
    shown, actor = Shown(version, "", "en", ""), Actor("customer", str(account.pk))
    return Given(account.pk, shown, one.decision, one.method, actor, now - one.late * DAY)


def plain(record: ConsentRecord | None) -> Stood | None:
    if record is None:
        return None
    return Stood(
        record.at, Decision(record.decision), record.version.number, record.said_at, record.expires_at
    )


GIVEN, AGAIN = (Says(0, 0, 1, Decision.GIVEN, method) for method in (Method.CLICK, Method.SCIM))


@pytest.mark.timeout(7_200)
@many
@given(history=histories, days=st.lists(st.integers(-1, LONGEST + 30), min_size=2, max_size=3))
# Expires, is reported again as it was, is reported anew, expires again.
@example(
    [
        GIVEN,
        Clock(20),
        Says(21, 0, 1, Decision.GIVEN, Method.SCIM, late=21),
        Says(22, 0, 1, Decision.GIVEN, Method.SCIM, late=4),
        Clock(60),
    ],
    [19, 20, 23],
)
# Renewed before its time, by a click and by a report; the clock finds nothing.
@example([GIVEN, Says(15, 0, 1, Decision.GIVEN, Method.SCIM), Clock(25)], [14, 25, 36])
def test_what_stood_is_what_a_plain_replay_says(
    wordings: Wordings, history: list[Happening], days: list[int]
) -> None:
    with transaction.atomic():
        ada = somebody()
        replay = happens(ada, wordings, history)

        for moment in [*(NOON + day * DAY for day in days), *moments(history)[-2:]]:
            for brand in (0, 1):
                found = ledger.as_of(ada.pk, wordings[brand, 1].purpose, moment)
                expected = replay.as_of(brand, moment)
                assert plain(found) == expected
                allowed = expected is not None and expected.decision == Decision.GIVEN
                in_time = expected is not None and (expected.until is None or expected.until > moment)
                assert ledger.is_given(found, moment) == (allowed and in_time)
        transaction.set_rollback(True)


@settings(many, max_examples=1_000 if LONG else 40)
@given(history=histories)
def test_what_is_said_to_one_brand_never_counts_for_another(
    shop: Kaffeehaus, wordings: Wordings, history: list[Happening]
) -> None:
    """Here anything is said; there nobody has said a word, and is asked like a stranger."""
    with transaction.atomic():
        ada, bob = somebody(), somebody()
        here = [one for one in history if isinstance(one, Clock) or one.brand == 0]
        happens(ada, wordings, here)
        now = NOON + LONGEST * DAY
        first, second = wordings[0, 1], wordings[1, 1]

        standings = ledger.standings([ada.pk, bob.pk], [first.purpose, second.purpose], now)
        there = standings[ada.pk, second.purpose_id]

        assert (there.record, there.allows, there.releases) == (None, False, frozenset())
        brand = second.purpose.brand
        assert ledger.due(ada.pk, brand) == ledger.due(bob.pk, brand) == ledger.latest_versions(brand)
        assert all(standings[bob.pk, one.purpose_id].record is None for one in (first, second))
        transaction.set_rollback(True)
