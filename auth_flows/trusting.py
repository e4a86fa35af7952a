"""Whether a page offers not to ask for the second step in this browser for a while."""

from auth_flows.devices import days_of_trust, may_earn_trust
from auth_flows.requirement import Reason
from auth_flows.steps.base import ProofStep, Step
from auth_flows.walk import Walk


def days_offered(walk: Walk, page: Step) -> int:
    """For how long; 0: not here. It takes a second step that somebody has just to do, in a sign-in that looks
    like their others."""
    if walk.operator or not walk.proofs or not isinstance(page, ProofStep):
        return 0
    if not may_earn_trust(page.method) or Reason.RISK in walk.need().reasons:
        return 0
    return days_of_trust(walk.brand)
