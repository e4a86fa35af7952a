"""Which addresses lie outside our own walls. https://www.iana.org/assignments/iana-ipv4-special-registry,
https://www.iana.org/assignments/iana-ipv6-special-registry"""

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings

from ciam.lib.kept import Kept

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What `is_global` of this Python doesn't know of, or takes for public.
NOT_PUBLIC: tuple[Network, ...] = tuple(
    ipaddress.ip_network(one)
    for one in (
        "192.0.0.0/24",  # protocol assignments; a cloud keeps its metadata there
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # a cloud's own services, under a public address
        "2001::/23",  # Teredo and other tunnels
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
UNICAST = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Documentation addresses: no machine has them.
NOBODYS = {4: "198.51.100.254", 6: "2001:db8::ffff:ffff"}

_site: Kept[str, frozenset[str]] = Kept(seconds=60)


def is_outside(address: str) -> bool:
    """Whether it is a public address, and not one of ours."""
    ip = _meant(ipaddress.ip_address(address.split("%")[0]))
    return _is_public(ip) and not _is_ours(ip)


def is_our_name(host: str) -> bool:
    return host.rstrip(".").lower() == urlsplit(settings.BASE_URL).hostname


def _meant(ip: Address) -> Address:
    """Where a packet ends that is sent there: some IPv6 addresses stand for one of IPv4."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip


def _is_public(ip: Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address) and ip not in UNICAST:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in NOT_PUBLIC)


def _is_ours(ip: Address) -> bool:
    """The site's, as browsers reach it, or one of this machine's interfaces'."""
    return str(ip) in _addresses_of_site() or (_binds(str(ip), ip.version) and not _binds_any(ip.version))


def _addresses_of_site() -> frozenset[str]:
    name = urlsplit(settings.BASE_URL).hostname or ""
    return _site.get(name, lambda: _resolved(name)) or frozenset()


def _resolved(name: str) -> frozenset[str] | None:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    return frozenset(str(_meant(ipaddress.ip_address(str(info[4][0]).split("%")[0]))) for info in found)


def _binds(address: str, version: int) -> bool:
    """Only an interface's own address can be bound to."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _binds_any(version: int) -> bool:
    """A kernel can be told to let anything be bound (net.ipv4.ip_nonlocal_bind): then that says nothing."""
    return _binds(NOBODYS[version], version)
