"""A sign-in that is not finished is nobody: on every URL of the project it is answered as a stranger is."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from auth_flows.models import BrowserSession
from tests.people import PASSWORD, Kaffeehaus, customer, operator
from tests.walking import Walker

pytestmark = pytest.mark.django_db

SAMPLES = {"uuid": str(uuid.UUID(int=7)), "slug": "kaffeehaus", "str": "x", "path": "x", "int": "1"}
# What a stranger may see: each is public on purpose.
PUBLIC = {
    "gpc-support",
    "consent-receipt-keys",
    "preferences-ask",
    "home",
    "sign-in",
    "register",
    "brand-style",
    "health-live",
    "health-ready",
    "metrics",
    "api-schema",
    "dev-mailbox",
    "dev-components",
    "oidc-configuration",
    "oauth-metadata",
    "oidc-jwks",
    "oidc-logout",
}


@dataclass(frozen=True)
class Address:
    name: str
    path: str


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[Address]:
    for pattern in patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield Address(pattern.name or route, sample(route))


def sample(route: str) -> str:
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES[match[1] or "str"], route)
    return re.sub(r"\(\?P<\w+>.*\)|\$$|\\Z", "", path).replace("//", "/")


ALL = sorted(set(addresses(get_resolver().url_patterns)), key=lambda address: address.path)


def said(response: HttpResponse) -> tuple[int, str, str]:
    """What was answered, without what differs from one answer to the next."""
    location = re.sub(r"[0-9a-f-]{36}", "ID", response.get("Location", ""))
    body = b"".join(response) if response.streaming else response.content
    text = re.sub(r'value="[A-Za-z0-9]{64}"|[0-9a-f-]{36}', "ID", body.decode(errors="replace"))
    # Metrics and the like count on: digits say nothing of who asks.
    return response.status_code, location, re.sub(r"\d+", "0", text)


def halfway(totp_of: str, door: str) -> Client:
    """A browser in which the password was right and the second factor is still to come."""
    walker = Walker(browser=Client()).open(door).send(identifier=totp_of).send(password=PASSWORD)
    assert walker.heading == "Enter the code of your app"
    assert not BrowserSession.objects.exists()
    return walker.browser


def test_the_map_was_walked() -> None:
    assert len(ALL) > 60
    assert {"/account/", "/admin/", "/scim/v2/Users", "/oauth/userinfo"} <= {address.path for address in ALL}


@pytest.mark.parametrize("method", ["get", "post"])
def test_half_a_sign_in_is_answered_as_a_stranger_is(shop: Kaffeehaus, method: str) -> None:
    customer("ada@example.com", brand=shop.brand, totp=True)
    operator("olga@example.com")
    browsers = [halfway("ada@example.com", "/sign-in/"), halfway("olga@example.com", "/admin/")]

    for address in ALL:
        stranger = said(getattr(Client(), method)(address.path))
        for browser in browsers:
            assert said(getattr(browser, method)(address.path)) == stranger, address


def test_a_stranger_sees_only_what_is_public_on_purpose(shop: Kaffeehaus) -> None:
    shown = {address for address in ALL if Client().get(address.path).status_code == 200}

    assert {address.name for address in shown} - PUBLIC == set()


def test_a_customer_is_a_stranger_to_every_page_of_the_operators(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = Walker(browser=Client()).open("/sign-in/").send(identifier="ada@example.com")
    walker.send(password=PASSWORD).send(agree_terms="on")
    assert walker.heading.startswith("Hello")

    for address in ALL:
        if address.path.startswith("/admin/"):
            for method in ("get", "post"):
                status = getattr(walker.browser, method)(address.path).status_code
                assert status in {302, 303, 301, 403, 404, 405}, address
