"""Which proxies are believed: those that TRUSTED_PROXIES names, and nobody else.

A proxy adds the address of whoever spoke to it at the end of X-Forwarded-For. Read from there, the first
address that is not one of our proxies is the browser's; what stands before it, anybody can have written.
Whatever else such headers say (host, port, scheme) never reaches a page: addresses in pages and mails come
from BASE_URL alone.
"""

import ipaddress
import re
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ciam.lib.networks import Address, parsed

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST_HOPS = 20
BELIEVED_OF_NOBODY = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_SERVER",
    "HTTP_X_REAL_IP",
    "HTTP_X_ORIGINAL_URL",
    "HTTP_X_REWRITE_URL",
)
WAS_FORWARDED = "ciam.forwarded"
# Some proxies add the port: 192.0.2.1:4711, [2001:db8::1]:4711.
WITH_PORT = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?")


class TrustedProxies:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        peer = parsed(str(meta.get("REMOTE_ADDR", "")))
        forwarded = str(meta.get("HTTP_X_FORWARDED_FOR", ""))
        meta[WAS_FORWARDED] = any(name in meta for name in BELIEVED_OF_NOBODY)
        if peer is not None and _is_trusted(peer):
            meta["REMOTE_ADDR"] = str(_browser(peer, forwarded))
            meta[WAS_FORWARDED] = False
        elif settings.TRUSTED_PROXIES:
            meta.pop("HTTP_X_FORWARDED_PROTO", None)
        for name in BELIEVED_OF_NOBODY:
            meta.pop(name, None)
        return self.get_response(request)


def comes_from_inside(request: HttpRequest) -> bool:
    """Whether it comes from a private network, and not through a proxy that nobody named."""
    address = parsed(str(request.META.get("REMOTE_ADDR", "")))
    return address is not None and address.is_private and not request.META.get(WAS_FORWARDED, False)


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@cache
def _networks(named: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(one) for one in named)


def _browser(peer: Address, forwarded: str) -> Address:
    """The last address in the chain that isn't ours; where it becomes unreadable, the one that is."""
    found = peer
    for said in reversed(forwarded.split(",")[-MOST_HOPS:]):
        match = WITH_PORT.fullmatch(said.strip())
        address = parsed((match["six"] or match["four"]) if match else said.strip())
        if address is None:
            return found
        found = address
        if not _is_trusted(address):
            return found
    return found
