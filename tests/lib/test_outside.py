"""Which addresses lie outside our own walls."""

import socket
from collections.abc import Callable

import pytest
from pytest_django import Settings

from ciam.lib import outside

INSIDE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "168.63.129.16",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001:0:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_inner_address_is_not_outside(address: str) -> None:
    assert not outside.is_outside(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_outside(address: str) -> None:
    assert outside.is_outside(address)


def test_the_sites_own_public_addresses_are_ours(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BASE_URL = "https://id.kaffeehaus.example"
    monkeypatch.setattr(socket, "getaddrinfo", named({"id.kaffeehaus.example": ["93.184.216.34", "1.1.1.1"]}))

    assert not outside.is_outside("93.184.216.34")
    assert not outside.is_outside("::ffff:1.1.1.1")
    assert outside.is_outside("1.0.0.1")


def test_a_site_whose_own_name_leads_nowhere_reaches_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_URL = "https://id.kaffeehaus.example"
    monkeypatch.setattr(socket, "getaddrinfo", named({}))

    assert outside.is_outside("1.1.1.1")


@pytest.mark.parametrize(
    "host", ["id.kaffeehaus.example", "ID.Kaffeehaus.Example.", "id.kaffeehaus.example."]
)
def test_our_name_is_known_in_any_spelling(host: str, settings: Settings) -> None:
    settings.BASE_URL = "https://id.kaffeehaus.example"

    assert outside.is_our_name(host)
    assert not outside.is_our_name("kaffeehaus.example")


def test_a_public_address_of_this_machine_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_binds", lambda address, version: address == "93.184.216.34")

    assert not outside.is_outside("93.184.216.34")
    assert not outside.is_outside("::ffff:93.184.216.34")
    assert outside.is_outside("1.1.1.1")


def test_a_kernel_that_binds_anything_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_binds", lambda address, version: True)

    assert outside.is_outside("1.1.1.1")


def test_an_interface_is_known_by_binding_to_it() -> None:
    assert outside._binds("127.0.0.1", 4)
    assert not outside._binds("1.1.1.1", 4)
    assert not outside._binds("2606:4700:4700::1111", 6)


def named(names: dict[str, list[str]]) -> Callable[..., list[object]]:
    """A resolver that knows these names only."""

    def resolve(host: str, port: object, **_asked: object) -> list[object]:
        if host not in names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in names[host]]

    return resolve
