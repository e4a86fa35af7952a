"""Time-based one-time passwords (RFC 6238): each step once, one step of drift either way."""

import datetime as dt

import pyotp

from accounts.models import Account
from auth_flows.models import Authenticator
from ciam.lib.throttle import Limit

PER_SIGN_IN = Limit("app code in a sign-in", most=5, seconds=3_600)
STEP = 30
DRIFT = 1


def redeem(account: Account, code: str, now: dt.datetime) -> bool:
    """Whether this is a code of one of this account's devices that was not used yet.

    Taking it is one conditional update, which also burns every earlier step: the same code succeeds once.
    """
    present = int(now.timestamp()) // STEP
    devices = Authenticator.objects.filter(
        account=account, kind=Authenticator.Kind.TOTP, confirmed_at__isnull=False
    )
    for device in devices:
        generator = pyotp.TOTP(device.seed or "")
        for step in range(present - DRIFT, present + DRIFT + 1):
            if pyotp.utils.strings_equal(generator.generate_otp(step), code):
                unused = Authenticator.objects.filter(pk=device.pk, last_step__lt=step)
                return unused.update(last_step=step, last_used_at=now) == 1
    return False
