"""A small map of the world, as MaxMind writes them: documentation addresses, moved to cities."""

from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

VIENNA = "198.51.100.7"
GRAZ = "198.51.100.200"  # 145 km from Vienna, in the same country
SYDNEY = "203.0.113.9"
NOWHERE = "192.0.2.1"

CITIES: dict[str, dict[str, Any]] = {
    "198.51.100.0/25": {
        "city": {"names": {"en": "Vienna", "de": "Wien"}},
        "country": {"iso_code": "AT", "names": {"en": "Austria", "de": "Österreich"}},
        "location": {"latitude": 48.2, "longitude": 16.37},
    },
    "198.51.100.128/25": {
        "city": {"names": {"en": "Graz"}},
        "country": {"iso_code": "AT", "names": {"en": "Austria", "de": "Österreich"}},
        "location": {"latitude": 47.07, "longitude": 15.44},
    },
    "203.0.113.0/24": {
        "city": {"names": {"en": "Sydney"}},
        "country": {"iso_code": "AU", "names": {"en": "Australia", "pt-BR": "Austrália"}},
        "location": {"latitude": -33.87, "longitude": 151.21},
    },
    "2001:db8::/32": {"country": {"iso_code": "DE", "names": {"en": "Germany"}}},
}


def write_map(path: Path, cities: dict[str, dict[str, Any]] = CITIES) -> Path:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="GeoIP2-City", float_type="f64")
    for network, found in cities.items():
        writer.insert_network(IPSet([network]), found)
    new = path.with_suffix(".new")
    writer.to_db_file(str(new))
    new.rename(path)
    return path
