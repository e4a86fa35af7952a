"""Who may change how an account is proven: whoever has just proven as much of it as it can.

A new authenticator is worth all that the others are (NIST SP 800-63B, 4.1.2): somebody who only reads the
mailbox must not make a passkey of their own beside the owner's.
"""

import datetime as dt

from django.http import HttpRequest
from django.utils import timezone

from accounts.access import StepUpNeeded, customer
from accounts.models import Account
from auth_flows.assurance import factors_of, level, level_of
from auth_flows.persons import held_by, methods_of
from auth_flows.sessions import proofs_of, session_of

WITHIN = dt.timedelta(minutes=10)
MOST = 2
"""A password and an app still open the door of whoever has lost the passkey."""


def owner(request: HttpRequest, *, back: str) -> Account:
    """The customer; raises StepUpNeeded. `back` is the page to come to after a sign-in."""
    account = customer(request, return_to=back)
    wanted = min(MOST, level_of(factors_of(methods_of(account, held_by(account)))))
    now = timezone.now()
    fresh = [proof for proof in proofs_of(session_of(request)) if proof.at >= now - WITHIN]
    if level(fresh) < wanted:
        raise StepUpNeeded(back, level=wanted, within=int(WITHIN.total_seconds()))
    return account
