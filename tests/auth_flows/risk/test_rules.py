"""Each signal alone: when it speaks, and when it must not."""

import pytest

from auth_flows.risk.facts import RiskFacts
from auth_flows.risk.rules import RULES

SPEAKS: list[tuple[str, RiskFacts, int]] = [
    ("new_device", RiskFacts(new_device=True), 1),
    ("new_country", RiskFacts(country="AU", new_country=True), 1),
    ("impossible_travel", RiskFacts(travelled_km=15_900, minutes_since=60), 1),
    ("impossible_travel", RiskFacts(travelled_km=1_000, minutes_since=60), 1),
    ("impossible_travel", RiskFacts(travelled_km=400, minutes_since=0), 1),
    ("listed_network", RiskFacts(listed_network=True), 1),
    ("failures_on_account", RiskFacts(failures_on_account=5), 1),
    ("failures_on_address", RiskFacts(failures_on_address=20), 1),
    ("breached_password", RiskFacts(breached_password=True), 1),
    ("young_account", RiskFacts(account_days=0), 1),
    ("unusual_hour", RiskFacts(hour=4, unusual_hour=True), 1),
    ("automation", RiskFacts(automation=("no_language",)), 1),
    ("automation", RiskFacts(automation=("no_language", "no_agent", "too_fast")), 3),
]
SILENT: list[tuple[str, RiskFacts]] = [
    ("new_device", RiskFacts(known_device=True)),
    ("new_country", RiskFacts(country="AU")),
    ("impossible_travel", RiskFacts(travelled_km=15_900, minutes_since=24 * 60)),
    ("impossible_travel", RiskFacts(travelled_km=290, minutes_since=1)),
    ("impossible_travel", RiskFacts(travelled_km=900, minutes_since=60)),
    ("impossible_travel", RiskFacts(travelled_km=15_900)),
    ("failures_on_account", RiskFacts(failures_on_account=4)),
    ("failures_on_address", RiskFacts(failures_on_address=19)),
    ("young_account", RiskFacts(account_days=1)),
    ("young_account", RiskFacts(account_days=None)),
]


@pytest.mark.parametrize(("code", "facts", "strength"), SPEAKS)
def test_a_rule_speaks_where_its_signal_is_there(code: str, facts: RiskFacts, strength: int) -> None:
    assert RULES[code].strength(facts) == strength
    others = {other: rule.strength(facts) for other, rule in RULES.items() if other != code}
    assert set(others.values()) == {0}, "and no other does"


@pytest.mark.parametrize(("code", "facts"), SILENT)
def test_a_rule_is_silent_where_it_is_not(code: str, facts: RiskFacts) -> None:
    assert RULES[code].strength(facts) == 0


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_a_case_here_and_a_sentence_and_says_nothing_of_what_is_unknown(code: str) -> None:
    assert code in {case[0] for case in SPEAKS}
    assert str(RULES[code].sentence).endswith(".")
    assert RULES[code].weight > 0
    assert RULES[code].strength(RiskFacts()) == 0
