"""When so much was tried that the next proof needs a challenge first: well below the limits that close doors.

It looks at counters alone, under keys that absent accounts have as well.
"""

import datetime as dt
import uuid

from auth_flows.methods import email_code, password
from auth_flows.models import Intent
from ciam.lib.throttle import Limit, is_busy

SOLVED_FOR = dt.timedelta(minutes=15)
"""For how long a solved challenge counts, for the sign-in in which it was solved."""

PASSWORDS = 5
CODES = 10
PASSWORDS_OF_A_NETWORK = 30
MAILS_OF_A_NETWORK = 12


def _half(limit: Limit, most: int) -> Limit:
    assert most < limit.most, "a challenge comes before the door closes"
    return Limit(limit.name, most, limit.seconds)


OF_AN_ACCOUNT = (_half(password.PER_ACCOUNT, PASSWORDS), _half(email_code.TRIES_AN_HOUR, CODES))
OF_A_NETWORK = (_half(password.PER_ADDRESS, PASSWORDS_OF_A_NETWORK),)
OF_NEW_ACCOUNTS = (_half(email_code.MAIL_PER_ADDRESS, MAILS_OF_A_NETWORK),)
"""A code is mailed for each: so many as there were mails, registrations there may have been."""


def is_crowded(
    account: str, device: uuid.UUID | None, network: str, intent: Intent, now: dt.datetime
) -> bool:
    """`device`: the browser, where this account has signed in before. What strangers do elsewhere is no
    reason to hold it up."""
    if device is not None:
        return is_busy([(OF_AN_ACCOUNT[0], password.bucket_of(account, device))], now)
    subjects = [(limit, account) for limit in OF_AN_ACCOUNT]
    subjects += [(limit, network) for limit in OF_A_NETWORK]
    if intent != Intent.SIGN_IN:
        subjects += [(limit, network) for limit in OF_NEW_ACCOUNTS]
    return is_busy(subjects, now)
