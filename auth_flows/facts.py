"""What is there and what is missing: the facts of a sign-in, and the questions that steps ask of them.

Everything here decides on frozen facts and touches neither the database nor the clock.
"""

from dataclasses import dataclass, replace

from auth_flows.assurance import FIRST, STRONG, Factor, Method, Proof, factors, factors_of, level
from auth_flows.models import Intent
from auth_flows.requirement import Need, Reason


@dataclass(frozen=True)
class Person:
    """Whose sign-in it is. Known only from the first proof on."""

    full: bool
    active: bool
    methods: frozenset[Method]


@dataclass(frozen=True)
class Facts:
    """What is there: what was typed, proven and answered so far."""

    intent: Intent = Intent.SIGN_IN
    operator: bool = False
    identifier: bool = False
    person: Person | None = None
    proofs: tuple[Proof, ...] = ()
    way: Method | None = None
    """The method that the person asked for by "try another way"."""
    profile_answered: bool = False
    password_chosen: bool = False
    agreements_open: bool = False
    """Terms or purposes wait for an answer."""


def counted(facts: Facts, need: Need) -> tuple[Proof, ...]:
    """The proofs that are young enough."""
    return tuple(p for p in facts.proofs if need.fresh_after is None or p.at >= need.fresh_after)


def missing(facts: Facts, need: Need) -> frozenset[Factor]:
    """The kinds of factor that must still be proven, beside a first proof.

    Whoever has a second factor is always asked for it: nobody gets past it by another door.
    """
    wanted = STRONG if need.level >= 2 else frozenset()
    if facts.person and Method.TOTP in facts.person.methods:
        wanted |= {Factor.HAS}
    return wanted - factors(counted(facts, need))


def methods(facts: Facts, need: Need) -> tuple[Method, ...]:
    """The methods that would bring this sign-in further, best first.

    Before a first proof everybody is offered the same. From then on the question is which of this person's
    methods would raise the level: asking for "a second factor" would go round in circles for somebody who
    proved a mailbox and holds a device.
    """
    if not counted(facts, need):
        return _first(facts)
    gap = missing(facts, need)
    mine = facts.person.methods if facts.person else frozenset()
    return tuple(method for method in Method if method in mine and method.factors & gap)


def _first(facts: Facts) -> tuple[Method, ...]:
    if facts.operator:
        return (Method.PASSWORD,)
    if facts.person:
        return tuple(method for method in FIRST if method in facts.person.methods)
    return (Method.EMAIL_CODE,) if facts.intent == Intent.REGISTER else FIRST


def next_method(facts: Facts, need: Need) -> Method | None:
    """The proof to ask for now; None where enough is proven."""
    if counted(facts, need) and not missing(facts, need):
        return None
    offered = methods(facts, need)
    return facts.way if facts.way in offered else next(iter(offered), None)


def is_hopeless(facts: Facts, need: Need) -> bool:
    """Whether this person can't prove what is needed, whatever they do. Said at once, not at the end."""
    if facts.person and not facts.person.active:
        return True
    if not counted(facts, need) and not _first(facts):
        return True
    if facts.person is None or not facts.person.full:
        # A registration ends with a password and a proven mailbox, which never make a level 2.
        return bool(facts.proofs) and (facts.operator or need.level >= 2)
    reachable = factors(counted(facts, need)) | factors_of(facts.person.methods)
    return bool(missing(facts, need) - reachable)


def is_registering(facts: Facts) -> bool:
    """A proven address without a full account: the same walk goes on as a registration."""
    return bool(facts.proofs) and not facts.operator and not (facts.person and facts.person.full)


def needs_of(facts: Facts, need: Need) -> Need:
    """`need` with the reason that this person's own second factor adds, for the page to tell."""
    if facts.person and Method.TOTP in facts.person.methods and level(facts.proofs) < 2 and need.level < 2:
        return replace(need, reasons=need.reasons | {Reason.OWN_FACTOR})
    return need
