"""What is there and what is missing: the facts of a sign-in, and the questions that steps ask of them.

Everything here decides on frozen facts and touches neither the database nor the clock.
"""

from dataclasses import dataclass, replace

from auth_flows.assurance import (
    BEGUN_HERE,
    BY_ADDRESS,
    FIRST,
    FIRST_BY_PHONE,
    KINDS,
    RECOVERING,
    Factor,
    Method,
    Proof,
    factors,
    factors_of,
    kinds,
    level_of,
    strong,
)
from auth_flows.models import Intent
from auth_flows.requirement import Need, Reason


@dataclass(frozen=True)
class Person:
    """Whose sign-in it is. Known only from the first proof on."""

    full: bool
    active: bool
    methods: frozenset[Method]
    second: frozenset[Method] = frozenset()
    """Those of `methods` that make this person's sign-in one of two steps."""


@dataclass(frozen=True)
class Facts:
    """What is there: what was typed, proven and answered so far."""

    intent: Intent = Intent.SIGN_IN
    operator: bool = False
    identifier: bool = False
    by_phone: bool = False
    """The identifier is a phone number."""
    challenged: bool = False
    """A challenge must be solved before anything else is tried."""
    crowded: bool = False
    """So much was tried, for this account or from this network, that a challenge comes before a proof."""
    person: Person | None = None
    proofs: tuple[Proof, ...] = ()
    way: Method | None = None
    """The method that the person asked for by "try another way"."""
    waited: bool = False
    """The wait of a recovery without any factor is over: the second factor is not asked for."""
    trusted: bool = False
    """The person trusts this device: it is not asked for the second factor."""
    profile_answered: bool = False
    credential_chosen: bool = False
    """A password or a passkey, for an account that begins or is recovered."""
    codes_to_write: bool = False
    """Recovery codes were made in this sign-in, and nobody said yet that they are written down."""
    agreements_open: bool = False
    """Terms or purposes wait for an answer."""
    has_providers: bool = False
    """People may come by an account elsewhere."""
    led_home: bool = False
    """The typed address belongs to one of these providers (home-realm discovery)."""
    connecting: bool = False
    """An identity from elsewhere waits for the proof of an account here."""
    age_open: bool = False
    """The brand asks how old somebody is who registers, and it isn't known to be enough."""
    guardian_open: bool = False
    """Somebody so young needs a guardian's consent, and hasn't said whose."""
    questions_open: bool = False
    """There are questions about the profile that may be asked now."""


def counted(facts: Facts, need: Need) -> tuple[Proof, ...]:
    """The proofs that are young enough. What is stale counts where one proof, of any kind, is all that is
    asked."""
    young = tuple(p for p in facts.proofs if need.fresh_after is None or p.at >= need.fresh_after)
    return strong(young) if max(need.level, need.kinds) > 1 else young


def missing(facts: Facts, need: Need) -> frozenset[Factor]:
    """The kinds of factor of which one must still be proven, beside a first proof."""
    proven = factors(counted(facts, need))
    wanted = _for_level(proven, need.level) | _for_second(facts, need, proven)
    if not wanted and kinds(proven) < min(need.kinds, _reachable_kinds(facts, proven)):
        wanted = KINDS - proven
    return wanted


def _for_level(proven: frozenset[Factor], wanted: int) -> frozenset[Factor]:
    if level_of(proven) >= wanted or wanted < 2:
        return frozenset()
    if wanted > 2 and Factor.BOUND not in proven:
        return frozenset({Factor.BOUND})
    known = frozenset() if Factor.KNOWS in proven else frozenset({Factor.KNOWS})
    held = frozenset() if {Factor.HAS, Factor.PHONE} & proven else frozenset({Factor.HAS, Factor.PHONE})
    return known | held


def _for_second(facts: Facts, need: Need, proven: frozenset[Factor]) -> frozenset[Factor]:
    """Whoever has a second factor is always asked for it, beside another one: nobody gets past it by another
    door. A device that the person trusts stands for it where nobody asks for more."""
    if not facts.person or not facts.person.second or (facts.waited and Factor.INBOX in proven):
        return frozenset()
    # A recovery is where somebody else may sit at a device that was trusted.
    if facts.trusted and need.level < 2 and not is_recovering(facts):
        return frozenset()
    second = factors_of(facts.person.second)
    if Factor.HAS in proven:
        return frozenset()
    if Factor.PHONE in second and Factor.HAS not in second and Factor.PHONE in proven:
        # By a number alone somebody may have come in: a second step by the same number is none.
        return frozenset() if kinds(proven) > 1 else KINDS - proven
    return (second & {Factor.PHONE}) | {Factor.HAS}


def _mine(facts: Facts) -> frozenset[Method]:
    """What this person can prove beside a first proof. A code by SMS never stands for a stronger second
    factor: whoever takes over the number would be past it. A password that was forgotten is no way to a new
    one."""
    if facts.person is None:
        return frozenset()
    no_way = {Method.PASSWORD} if is_recovering(facts) else set()
    if Factor.HAS in factors_of(facts.person.second):
        no_way |= {Method.SMS_CODE}
    return facts.person.methods - no_way


def _reachable_kinds(facts: Facts, proven: frozenset[Factor]) -> int:
    return kinds(proven | factors_of(_mine(facts)))


def may_begin(facts: Facts) -> tuple[Method, ...]:
    """What this person may set up inside the sign-in. A second factor only where there never was one: whoever
    has one proves that, and whoever lost it doesn't replace it by signing in. Operators set up nothing."""
    if facts.operator:
        return ()
    had = facts.person.second if facts.person else frozenset()
    held = facts.person.methods if facts.person else frozenset()
    return tuple(m for m in BEGUN_HERE if m not in held and (m is Method.PASSWORD or not had))


def begins(facts: Facts, need: Need) -> Method | None:
    """What must be set up now, because nothing that this person has leads any further."""
    if not counted(facts, need) or methods(facts, need):
        return None
    gap = _for_level(factors(counted(facts, need)), need.level)
    return next((method for method in may_begin(facts) if method.factors & gap), None)


def methods(facts: Facts, need: Need) -> tuple[Method, ...]:
    """The methods that would bring this sign-in further, best first.

    Before a first proof everybody is offered the same. From then on the question is which of this person's
    methods would raise the level: asking for "a second factor" would go round in circles for somebody who
    proved a mailbox and holds a device.
    """
    if not counted(facts, need):
        return _first(facts)
    gap, mine = missing(facts, need), _mine(facts)
    return tuple(method for method in Method if method in mine and method.factors & gap)


def _first(facts: Facts) -> tuple[Method, ...]:
    if facts.operator:
        return (Method.PASSWORD,)
    first = _usual(facts)
    if facts.person:
        return tuple(method for method in Method if method in first and method in facts.person.methods)
    return _with_providers(facts, first)


def _usual(facts: Facts) -> tuple[Method, ...]:
    if facts.intent == Intent.RECOVER:
        return RECOVERING
    if facts.person is None and facts.intent == Intent.REGISTER:
        return BY_ADDRESS
    return FIRST_BY_PHONE if facts.by_phone else FIRST


def _with_providers(facts: Facts, usual: tuple[Method, ...]) -> tuple[Method, ...]:
    """Nobody is sent elsewhere where there is no such place; whoever has a home there is led to it first."""
    here = tuple(method for method in usual if method is not Method.UPSTREAM)
    if not facts.has_providers or Method.UPSTREAM not in usual:
        return here
    return (Method.UPSTREAM, *here) if facts.led_home else (*here, Method.UPSTREAM)


def next_method(facts: Facts, need: Need) -> Method | None:
    """The proof to ask for now; None where enough is proven."""
    if counted(facts, need) and not missing(facts, need):
        return None
    offered = methods(facts, need)
    return facts.way if facts.way in offered else next(iter(offered), None)


def is_hopeless(facts: Facts, need: Need) -> bool:
    """Whether this person can't prove what is needed, whatever they do. Said at once, not at the end."""
    if need.refused or (facts.person and not facts.person.active):
        return True
    if not counted(facts, need) and not _first(facts):
        return True
    reachable = factors(counted(facts, need)) | factors_of(_mine(facts)) | factors_of(may_begin(facts))
    if facts.person is None or not facts.person.full:
        return bool(facts.proofs) and (facts.operator or bool(_for_level(reachable, need.level)))
    return bool(_for_level(reachable, need.level) or _for_second(facts, need, reachable))


def is_registering(facts: Facts) -> bool:
    """A proven address without a full account: the same walk goes on as a registration."""
    return bool(facts.proofs) and not facts.operator and not (facts.person and facts.person.full)


def is_recovering(facts: Facts) -> bool:
    """Somebody who comes for a new password. Operators have no such way."""
    return facts.intent == Intent.RECOVER and not facts.operator


def is_choosing_anew(facts: Facts) -> bool:
    """A recovery of a full account, whose owner may choose a new password once enough is proven."""
    return is_recovering(facts) and bool(facts.proofs) and bool(facts.person and facts.person.full)


def needs_of(facts: Facts, need: Need) -> Need:
    """`need` with the reason that this person adds, for the page to tell.

    A recovery ends with a new password, not with what an app asks: that is asked afterwards, of the new one.
    """
    if facts.connecting and not facts.proofs:
        need = replace(need, reasons=need.reasons | {Reason.CONNECTING})
    if is_choosing_anew(facts):
        need = replace(need, level=1)
    if facts.person and need.level < 2 and _for_second(facts, need, factors(facts.proofs)):
        return replace(need, reasons=need.reasons | {Reason.OWN_FACTOR})
    return need
