"""Where a request comes from: what a named proxy says, and what nobody else can make us believe."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from ciam.lib.networks import network_of
from ciam.lib.proxies import TrustedProxies, comes_from_inside

PROXIES = ["10.0.0.0/8", "2001:db8:ffff::/48"]


def seen(settings: Settings, peer: str, forwarded: str | None, trusted: list[str] | None = None) -> str:
    settings.TRUSTED_PROXIES = PROXIES if trusted is None else trusted
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)
    TrustedProxies(lambda _request: HttpResponse())(request)
    assert "HTTP_X_FORWARDED_FOR" not in request.META
    return network_of(request)


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.1, 10.0.0.7", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1:4711", "192.0.2.1"),
        ("10.0.0.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("2001:db8:ffff::1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1, _hidden, 10.0.0.7", "10.0.0.7"),
        ("10.0.0.1", "x" * 10_000, "10.0.0.1"),
        ("10.0.0.1", ",".join(["10.0.0.2"] * 5_000), "10.0.0.2"),
        ("192.0.2.9", "6.6.6.6", "192.0.2.9"),
        ("", "6.6.6.6", ""),
    ],
)
def test_the_last_address_that_is_no_proxy_of_ours_counts(
    peer: str, forwarded: str | None, network: str, settings: Settings
) -> None:
    assert seen(settings, peer, forwarded) == network


def test_where_nobody_is_named_nobody_is_believed(settings: Settings) -> None:
    assert seen(settings, "10.0.0.1", "192.0.2.1", trusted=[]) == "10.0.0.1"


def test_https_is_believed_of_named_proxies_alone_once_there_are_any(settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    secure = []
    for trusted, peer in (([], "192.0.2.9"), (PROXIES, "192.0.2.9"), (PROXIES, "10.0.0.1")):
        settings.TRUSTED_PROXIES = trusted
        request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-Proto": "https"})
        TrustedProxies(lambda _request: HttpResponse())(request)
        secure.append(request.is_secure())

    assert secure == [True, False, True]


def test_what_a_proxy_passed_on_that_nobody_named_does_not_come_from_inside(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = []
    inside = []
    for headers in ({}, {"X-Forwarded-For": "192.0.2.1"}, {"Forwarded": "for=192.0.2.1"}):
        request = RequestFactory().get("/metrics", REMOTE_ADDR="10.0.0.1", headers=headers)
        TrustedProxies(lambda _request: HttpResponse())(request)
        inside.append(comes_from_inside(request))

    assert inside == [True, False, False]
