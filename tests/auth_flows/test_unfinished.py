"""What was typed in a sign-in that is over goes after a week, and not before."""

import datetime as dt
import os
import random

import pytest
from django.utils import timezone

from auth_flows import privacy
from auth_flows.models import SignIn
from auth_flows.privacy import forget_unfinished
from tests.people import Kaffeehaus
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

MANY = 10_000 if os.environ.get("CIAM_LONG") else 500
WEEK = dt.timedelta(days=7)
SECOND = dt.timedelta(seconds=1)


def test_what_was_typed_in_a_registration_goes_after_a_week(shop: Kaffeehaus) -> None:
    walker = Walker().open("/register/").send(identifier="ada@example.com")
    walker.send(code=code_for("ada@example.com")).send(given_name="Ada")
    over = SignIn.objects.get().expires_at
    assert "Ada" in str(SignIn.objects.get().draft)

    assert forget_unfinished(over + WEEK) == 0
    assert forget_unfinished(over + WEEK + SECOND) == 1

    row = SignIn.objects.get()
    assert (row.draft, row.request) == (None, None)
    assert forget_unfinished(over + WEEK + SECOND) == 0


@pytest.mark.parametrize("seed", range(2))
def test_exactly_those_that_are_over_lose_their_words(
    shop: Kaffeehaus, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "BATCH", 70)
    dice, now = random.Random(seed), timezone.now()
    rows = SignIn.objects.bulk_create(
        SignIn(
            expires_at=now - WEEK + dice.choice([-30, -1, 0, 1, 30]) * SECOND,
            draft=dice.choice([None, "{}"]),
            request=dice.choice([None, {"login_hint": "ada@example.com"}]),
        )
        for _one in range(MANY)
    )
    due = {one.pk for one in rows if one.expires_at < now - WEEK and (one.draft or one.request)}

    assert forget_unfinished(now) == len(due)

    kept = SignIn.objects.exclude(draft__isnull=True, request__isnull=True)
    assert set(kept.values_list("pk", flat=True)) == {
        one.pk for one in rows if one.pk not in due and (one.draft or one.request)
    }
