"""After each new proof of a customer: how risky is this, and what follows. Every decision is kept."""

import logging

from accounts import events
from accounts.events import SYSTEM, Change, EventType
from accounts.models import Account
from auth_flows.models import Assessment, Outcome, SignInPolicy
from auth_flows.requirement import Need, Reason
from auth_flows.risk.gathering import facts_of
from auth_flows.risk.policy import BadPolicy, RiskPolicy, Verdict, judge
from auth_flows.walk import Walk

logger = logging.getLogger(__name__)

TELLING = {"new_device": Reason.NEW_DEVICE, "new_country": Reason.NEW_COUNTRY}
"""What the person is told. The rest would tell a stranger how to look less like one."""


def is_due(walk: Walk) -> bool:
    """Whether a customer proved something that wasn't weighed yet. Nobody finishes a sign-in before."""
    return not walk.operator and any(proof["at"] not in walk.draft.weighed for proof in walk.row.proofs)


def weigh(walk: Walk) -> None:
    """Assess what was proven, and raise what is needed. Who calls has locked the sign-in, and saves it."""
    if not is_due(walk):
        return
    walk.draft.weighed = [proof["at"] for proof in walk.row.proofs]
    live, shadow = _policies(walk)
    facts = facts_of(walk)
    verdict = judge(facts, live)
    beside = judge(facts, shadow) if shadow else None
    Assessment.objects.create(
        sign_in_id=walk.row.pk,
        account_id=walk.account.pk if walk.account else None,
        brand_id=walk.brand.pk if walk.brand else None,
        at=walk.now,
        facts=facts.as_json(),
        score=verdict.score,
        reasons=[reason.as_json() for reason in verdict.reasons],
        outcome=verdict.outcome,
        shadow_score=beside.score if beside else None,
        shadow_reasons=[reason.as_json() for reason in beside.reasons] if beside else None,
        shadow_outcome=beside.outcome if beside else "",
    )
    _act(walk, verdict)


def _policies(walk: Walk) -> tuple[RiskPolicy, RiskPolicy | None]:
    """The live one and the one that is tried beside it."""
    found = SignInPolicy.objects.filter(brand=walk.brand).values_list("risk", "shadow_risk").first()
    live, shadow = found or ({}, None)
    return readable(live) or RiskPolicy(), readable(shadow)


def readable(stored: object) -> RiskPolicy | None:
    """A policy that nobody can read is as none: the form refuses such, and a sign-in must go on."""
    try:
        return None if stored is None else RiskPolicy.from_json(stored)
    except BadPolicy as error:
        logger.error("A stored risk policy can't be read: %s", error)
        return None


def _act(walk: Walk, verdict: Verdict) -> None:
    match verdict.outcome:
        case Outcome.CHALLENGE:
            walk.draft.challenge = walk.draft.challenge or walk.row.captcha_at is None
        case Outcome.ASK_MORE:
            told = {TELLING[one.rule] for one in verdict.reasons if one.rule in TELLING}
            _raise(walk, Need(kinds=2, reasons=frozenset({Reason.RISK, *told})))
        case Outcome.REFUSE:
            _raise(walk, Need(refused=True, reasons=frozenset({Reason.RISK})))
            _tell(walk)


def _raise(walk: Walk, need: Need) -> None:
    walk.row.floor = (walk.floor | need).as_json()


def _tell(walk: Walk) -> None:
    """By the system: whoever was refused was perhaps not the customer, and this is no contact with one."""
    if walk.account is None:
        return
    Account.objects.locked([walk.account.pk])
    brand_id = walk.brand.pk if walk.brand else None
    events.record([Change(EventType.SIGN_IN_REFUSED, walk.account.pk, SYSTEM, brand_id)], walk.now)
