"""One rule per signal: a pure function of the facts, its usual weight, and what an operator reads.

A new one is a function here and nothing else: policies, replay and the admin know it by its name.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from auth_flows.risk.facts import RiskFacts

Strength = Callable[[RiskFacts], int]
"""How strongly a rule speaks: 0 not at all, 1 once its weight, 2 twice, and so on."""

FASTEST_KMH = 900
"""An airliner."""
NEAR_KM = 300
"""Nearer than that, it may be the map that errs."""
MANY_ON_ACCOUNT = 5
MANY_ON_ADDRESS = 20
MOST_SIGNS = 4


@dataclass(frozen=True)
class Rule:
    code: str
    weight: int
    sentence: str | Promise
    strength: Strength


RULES: dict[str, Rule] = {}


def rule(weight: int, sentence: str | Promise) -> Callable[[Strength], Strength]:
    """Register a function as the rule of its name."""

    def registered(strength: Strength) -> Strength:
        RULES[strength.__name__] = Rule(strength.__name__, weight, sentence, strength)
        return strength

    return registered


@rule(25, _("The account has never signed in with this browser, but with others."))
def new_device(facts: RiskFacts) -> int:
    return int(facts.new_device)


@rule(35, _("The account has never signed in from this country, but from others."))
def new_country(facts: RiskFacts) -> int:
    return int(facts.new_country)


@rule(60, _("Nobody travels so fast from where the account signed in before."))
def impossible_travel(facts: RiskFacts) -> int:
    if facts.travelled_km is None or facts.minutes_since is None or facts.travelled_km < NEAR_KM:
        return 0
    return int(facts.travelled_km * 60 > FASTEST_KMH * max(facts.minutes_since, 1))


@rule(50, _("The address is in a network that is listed for its reputation."))
def listed_network(facts: RiskFacts) -> int:
    return int(facts.listed_network)


@rule(5, _("Several tries on this account failed in the last hour."))
def failures_on_account(facts: RiskFacts) -> int:
    """Light: anybody can cause it for anybody."""
    return int(facts.failures_on_account >= MANY_ON_ACCOUNT)


@rule(10, _("Many tries from this address failed in the last day."))
def failures_on_address(facts: RiskFacts) -> int:
    """Light: whole offices and countries share one address."""
    return int(facts.failures_on_address >= MANY_ON_ADDRESS)


@rule(35, _("The password is in a list of leaked ones."))
def breached_password(facts: RiskFacts) -> int:
    return int(facts.breached_password)


@rule(5, _("The account is less than a day old."))
def young_account(facts: RiskFacts) -> int:
    return int(facts.account_days == 0)


@rule(5, _("The account doesn't usually sign in at this hour."))
def unusual_hour(facts: RiskFacts) -> int:
    return int(facts.unusual_hour)


@rule(6, _("The browser looks like a program. Counted for each sign of it."))
def automation(facts: RiskFacts) -> int:
    """Light: people's own tools look like this as well. Heavier where a site is a target of robots."""
    return min(len(facts.automation), MOST_SIGNS)
