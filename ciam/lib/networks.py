"""Where a request comes from, as limits count it. The one place that reads it.

`ciam.lib.proxies` has put the browser's address there, where a proxy stands between that the settings name.
"""

import ipaddress

from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(request: HttpRequest) -> Address | None:
    """The browser's address; None where there is none, as with a socket file."""
    return parsed(str(request.META.get("REMOTE_ADDR", "")))


def parsed(said: str) -> Address | None:
    try:
        address = ipaddress.ip_address(said.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_of(request: HttpRequest) -> str:
    """The address; of IPv6 the first 64 bits, as one household has all that share them."""
    address = address_of(request)
    if address is None:
        return str(request.META.get("REMOTE_ADDR", ""))
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.IPv6Network((address, 64), strict=False))
