"""Another policy on past sign-ins: exactly those that it would have treated otherwise."""

import datetime as dt
import json
import uuid
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Brand
from auth_flows.models import Assessment, Outcome, SignIn, SignInPolicy
from auth_flows.risk import replay as replaying
from auth_flows.risk.facts import RiskFacts
from auth_flows.risk.policy import RiskPolicy, judge
from auth_flows.risk.replay import Replay, policies_now, replay
from tests.auth_flows.risk.scene import was_weighed
from tests.people import kaffeehaus

pytestmark = pytest.mark.django_db

NEW_DEVICE = RiskFacts(new_device=True)  # 25 points
ABROAD = RiskFacts(new_device=True, new_country=True)  # 60
USUAL = RiskFacts(known_device=True)


@pytest.fixture
def brand() -> Brand:
    return kaffeehaus().brand


def ago(**span: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(**span)


def tried(policy: RiskPolicy, brand: Brand | None = None) -> Replay:
    return replay(ago(days=30), lambda _brand: policy, brand_id=brand.pk if brand else None)


def test_a_changed_threshold_shows_exactly_the_planted_sign_ins(brand: Brand) -> None:
    for facts, outcome in [(USUAL, "allow"), (ABROAD, "ask_more"), (USUAL, "allow")]:
        was_weighed(facts, outcome, brand=brand)
    planted = {was_weighed(NEW_DEVICE, "allow", brand=brand).sign_in_id for _one in range(3)}

    found = tried(RiskPolicy(challenge=20))

    assert {one.sign_in_id for one in found.changed} == planted
    assert {(one.then, one.now, one.score) for one in found.changed} == {("allow", "challenge", 25)}
    assert found.matrix == {
        (Outcome.ALLOW, Outcome.ALLOW): 2,
        (Outcome.ALLOW, Outcome.CHALLENGE): 3,
        (Outcome.ASK_MORE, Outcome.ASK_MORE): 1,
    }
    assert (found.otherwise, found.seen) == (3, 6)


def test_the_same_policy_shows_none(brand: Brand) -> None:
    was_weighed(ABROAD, "ask_more", brand=brand)
    was_weighed(USUAL, "allow", brand=brand)

    assert tried(RiskPolicy()).changed == []


def test_a_changed_weight_shows_whom_it_touches(brand: Brand) -> None:
    touched = was_weighed(ABROAD, "ask_more", brand=brand)
    was_weighed(NEW_DEVICE, "allow", brand=brand)

    found = tried(RiskPolicy({"new_country": 0}))

    assert [(one.sign_in_id, one.now) for one in found.changed] == [(touched.sign_in_id, "allow")]


def test_a_sign_in_with_several_proofs_counts_once_by_the_strictest(brand: Brand) -> None:
    row = SignIn.objects.create(browser_hash="1" * 64, expires_at=timezone.now())
    was_weighed(ABROAD, "ask_more", brand=brand, sign_in=row)
    was_weighed(USUAL, "allow", brand=brand)
    was_weighed(NEW_DEVICE, "allow", brand=brand, sign_in=row)

    found = tried(RiskPolicy(challenge=20, ask_more=500))

    assert found.seen == 2
    assert [(one.then, one.now, one.score) for one in found.changed] == [("ask_more", "challenge", 60)]


def test_of_one_brand_or_of_all_and_not_of_before(brand: Brand) -> None:
    other = kaffeehaus("teehaus", is_default=False).brand
    was_weighed(NEW_DEVICE, brand=brand)
    was_weighed(NEW_DEVICE, brand=other)
    was_weighed(NEW_DEVICE)

    strict = RiskPolicy(challenge=20)

    assert tried(strict).otherwise == 3
    assert [one.brand_id for one in tried(strict, brand).changed] == [brand.pk]
    assert replay(timezone.now() + dt.timedelta(minutes=1), lambda _brand: strict).seen == 0


def test_each_brand_tries_its_own(brand: Brand) -> None:
    other, third = (kaffeehaus(slug, is_default=False).brand for slug in ("teehaus", "saftbar"))
    SignInPolicy.objects.create(brand=brand, shadow_risk={"thresholds": {"challenge": 20}})
    SignInPolicy.objects.create(brand=other, risk={"thresholds": {"challenge": 21}})
    for one in (brand, other, third):
        was_weighed(NEW_DEVICE, brand=one)

    found = replay(ago(days=1), policies_now())

    assert {one.brand_id for one in found.changed} == {brand.pk, other.pk}


def test_long_lists_are_cut_and_say_so(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "BATCH", 2)
    newest = [was_weighed(NEW_DEVICE, brand=brand).sign_in_id for _one in range(7)][::-1]

    found = replay(ago(days=1), lambda _brand: RiskPolicy(challenge=20), most=5, shown=3)

    assert (found.seen, found.is_cut) == (5, True)
    assert [one.sign_in_id for one in found.changed] == newest[:3]
    assert not replay(ago(days=1), lambda _brand: RiskPolicy(), most=7).is_cut


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3)), max_size=15),
    st.tuples(*[st.integers(1, 100)] * 3).map(sorted),
)
def test_replay_says_what_judging_each_says(
    history: list[tuple[bool, bool, int]], thresholds: list[int]
) -> None:
    Assessment.objects.all().delete()
    live, changed = RiskPolicy(), RiskPolicy({}, *thresholds)
    expected = []
    for new_device, new_country, signs in history:
        facts = RiskFacts(new_device=new_device, new_country=new_country, automation=("x",) * signs)
        row = was_weighed(facts, judge(facts, live).outcome)
        if judge(facts, live).outcome != judge(facts, changed).outcome:
            expected.append(row.sign_in_id)

    assert [one.sign_in_id for one in tried(changed).changed] == expected[::-1]


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("replay_risk", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_tells_which_and_how_many(brand: Brand, tmp_path: Path) -> None:
    planted = was_weighed(NEW_DEVICE, "allow", brand=brand)
    was_weighed(USUAL, "allow", brand=brand)
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"thresholds": {"challenge": 20}}))

    text = said("--since", "30d", "--brand", brand.slug, "--policy", str(file))

    line = next(line for line in text.splitlines() if str(planted.sign_in_id) in line)
    assert "allow -> challenge" in line
    assert "new_device 25" in line
    assert "1 of 2 sign-ins would have been treated otherwise." in text
    assert "0 of 2" in said()


@pytest.mark.parametrize("since", ["30", "d", "0d", "30x", "-3d"])
def test_the_command_refuses_what_is_no_span(brand: Brand, since: str) -> None:
    with pytest.raises(CommandError, match="30d"):
        said(f"--since={since}")


def test_the_command_says_what_is_wrong_with_a_policy(brand: Brand, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"thresholds": {"refuse": "never"}}')
    with pytest.raises(CommandError, match="“refuse” must be a whole number"):
        said("--policy", str(file))
    file.write_text("{")
    with pytest.raises(CommandError, match="not JSON"):
        said("--policy", str(file))
    with pytest.raises(CommandError, match="No such file"):
        said("--policy", str(tmp_path / f"{uuid.uuid4()}"))
    with pytest.raises(CommandError, match="no such brand"):
        said("--brand", "nobody")
