"""Recovery and mails (open set, A11.01 and A11.09): where links lead, and how many mails there can be."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from auth_flows import crowding
from ciam.lib.models import Counter, Mail
from provisioning.models import Website
from tests.architecture.tree import APPS, project_files, text_of
from tests.people import Kaffeehaus, customer
from tests.provisioning.lite.visitor import KEY, SHOP, Visitor, proof
from tests.solving import solve
from tests.walking import Walker, mails

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"
EVIL = "evil.example"
POISON = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Port": "6666",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-For": "6.6.6.6",
    "X-Host": EVIL,
    "X-Original-URL": f"https://{EVIL}/",
    "X-Rewrite-URL": f"https://{EVIL}/",
    "Forwarded": f"for=6.6.6.6;host={EVIL};proto=http",
    "Referer": f"https://{EVIL}/",
}


def poisoned() -> Walker:
    # A referrer of ours belongs to a form over https; elsewhere it says nothing.
    return Walker(browser=Client(enforce_csrf_checks=True, headers=POISON))


def code_to_sign_in(shop: Kaffeehaus) -> None:
    poisoned().open("/sign-in/").send(identifier=ADA).press("Send me a code")


def code_to_register(shop: Kaffeehaus) -> None:
    poisoned().open("/register/").send(identifier=ADA)


def preferences(shop: Kaffeehaus) -> None:
    poisoned().open("/preferences/").send(email=ADA)


def confirmation(shop: Kaffeehaus) -> None:
    """Of a consent that a form on a website told us."""
    Website.objects.create(brand=shop.brand, name="catalogue", form_key=KEY, origins=[SHOP])
    visitor = Visitor("127.0.0.1", browser=Client(headers=POISON))
    assert visitor.fetches(consents=[proof(shop.newsletter)]).status_code == 202


@pytest.mark.parametrize("trusted", [[], ["127.0.0.1/32"], ["10.0.0.0/8"]])
@pytest.mark.parametrize("asked", [code_to_sign_in, code_to_register, preferences, confirmation])
def test_a11_01_links_lead_to_our_own_address_whatever_a_request_says(
    shop: Kaffeehaus, settings: Settings, asked: Callable[[Kaffeehaus], None], trusted: list[str]
) -> None:
    settings.TRUSTED_PROXIES = trusted
    customer(ADA, brand=shop.brand, password=None)

    asked(shop)

    sent = mails()
    assert sent
    links = [link for _to, text in sent for link in re.findall(r"https?://[^\s\"'<>]+", text)]
    assert links or asked in (code_to_sign_in, code_to_register)
    assert {"{0.scheme}://{0.netloc}".format(urlsplit(link)) for link in links} <= {django_settings.BASE_URL}
    raw = "".join(file.read_text() for file in django_settings.MAIL_DIR.glob("*.eml"))
    assert EVIL not in raw
    assert "6666" not in "".join(links)


def test_a11_01_nothing_of_ours_asks_a_request_for_its_address() -> None:
    """What isn't read can't be poisoned: addresses come from BASE_URL."""
    asking = ("build_absolute_uri", "get_current_site", "HTTP_HOST", "HTTP_X_FORWARDED_HOST")
    found = {
        str(path)
        for path in project_files(*APPS, "templates")
        if any(word in text_of(path) for word in asking) and str(path) != "ciam/lib/proxies.py"
    }

    assert found == set()


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in/",
        "/register/",
        "/preferences/",
        "/account/",
        "/oauth/authorize",
        "/.well-known/openid-configuration",
        "/scim/v2/Users",
        "/captcha/challenge",
        "/api/v1/purposes",
        "/static/ciam/site.css",
    ],
)
@pytest.mark.parametrize("host", [EVIL, f"testserver.{EVIL}", "testserver@evil.example", ""])
def test_a11_01_an_unknown_host_is_refused(path: str, host: str) -> None:
    if path.startswith("/static/"):
        return  # a file names no host
    response = Client(headers={"Host": host or " "}).get(path)

    assert response.status_code == 400
    assert EVIL not in response.content.decode()
    assert not response.cookies


@pytest.mark.parametrize("trusted", [[], ["127.0.0.1/32"]])
def test_a11_01_pages_and_redirects_name_no_host_of_the_request(
    settings: Settings, trusted: list[str]
) -> None:
    settings.TRUSTED_PROXIES = trusted
    browser: Any = Client(headers=POISON)
    for path in ("/sign-in/", "/account/", "/admin/", "/.well-known/openid-configuration", "/preferences/"):
        response = browser.get(path)
        assert EVIL not in response.content.decode() + str(response.headers)


def by_code(number: int) -> str:
    return f"a{number}@example.com"


def test_a11_09_one_address_gets_one_mail_a_minute_and_five_an_hour(shop: Kaffeehaus) -> None:
    spellings = [ADA, "ADA@example.com", "ada+1@example.com", "ada+news@Example.Com"]
    answers = set()
    for number in range(8):
        door = "/register/" if number % 2 else "/sign-in/"
        walker = Walker().open(door).send(identifier=spellings[number % 4])
        if walker.heading == "Enter your password":
            walker.press("Send me a code")
        answers.add((walker.status, walker.heading))

    assert answers == {(200, "Check your mail")}
    assert Mail.objects.count() == 1


def test_a11_09_a_network_causes_twenty_mails_an_hour_and_all_doors_share_the_count(shop: Kaffeehaus) -> None:
    for number in range(30):
        walker = Walker().open("/register/").send(identifier=by_code(number))
        assert number < crowding.MAILS_OF_A_NETWORK or walker.heading == "A quick check"
        if walker.heading == "A quick check":
            solve(walker)
        assert walker.heading == "Check your mail"

    assert Mail.objects.count() == 20
    Counter.objects.all().update(ends_at=timezone.now())
    Walker().open("/register/").send(identifier=by_code(31))
    assert Mail.objects.count() == 21
