"""Where a request comes from, as limits count it."""

import ipaddress

from django.http import HttpRequest


def network_of(request: HttpRequest) -> str:
    """The address; of IPv6 the first 64 bits, as one household has all that share them.

    Proxies are believed only where the settings name them.
    """
    said = str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ipaddress.ip_address(said.partition("%")[0])
    except ValueError:
        return said
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, 64), strict=False))
