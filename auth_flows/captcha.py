"""Whom a brand asks whether somebody is a person, and what follows where nobody answers."""

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Brand
from auth_flows.models import Captcha, Intent, SignInPolicy
from ciam.lib import captcha
from ciam.lib.captcha import Altcha, Outcome, Vendor
from ciam.lib.networks import address_of, network_of
from ciam.lib.throttle import Limit, TooMany, hit

UNASKED_OF_A_NETWORK = Limit("sign-in while no vendor answers", most=10, seconds=900)
UNASKED_OF_AN_ACCOUNT = Limit("sign-in to an account while no vendor answers", most=3, seconds=900)


def vendor_of(brand: Brand | None) -> Vendor | None:
    """None: nobody, by the brand's own choice. A vendor without keys is none: our own takes its place."""
    policy = SignInPolicy.objects.filter(brand=brand).first() if brand else None
    if policy is None:
        return Altcha()
    if policy.captcha == Captcha.NONE:
        return None
    return captcha.hosted(policy.captcha, policy.captcha_site_key, policy.captcha_secret or "") or Altcha()


def hostname() -> str:
    return urlsplit(settings.BASE_URL).hostname or ""


def is_solved(
    vendor: Vendor, token: object, request: HttpRequest, intent: Intent, account: str, now: dt.datetime
) -> Outcome:
    """What the vendor says. Where it says nothing, whoever has an account may go on, a few times; whoever
    wants a new one, or a new way into one, may not."""
    address = address_of(request)
    said = captcha.verify(vendor, token, str(address or ""), intent, {hostname()}, now)
    if said.outcome is not Outcome.UNAVAILABLE or intent != Intent.SIGN_IN:
        return said.outcome
    try:
        hit(UNASKED_OF_A_NETWORK, network_of(request), now)
        hit(UNASKED_OF_AN_ACCOUNT, account, now)
    except TooMany:
        return Outcome.UNAVAILABLE
    return Outcome.OK
