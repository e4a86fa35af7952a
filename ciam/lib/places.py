"""Where an address is, by a MaxMind file (GEOIP_FILE). No file, or an address that it doesn't know, is an
unknown place and never an error."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import maxminddb
from django.conf import settings

from ciam.lib.watched import Watched


@dataclass(frozen=True)
class Place:
    """A place as far as an address tells it: mostly the city of the provider's nearest exchange."""

    country: str = ""
    """ISO 3166-1, two letters."""
    city: str = ""
    lat: float | None = None
    lon: float | None = None
    country_name: str = ""

    @property
    def words(self) -> str:
        """ "City, Country", as far as it is known. At most 100 characters."""
        return ", ".join(word for word in (self.city, self.country_name or self.country) if word)[:100]


UNKNOWN = Place()


def _open(path: Path) -> maxminddb.Reader:
    # Mapped into memory, so that all processes share it: renew it by renaming another.
    return maxminddb.open_database(path)


_file: Watched[maxminddb.Reader] = Watched(_open)


def place_of(address: str, locale: str = "en") -> Place:
    """Names are in the language `locale`, or in English where the file lacks it."""
    reader = _file.get(settings.GEOIP_FILE)
    if reader is None:
        return UNKNOWN
    try:
        asked = ipaddress.ip_address(address.partition("%")[0])
        mapped = asked.ipv4_mapped if isinstance(asked, ipaddress.IPv6Address) else None
        found = reader.get(mapped or asked)
    except (ValueError, maxminddb.InvalidDatabaseError):
        return UNKNOWN
    return _place(found, locale) if isinstance(found, dict) else UNKNOWN


def _place(found: Mapping[str, Any], locale: str) -> Place:
    country = _part(found, "country") or _part(found, "registered_country")
    location = _part(found, "location")
    lat, lon = _degrees(location.get("latitude")), _degrees(location.get("longitude"))
    code = str(country.get("iso_code") or "")
    return Place(
        country=code if len(code) == 2 else "",
        city=_name(_part(found, "city"), locale),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        country_name=_name(country, locale),
    )


def _degrees(said: object) -> float | None:
    return float(said) if isinstance(said, int | float) else None


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _name(part: Mapping[str, Any], locale: str) -> str:
    """MaxMind names languages as `de`, `fr`, `ja`, `pt-BR`."""
    names = _part(part, "names")
    language = locale.partition("-")[0]
    alike = [key for key in names if key.partition("-")[0] == language]
    return str(next((names[key] for key in (locale, *alike, "en") if key in names), ""))
