"""The login on one screen.

Sign-in, registration, step-up, re-authentication and the operators' door are one question, asked again after
each answer: what is needed, what is there, what is the next gap? Nothing stores what remains to be done.
"""

from auth_flows.assurance import Method
from auth_flows.facts import Facts
from auth_flows.requirement import Need
from auth_flows.steps.age import Age
from auth_flows.steps.agreements import Agreements
from auth_flows.steps.base import ProofStep, Step
from auth_flows.steps.challenge import Challenge
from auth_flows.steps.choose_password import ChoosePassword
from auth_flows.steps.email_code import EmailCode
from auth_flows.steps.enrol import Enrol
from auth_flows.steps.guardian import Guardian
from auth_flows.steps.identify import Identify
from auth_flows.steps.passkey import Passkey
from auth_flows.steps.password import Password
from auth_flows.steps.profile import Profile
from auth_flows.steps.questions import Questions
from auth_flows.steps.recovery_code import RecoveryCode
from auth_flows.steps.refused import Refused
from auth_flows.steps.sms_code import SmsCode
from auth_flows.steps.totp import Totp
from auth_flows.steps.upstream import Upstream
from auth_flows.steps.write_down import WriteDown
from auth_flows.walk import Walk

STEPS: tuple[type[Step], ...] = (
    Refused,
    Identify,
    Challenge,
    Passkey,
    Password,
    EmailCode,
    Totp,
    SmsCode,
    RecoveryCode,
    Upstream,
    Age,
    Guardian,
    Profile,
    ChoosePassword,
    Enrol,
    WriteDown,
    Agreements,
    Questions,
)
"""In the order of the walk. Each knows when it is needed, and the first that is comes next."""

PROOFS: dict[Method, type[ProofStep]] = {step.method: step for step in STEPS if issubclass(step, ProofStep)}
"""The page of each method."""


def next_step(facts: Facts, need: Need) -> type[Step] | None:
    """The page to show now; None: the sign-in is complete."""
    return next((step for step in STEPS if step.needed(facts, need)), None)


def step_of(walk: Walk) -> Step | None:
    step = next_step(walk.facts(), walk.need())
    return step(walk) if step else None
