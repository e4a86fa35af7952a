"""Where an address is, by a file that may be missing, foreign or renewed."""

from pathlib import Path

import pytest
from pytest_django import Settings

from ciam.lib.places import UNKNOWN, Place, place_of
from tests.geography import GRAZ, NOWHERE, SYDNEY, VIENNA, write_map


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> Path:
    path = write_map(tmp_path / "world.mmdb")
    settings.GEOIP_FILE = str(path)
    return path


def test_a_place_has_a_country_a_city_and_where_it_is(world: Path) -> None:
    place = place_of(VIENNA)

    assert place == Place("AT", "Vienna", 48.2, 16.37, "Austria")
    assert place.words == "Vienna, Austria"


@pytest.mark.parametrize(
    ("address", "locale", "words"),
    [
        (VIENNA, "de", "Wien, Österreich"),
        (VIENNA, "de-AT", "Wien, Österreich"),
        (SYDNEY, "pt", "Sydney, Austrália"),
        (VIENNA, "ja", "Vienna, Austria"),
        ("2001:db8::1", "en", "Germany"),
        (f"::ffff:{GRAZ}", "en", "Graz, Austria"),
    ],
)
def test_it_has_names_in_the_readers_language(world: Path, address: str, locale: str, words: str) -> None:
    assert place_of(address, locale).words == words


@pytest.mark.parametrize("address", ["", "nonsense", NOWHERE, "127.0.0.1", "::1", "fe80::1%eth0", "1.2.3"])
def test_what_the_file_does_not_know_is_an_unknown_place(world: Path, address: str) -> None:
    assert place_of(address) == UNKNOWN
    assert UNKNOWN.words == ""


@pytest.mark.parametrize("content", [None, b"", b"this is no map"])
def test_without_a_file_that_can_be_read_every_place_is_unknown(
    settings: Settings, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "world.mmdb"
    settings.GEOIP_FILE = str(path)
    if content is not None:
        path.write_bytes(content)

    assert place_of(VIENNA) == UNKNOWN
    settings.GEOIP_FILE = ""
    assert place_of(VIENNA) == UNKNOWN


def test_a_renewed_file_is_read_anew(world: Path) -> None:
    assert place_of(VIENNA).city == "Vienna"

    write_map(world, {"198.51.100.0/24": {"city": {"names": {"en": "Linz"}}}})
    assert place_of(VIENNA).words == "Linz"

    world.unlink()
    assert place_of(VIENNA) == UNKNOWN


def test_records_of_another_form_are_unknown_places(settings: Settings, tmp_path: Path) -> None:
    odd = {"198.51.100.0/24": {"country": "Austria", "city": {"names": []}, "location": {"latitude": "N"}}}
    settings.GEOIP_FILE = str(write_map(tmp_path / "odd.mmdb", odd))

    assert place_of(VIENNA) == UNKNOWN
