"""Networks of ill repute: a file of address ranges (LISTED_NETWORKS_FILE), one a line; # begins a remark."""

import ipaddress
import logging
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from ciam.lib.watched import Watched

logger = logging.getLogger(__name__)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Listed:
    """By version and length of the prefix: an address is looked up once per length, however long the list."""

    prefixes: dict[tuple[int, int], frozenset[int]]

    def has(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        bits, number = address.max_prefixlen, int(address)
        return any(
            version == address.version and number >> (bits - length) in starts
            for (version, length), starts in self.prefixes.items()
        )


def _read(path: Path) -> Listed:
    prefixes: dict[tuple[int, int], set[int]] = defaultdict(set)
    odd = 0
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            said = line.partition("#")[0].strip()
            if not said:
                continue
            try:
                network: Network = ipaddress.ip_network(said, strict=False)
            except ValueError:
                odd += 1
                continue
            length = network.prefixlen
            start = int(network.network_address) >> (network.max_prefixlen - length)
            prefixes[network.version, length].add(start)
    if odd:
        logger.warning("%s has %d lines that are no address ranges.", path, odd)
    return Listed({key: frozenset(starts) for key, starts in prefixes.items()})


_file: Watched[Listed] = Watched(_read)


def is_listed(address: str) -> bool:
    listed = _file.get(settings.LISTED_NETWORKS_FILE)
    if listed is None:
        return False
    try:
        asked = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = asked.ipv4_mapped if isinstance(asked, ipaddress.IPv6Address) else None
    return listed.has(mapped or asked)
