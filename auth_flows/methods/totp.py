"""Time-based one-time passwords (RFC 6238): each step once, one step of drift either way."""

import datetime as dt

import pyotp

from accounts.models import Account
from auth_flows.models import Authenticator
from ciam.lib.throttle import Limit

PER_SIGN_IN = Limit("app code in a sign-in", most=5, seconds=3_600)
STEP = 30
DRIFT = 1


def new_seed() -> str:
    """160 random bits, in base32."""
    return pyotp.random_base32()


def address(seed: str, issuer: str, name: str) -> str:
    """What the app reads from the picture (otpauth://, as all apps know it)."""
    return str(pyotp.TOTP(seed).provisioning_uri(name=name, issuer_name=issuer))


def step_of(seed: str, code: str, now: dt.datetime) -> int | None:
    """The time step of which this is the code, at most one away from now."""
    present, generator, said = int(now.timestamp()) // STEP, pyotp.TOTP(seed), plain(code)
    for step in range(present - DRIFT, present + DRIFT + 1):
        if pyotp.utils.strings_equal(generator.generate_otp(step), said):
            return step
    return None


def plain(code: str) -> str:
    """Apps show two groups of digits, and people type what they see."""
    return "".join(code.split())


def redeem(account: Account, code: str, now: dt.datetime) -> bool:
    """Whether this is a code of one of this account's devices that was not used yet.

    Taking it is one conditional update, which also burns every earlier step: the same code succeeds once.
    """
    devices = Authenticator.objects.filter(
        account=account, kind=Authenticator.Kind.TOTP, confirmed_at__isnull=False
    )
    for device in devices:
        step = step_of(device.seed or "", code, now)
        if step is not None:
            unused = Authenticator.objects.filter(pk=device.pk, last_step__lt=step)
            return unused.update(last_step=step, last_used_at=now) == 1
    return False
