"""Providers that are away, slow, or have new keys."""

import time
import uuid
from typing import Any

import pytest
from pytest_django import Settings

from auth_flows.byoid import published
from auth_flows.byoid.identity import Trouble
from auth_flows.models import Provider, UpstreamVisit
from ciam.lib.kept import forget_everything
from tests.bringing import back_address, comes_by, leaves, linked, provider
from tests.people import Kaffeehaus, customer
from tests.sandbox.running import RunningSandbox
from tests.site import free_ports
from tests.walking import Walker

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"
AWAY = "does not answer right now"


def test_a_new_key_is_found(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    there = provider(sandbox).says(algorithm="ES256")
    linked(customer(ADA, brand=shop.brand), there)
    assert comes_by(Walker().open("/sign-in/"), "Continue with").heading == "Terms and your choices"

    there.rotates()

    assert comes_by(Walker().open("/sign-in/"), "Continue with").heading == "Terms and your choices"


def test_keys_that_nobody_publishes_are_not_asked_for_all_the_time(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    there = provider(sandbox).says(algorithm="ES256", header={"kid": "made-up"})
    since = sandbox.requests("idp")[-1]["id"]

    for _visit in range(4):
        assert "did not take it" in comes_by(Walker().open("/sign-in/"), "Continue with").text

    asked = [one["path"] for one in sandbox.requests("idp", since=since)]
    assert asked.count(f"/{there.name}/keys") == 2


@pytest.mark.parametrize("where", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "garbage"},
        {"kind": "status", "status": 200, "body": "[]"},
    ],
    ids=["broken", "garbage", "a list"],
)
def test_trouble_there_is_no_dead_end_here(
    shop: Kaffeehaus, sandbox: RunningSandbox, where: str, fault: dict[str, Any]
) -> None:
    provider(sandbox).says(algorithm="ES256")
    forget_everything()
    sandbox.fault("idp", **fault, times=9, path_contains=where)
    walker = Walker().open("/sign-in/")

    address = leaves(walker, "Continue with")
    if address.startswith("http"):
        walker.open(back_address(address))

    assert AWAY in walker.text
    assert walker.send(identifier=ADA).heading == "Enter your password"


def test_a_slow_provider_costs_five_seconds_at_most(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    provider(sandbox)
    sandbox.fault("idp", "timeout_after", seconds=8, path_contains="/.well-known")
    walker = Walker().open("/sign-in/")

    began = time.monotonic()
    leaves(walker, "Continue with")

    assert time.monotonic() - began < 7.5, "the answer would have come after eight"
    assert AWAY in walker.text


def test_a_provider_that_is_gone(shop: Kaffeehaus, sandbox: RunningSandbox, settings: Settings) -> None:
    there = provider(sandbox)
    (port,) = free_ports(1)
    settings.OUTBOUND_ALLOWED = [f"localhost:{port}"]
    Provider.objects.filter(pk=there.row.pk).update(issuer=f"http://localhost:{port}")
    forget_everything()
    walker = Walker().open("/sign-in/")

    leaves(walker, "Continue with")

    assert AWAY in walker.text


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:1", "http://localhost:1", "https://10.0.0.1"])
def test_no_issuer_leads_into_our_own_walls(shop: Kaffeehaus, sandbox: RunningSandbox, issuer: str) -> None:
    there = provider(sandbox)
    Provider.objects.filter(pk=there.row.pk).update(issuer=issuer)
    forget_everything()
    walker = Walker().open("/sign-in/")

    leaves(walker, "Continue with")

    assert AWAY in walker.text


def test_a_document_that_speaks_for_another_issuer_is_refused(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    provider(sandbox).says(issuer="https://accounts.example")
    walker = Walker().open("/sign-in/")

    leaves(walker, "Continue with")

    assert "did not take it" in walker.text


def test_a_page_that_looks_ahead_begins_no_visit(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    provider(sandbox)
    walker = Walker().open("/sign-in/")
    links = [a for a in walker.soup.find_all("a") if "Continue with" in a.get_text()]
    link = str(links[0]["href"])

    for headers in ({"Sec-Purpose": "prefetch"}, {"Sec-Fetch-Site": "cross-site"}):
        assert walker.browser.get(link, headers=headers).status_code == 303
    assert not UpstreamVisit.objects.exists()
    foreign = link.replace(walker.url.split("/")[2], str(uuid.uuid4()))
    assert Walker().open(foreign).status == 410


def test_what_a_browser_is_sent_to_is_https() -> None:
    for said in ("http://idp.example", "javascript:alert(1)", "https://a@b", "//x", "", None, "https://x:y"):
        with pytest.raises(Trouble):
            published.safe_address(said)
