"""Tries of codes are counted together: guessing doesn't start anew with another factor."""

from auth_flows import limits
from auth_flows.held_back import too_many
from auth_flows.methods import totp
from auth_flows.walk import Walk
from ciam.lib.throttle import TooMany, hit


def count_try(walk: Walk, *, in_this_sign_in: bool = True) -> None:
    """One more try of a code, before it is looked at; raises ValidationError past a limit.

    `in_this_sign_in`: at most five here. Codes that are sent have five tries each instead.
    """
    try:
        if in_this_sign_in:
            hit(totp.PER_SIGN_IN, str(walk.row.pk), walk.now)
        limits.count_code(walk)
    except TooMany as error:
        raise too_many(error) from error
