"""What follows from which points, and what a policy may say."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_flows.models import Outcome
from auth_flows.risk.facts import FIELDS, RiskFacts
from auth_flows.risk.policy import THRESHOLDS, BadPolicy, Because, RiskPolicy, judge
from auth_flows.risk.rules import RULES

EVERYTHING = RiskFacts(
    methods=("password",),
    new_device=True,
    country="AU",
    new_country=True,
    degrees=(-34, 151),
    travelled_km=15_900,
    minutes_since=5,
    listed_network=True,
    failures_on_account=9,
    failures_on_address=99,
    breached_password=True,
    account_days=0,
    hour=4,
    unusual_hour=True,
    automation=("no_language", "program_agent"),
)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (RiskFacts(), Outcome.ALLOW),
        (RiskFacts(new_device=True), Outcome.ALLOW),
        (RiskFacts(new_country=True, known_device=True), Outcome.ALLOW),
        (RiskFacts(new_device=True, account_days=0, automation=("a", "b", "c")), Outcome.ALLOW),
        (RiskFacts(listed_network=True), Outcome.CHALLENGE),
        (RiskFacts(new_device=True, new_country=True), Outcome.ASK_MORE),
        (RiskFacts(new_device=True, breached_password=True), Outcome.ASK_MORE),
        (RiskFacts(travelled_km=15_900, minutes_since=60, known_device=True), Outcome.ASK_MORE),
        (EVERYTHING, Outcome.REFUSE),
    ],
)
def test_by_the_usual_policy(facts: RiskFacts, outcome: Outcome) -> None:
    assert judge(facts, RiskPolicy()).outcome == outcome


def test_a_verdict_has_its_reasons_the_heaviest_first() -> None:
    verdict = judge(RiskFacts(new_device=True, new_country=True, unusual_hour=True), RiskPolicy())

    assert verdict.score == 65
    assert verdict.reasons == (
        Because("new_country", 35),
        Because("new_device", 25),
        Because("unusual_hour", 5),
    )


def test_nobody_is_refused_with_a_device_of_their_own_whatever_others_do() -> None:
    mine = dataclasses.replace(EVERYTHING, new_device=False, known_device=True)

    assert judge(mine, RiskPolicy(refuse=60)).outcome == Outcome.ASK_MORE


def test_what_strangers_can_cause_for_anybody_is_never_enough_for_more_than_nothing() -> None:
    """Failed tries on an account, from wherever; from the address that they share with its owner."""
    tried = RiskFacts(failures_on_account=1_000, failures_on_address=1_000, account_days=0)

    assert judge(tried, RiskPolicy()).outcome == Outcome.ALLOW
    assert judge(dataclasses.replace(tried, new_device=True), RiskPolicy()).outcome == Outcome.ALLOW


def test_a_brand_changes_weights_and_thresholds() -> None:
    policy = RiskPolicy.from_json(
        {"weights": {"new_device": 70, "automation": 0}, "thresholds": {"refuse": None}}
    )

    assert judge(RiskFacts(new_device=True), policy).outcome == Outcome.ASK_MORE
    assert judge(EVERYTHING, policy).outcome == Outcome.ASK_MORE
    assert "automation" not in {reason.rule for reason in judge(EVERYTHING, policy).reasons}


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ([], "A policy is an object"),
        ("x", "A policy is an object"),
        ({"weight": {}}, "“weight” is not a part of a policy"),
        ({"weights": 5}, "“weights” is not a part of a policy"),
        (
            {"weights": {"new_devise": 5}},
            "“new_devise” is not one of the weights: automation, breached_password",
        ),
        ({"weights": {"new_device": -1}}, "“new_device” must be a whole number from 0 to 1000"),
        ({"weights": {"new_device": None}}, "“new_device” must be a whole number"),
        ({"weights": {"new_device": True}}, "“new_device” must be a whole number"),
        ({"weights": {"new_device": 2.5}}, "“new_device” must be a whole number"),
        ({"thresholds": {"ask_more": 0}}, "“ask_more” must be a whole number from 1 to 1000"),
        ({"thresholds": {"allow": 5}}, "“allow” is not one of the thresholds: ask_more, challenge, refuse"),
        ({"thresholds": {"challenge": 61}}, "The thresholds must rise"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_in_words(stored: object, words: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        RiskPolicy.from_json(stored)

    assert words in str(refused.value)


points = st.integers(min_value=0, max_value=1_000)
policies = st.builds(
    lambda weights, three: RiskPolicy(weights, *sorted(three)),
    st.dictionaries(st.sampled_from(list(RULES)), points),
    st.tuples(*[st.integers(min_value=1, max_value=1_000)] * 3),
)
facts = st.builds(
    RiskFacts,
    methods=st.lists(st.sampled_from(["password", "totp"]), max_size=2).map(tuple),
    known_device=st.booleans(),
    new_device=st.booleans(),
    country=st.sampled_from(["", "AT", "AU"]),
    new_country=st.booleans(),
    degrees=st.none() | st.tuples(st.integers(-90, 90), st.integers(-180, 180)),
    travelled_km=st.none() | st.integers(0, 20_000),
    minutes_since=st.none() | st.integers(0, 10**6),
    listed_network=st.booleans(),
    failures_on_account=st.integers(0, 100),
    failures_on_address=st.integers(0, 100),
    breached_password=st.booleans(),
    account_days=st.none() | st.integers(0, 10_000),
    hour=st.integers(0, 23),
    unusual_hour=st.booleans(),
    automation=st.lists(st.sampled_from(["no_agent", "too_fast"]), max_size=2, unique=True).map(tuple),
)


@given(policies)
def test_a_policy_comes_back_from_its_json(policy: RiskPolicy) -> None:
    again = RiskPolicy.from_json(policy.as_json())

    assert [again.threshold(one) for one in THRESHOLDS] == [policy.threshold(one) for one in THRESHOLDS]
    assert {code: again.weight(code) for code in RULES} == {code: policy.weight(code) for code in RULES}


@given(facts)
def test_facts_come_back_from_their_json(known: RiskFacts) -> None:
    assert RiskFacts.from_json(known.as_json()) == known
    assert set(known.as_json()) <= {field.name for field in FIELDS}


def test_facts_of_another_version_can_be_read() -> None:
    assert RiskFacts.from_json({"country": "AT", "moon_phase": "full"}) == RiskFacts(country="AT")


@given(facts, policies)
def test_a_verdict_is_what_its_reasons_add_up_to(known: RiskFacts, policy: RiskPolicy) -> None:
    verdict = judge(known, policy)

    assert verdict.score == sum(reason.points for reason in verdict.reasons)
    reached = [one for one in THRESHOLDS if verdict.score >= (policy.threshold(one) or 10**9)]
    strictest = reached[-1] if reached else Outcome.ALLOW
    own_device_refused = known.known_device and strictest == Outcome.REFUSE
    assert verdict.outcome == (Outcome.ASK_MORE if own_device_refused else strictest)
