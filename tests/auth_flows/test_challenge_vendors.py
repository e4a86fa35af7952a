"""A brand that asks a vendor whether somebody is a person: what its page may load, and what silence means."""

import pytest
from django.core import signing
from django.utils import timezone
from pytest_django import Settings

from auth_flows import captcha, crowding
from auth_flows.methods import email_code, password
from auth_flows.models import SignInPolicy
from auth_flows.steps import challenge
from ciam import checks
from ciam.lib.captcha import HOSTED
from ciam.lib.throttle import hit
from demo.sandbox.captcha import SECRET, SITE_KEY
from tests.lib.captcha.test_vendors import running, sandbox, solved
from tests.people import Kaffeehaus
from tests.sandbox.running import RunningSandbox
from tests.solving import solve
from tests.walking import Walker

__all__ = ["running", "sandbox"]

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"
CHECK = "A quick check"


@pytest.fixture(autouse=True)
def _crowded(db: None, settings: Settings) -> None:
    settings.CAPTCHA_STAND_IN = "http://localhost:9"
    now = timezone.now()
    for _time in range(crowding.PASSWORDS):
        hit(password.PER_ACCOUNT, f"customer {ADA}", now)
    for _time in range(crowding.MAILS_OF_A_NETWORK):
        hit(email_code.MAIL_PER_ADDRESS, "127.0.0.1", now)


def chooses(shop: Kaffeehaus, vendor: str, site_key: str = SITE_KEY, secret: str = SECRET) -> SignInPolicy:
    return SignInPolicy.objects.create(
        brand=shop.brand, captcha=vendor, captcha_site_key=site_key, captcha_secret=secret
    )


def policy_of(walker: Walker) -> str:
    return str(walker.response["Content-Security-Policy"])


@pytest.mark.parametrize("vendor", HOSTED)
def test_a_vendors_task_is_on_that_page_alone_and_counts(
    shop: Kaffeehaus, sandbox: RunningSandbox, vendor: str
) -> None:
    chooses(shop, vendor)
    walker = Walker().open("/sign-in/")
    origin = HOSTED[vendor].csp["script-src"][0]
    assert origin not in policy_of(walker)

    walker.send(identifier=ADA)

    assert walker.heading == CHECK
    assert f"script-src 'self' {origin}" in policy_of(walker)
    assert walker.soup.find("script", src=HOSTED[vendor].script)
    box = walker.soup.find(class_=HOSTED[vendor].css_class)
    assert box is not None
    assert box["data-sitekey"] == SITE_KEY
    assert SECRET not in walker.response.content.decode()
    token = solved(sandbox, vendor, hostname=captcha.hostname())
    walker.send(0, **{HOSTED[vendor].field: token})
    assert walker.heading == "Enter your password"
    assert origin not in policy_of(walker)


def test_another_brands_choice_is_not_ours(shop: Kaffeehaus) -> None:
    walker = Walker().open("/sign-in/").send(identifier=ADA)

    assert "https:" not in policy_of(walker)
    assert solve(walker).heading == "Enter your password"


def test_while_a_vendor_is_away_a_sign_in_goes_on_a_few_times(shop: Kaffeehaus) -> None:
    chooses(shop, "turnstile")
    for _time in range(captcha.UNASKED_OF_AN_ACCOUNT.most):
        walker = Walker().open("/sign-in/").send(identifier=ADA)
        assert walker.send(0, **{"cf-turnstile-response": "x"}).heading == "Enter your password"

    walker = Walker().open("/sign-in/").send(identifier=ADA).send(0, **{"cf-turnstile-response": "x"})

    assert walker.heading == CHECK
    assert "can't be reached" in walker.text


def test_while_a_vendor_is_away_nobody_registers_but_by_waiting(shop: Kaffeehaus) -> None:
    chooses(shop, "turnstile")
    walker = Walker().open("/register/").send(identifier="bob@example.com")

    assert walker.send(0, **{"cf-turnstile-response": "x"}).heading == CHECK
    assert "can't be reached just now. " in walker.text
    salt = f"{challenge.SALT} {walker.url.split('/')[2]}"
    walker.send(since=signing.dumps(timezone.now().timestamp() - challenge.WAIT, salt=salt))
    assert walker.heading == "Check your mail"


def test_a_vendor_without_keys_is_replaced_and_keeps_production_from_starting(
    shop: Kaffeehaus, settings: Settings
) -> None:
    policy = chooses(shop, "hcaptcha", secret="")
    assert solve(Walker().open("/sign-in/").send(identifier=ADA)).heading == "Enter your password"

    found = {}
    settings.MODE = "production"
    for secret in ("", *HOSTED["hcaptcha"].test_secrets, "one of our own"):
        policy.captcha_secret = secret
        policy.save()
        found[secret] = [error.id for error in checks.production_has_keys_of_its_vendors(None)]

    assert list(found.values()) == [["ciam.E009"], ["ciam.E009"], []]
