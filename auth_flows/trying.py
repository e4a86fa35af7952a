"""Tries of codes are counted together: guessing doesn't start anew with another factor."""

from auth_flows.methods import email_code, totp
from auth_flows.steps.base import too_many
from auth_flows.walk import Walk, account_key
from ciam.lib.throttle import TooMany, hit


def count_try(walk: Walk, *, in_this_sign_in: bool = True) -> None:
    """One more try of a code, before it is looked at; raises ValidationError past a limit.

    `in_this_sign_in`: at most five here. Codes that are sent have five tries each instead.
    """
    try:
        if in_this_sign_in:
            hit(totp.PER_SIGN_IN, str(walk.row.pk), walk.now)
        hit(email_code.TRIES_AN_HOUR, account_key(walk), walk.now)
        hit(email_code.TRIES_A_DAY, account_key(walk), walk.now)
    except TooMany as error:
        raise too_many(error) from error
