"""Ada's browsers, and where in the world they are."""

import datetime as dt

from django.test import Client
from django.utils import timezone

from accounts.models import Account, Brand
from auth_flows.models import Assessment, Device, SignIn
from auth_flows.risk.facts import RiskFacts
from ciam.lib.ids import uuid7
from tests.geography import VIENNA
from tests.people import PASSWORD
from tests.walking import Walker

ADA = "ada@example.com"


def at(address: str = VIENNA) -> Walker:
    """A browser of its own, at this address."""
    return Walker(browser=Client(enforce_csrf_checks=True, REMOTE_ADDR=address))


def moved(walker: Walker, address: str) -> Walker:
    """The same browser elsewhere, signed out."""
    walker.browser.defaults["REMOTE_ADDR"] = address
    walker.browser.cookies.pop("__Host-ciam", None)
    return walker


def enters_password(walker: Walker, email: str = ADA) -> Walker:
    return walker.open("/sign-in/").send(identifier=email).send(password=PASSWORD)


def is_in(walker: Walker) -> bool:
    return walker.heading.startswith("Hello")


def has_device(account: Account, walker: Walker | None = None, country: str = "AT") -> Device:
    """A browser the account has signed in with: this one, or one that is elsewhere now."""
    browser_hash = "0" * 64
    if walker is not None:
        walker.open("/sign-in/")
        browser_hash = SignIn.objects.latest("id").browser_hash
    device, _made = Device.objects.update_or_create(
        account=account,
        browser_hash=browser_hash,
        defaults={"country": country, "last_seen_at": timezone.now()},
    )
    return device


def was_weighed(
    facts: RiskFacts,
    outcome: str = "allow",
    *,
    account: Account | None = None,
    brand: Brand | None = None,
    at: dt.datetime | None = None,
    sign_in: SignIn | None = None,
    finished: bool = True,
) -> Assessment:
    """A sign-in of the past, as it is kept."""
    when = at or timezone.now()
    if sign_in is None:
        sign_in = SignIn.objects.create(
            browser_hash="1" * 64, expires_at=when, finished_at=when if finished else None
        )
    return Assessment.objects.create(
        id=uuid7(),
        sign_in_id=sign_in.pk,
        account_id=account.pk if account else None,
        brand_id=brand.pk if brand else None,
        at=when,
        facts=facts.as_json(),
        score=0,
        outcome=outcome,
    )
