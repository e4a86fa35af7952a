"""Telling people from programs: one interface, a file for each vendor.

A solved challenge counts once, here as at the vendor, and only for the action and on the pages for which it
was shown. What somebody sent is never logged, and no secret is.
"""

import datetime as dt
from collections.abc import Collection

from ciam.lib.captcha.altcha import Altcha
from ciam.lib.captcha.base import Outcome, Vendor, Verdict
from ciam.lib.captcha.hcaptcha import HCaptcha
from ciam.lib.captcha.recaptcha import ReCaptcha
from ciam.lib.captcha.siteverify import SiteVerify
from ciam.lib.captcha.turnstile import Turnstile
from ciam.lib.throttle import once

__all__ = ["HOSTED", "LIFETIME", "Altcha", "Outcome", "Vendor", "Verdict", "hosted", "verify"]

HOSTED: dict[str, type[SiteVerify]] = {"turnstile": Turnstile, "hcaptcha": HCaptcha, "recaptcha": ReCaptcha}
"""Those that somebody else runs, by their names in the settings."""

LONGEST = 4_096
LIFETIME = dt.timedelta(minutes=10)
"""For how long a challenge can be solved. Vendors' own last two to five minutes."""


def hosted(kind: str, site_key: str, secret: str) -> SiteVerify | None:
    """The vendor of this name; None where there is none, or a key is missing."""
    vendor = HOSTED.get(kind)
    return vendor(site_key, secret) if vendor and site_key and secret else None


def verify(
    vendor: Vendor, token: object, address: str, action: str, hostnames: Collection[str], now: dt.datetime
) -> Verdict:
    """Whether a challenge was solved: by whoever is at `address`, for `action`, on a page of `hostnames`.

    Asks the vendor, if there is one, for at most five seconds. Call it outside a transaction.
    """
    if not isinstance(token, str) or not token:
        return Verdict(Outcome.REJECTED, ("missing-input-response",))
    if len(token) > LONGEST or not token.isascii():
        return Verdict(Outcome.REJECTED, ("invalid-input-response",))
    verdict = vendor.verify(token, address, action, frozenset(hostnames))
    if verdict.outcome is Outcome.OK and not once("captcha", verdict.number or token, now + 2 * LIFETIME):
        return Verdict(Outcome.REJECTED, ("timeout-or-duplicate",))
    return verdict
