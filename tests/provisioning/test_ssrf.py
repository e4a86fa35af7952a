"""Targets are where operators say, so operators could make us talk to ourselves: nothing leads inside."""

import base64
import errno
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pytest_django import Settings

from accounts.models import Brand
from ciam.lib import http
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors import KINDS
from provisioning.models import Connector

WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ENTERED_BY_OPERATORS = ["webhook", "security_events", "scim"]
PUBLIC = "93.184.216.34"

# The port of somebody who listens on this machine is put in.
PLACES = [
    "127.0.0.1:{port}",
    "localhost:{port}",
    "localhost.:{port}",
    "LOCALHOST:{port}",
    "127.1:{port}",
    "127.0.0.1.:{port}",
    "0:{port}",
    "0.0.0.0:{port}",
    "0177.0.0.1:{port}",
    "017700000001:{port}",
    "2130706433:{port}",
    "0x7f000001:{port}",
    "0x7f.1:{port}",
    "127。0。0。1:{port}",
    "\uff11\uff12\uff17.0.0.1:{port}",
    "①②⑦.0.0.1:{port}",
    "example.com@127.0.0.1:{port}",
    "example.com%2f@127.0.0.1:{port}",
    "127.0.0.1:{port}#@example.com",
    "127.0.0.1:{port}\\@example.com",
    "127.0.0.1:{port}?.example.com",
    "[::1]:{port}",
    "[::]:{port}",
    "[0:0:0:0:0:0:0:1]:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "[::ffff:7f00:1]:{port}",
    "[::127.0.0.1]:{port}",
    "[64:ff9b::127.0.0.1]:{port}",
    "[2002:7f00:1::]:{port}",
    "[fe80::1%25lo]:{port}",
    "169.254.169.254",
    "metadata.google.internal",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "192.168.0.1",
    "172.16.0.1",
    "100.64.0.1",
    "224.0.0.1",
]


@dataclass
class Listener:
    """Somebody on this machine who must not be reached."""

    port: int
    sockets: list[socket.socket] = field(default_factory=list)

    def was_reached(self) -> bool:
        for one in self.sockets:
            try:
                one.accept()
            except BlockingIOError:
                continue
            return True
        return False


@pytest.fixture
def listener(settings: Settings) -> Iterator[Listener]:
    settings.OUTBOUND_ALLOWED = ["localhost:1"]
    first = socket.create_server(("0.0.0.0", 0))
    found = Listener(first.getsockname()[1], [first])
    if socket.has_ipv6:
        found.sockets.append(socket.create_server(("::", found.port), family=socket.AF_INET6))
    for one in found.sockets:
        one.setblocking(False)
    yield found
    for one in found.sockets:
        one.close()


def target(kind: str, address: str) -> Connector:
    secret = WEBHOOK_SECRET if kind == "webhook" else "a-token"
    where = {"base_url": address, "audience": "https://receiver.example"}
    return Connector(brand=Brand(slug="shop"), kind=kind, settings=where, secret=secret)


def check(connector: Connector) -> str:
    return KINDS[connector.kind].check(connector, time.monotonic() + 30)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ENTERED_BY_OPERATORS)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.usefixtures("signing_keys")
def test_no_notation_of_an_inner_address_leads_inside(
    kind: str, scheme: str, place: str, listener: Listener
) -> None:
    with pytest.raises((NeedsHuman, TryLater)):
        check(target(kind, f"{scheme}://{place.replace('{port}', str(listener.port))}/hook"))

    assert not listener.was_reached()


@pytest.mark.parametrize("place", PLACES)
def test_nor_does_any_leave_the_door(place: str, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a connection to another machine's inner address is tried."""
    tried: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda address, *_more, **_named: tried.append(address))

    with pytest.raises(Exception) as refused, http.client() as outside:  # noqa: PT011
        outside.get(f"https://{place.replace('{port}', str(listener.port))}/hook")

    assert refused.type.__module__.startswith(("httpx", "ciam"))
    assert tried == []


@pytest.mark.parametrize("kind", ENTERED_BY_OPERATORS)
@pytest.mark.parametrize(
    "address",
    ["", "127.0.0.1", "//127.0.0.1", "unix:/run/redis", "file:///etc/passwd", "gopher://127.0.0.1:6379"],
)
@pytest.mark.django_db
@pytest.mark.usefixtures("signing_keys")
def test_nothing_but_https_leads_anywhere(kind: str, address: str) -> None:
    with pytest.raises(NeedsHuman):
        check(target(kind, address))


def test_plain_http_leads_nowhere_outside() -> None:
    with http.client() as outside, pytest.raises(http.Forbidden):
        outside.get(f"http://{PUBLIC}/")


@dataclass
class Resolver:
    """Names and what they answer, one time after the other; the last answer stays."""

    answers: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: object, *_more: object, **_named: object) -> list[object]:
        self.asked.append(host)
        if host not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        waiting = self.answers[host]
        addresses = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]


@dataclass
class Network:
    """Notes where a connection is tried; nobody answers."""

    tried: list[str] = field(default_factory=list)

    def __call__(self, address: tuple[str, int], *_more: object, **_named: object) -> socket.socket:
        self.tried.append(address[0])
        raise OSError(errno.ECONNREFUSED, "Connection refused")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Network:
    settings.OUTBOUND_ALLOWED = []
    network = Network()
    monkeypatch.setattr(socket, "create_connection", network)
    return network


def knows(monkeypatch: pytest.MonkeyPatch, **names: list[list[str]]) -> Resolver:
    resolver = Resolver({f"{name}.example": answers for name, answers in names.items()})
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return resolver


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["10.0.0.1"], [PUBLIC, "127.0.0.1"], ["169.254.169.254"]])
def test_a_name_that_leads_inside_with_any_of_its_addresses_is_refused(
    answer: list[str], network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, hook=[answer])

    with pytest.raises(NeedsHuman):
        check(target("webhook", "https://hook.example/"))

    assert network.tried == []


def test_a_name_that_answers_otherwise_the_second_time_leads_where_it_was_judged(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = knows(monkeypatch, hook=[[PUBLIC], ["127.0.0.1"]])

    with pytest.raises(TryLater):
        check(target("webhook", "https://hook.example/"))

    assert network.tried == [PUBLIC]
    assert resolver.asked.count("hook.example") == 1


def test_a_name_that_answers_otherwise_the_next_time_is_judged_again(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, hook=[[PUBLIC], ["127.0.0.1"]])
    with pytest.raises(TryLater):
        check(target("webhook", "https://hook.example/"))

    with pytest.raises(NeedsHuman):
        check(target("webhook", "https://hook.example/"))

    assert network.tried == [PUBLIC]


@pytest.mark.parametrize("name", ["id", "alias"])
def test_our_own_public_address_is_refused_under_every_name(
    name: str, network: Network, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.BASE_URL = "https://id.example"
    knows(monkeypatch, id=[[PUBLIC]], alias=[[PUBLIC]])

    with pytest.raises(NeedsHuman):
        check(target("webhook", f"https://{name}.example:8443/scim/v2"))

    assert network.tried == []


def test_what_the_settings_name_is_let_through_and_nothing_beside_it(
    network: Network, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOWED = ["hook.example:443"]
    knows(monkeypatch, hook=[["127.0.0.1"]], other=[["127.0.0.1"]])

    with pytest.raises(TryLater):
        check(target("webhook", "https://hook.example/"))
    assert network.tried == ["127.0.0.1"]

    for address in ("https://hook.example:444/", "https://other.example/", "https://hook.example:8443/"):
        with pytest.raises(NeedsHuman):
            check(target("webhook", address))
    assert network.tried == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "hook..example", "nobody.example"])
def test_a_name_that_does_not_exist_is_tried_again_later(host: str) -> None:
    with pytest.raises(TryLater):
        check(target("webhook", f"https://{host}/"))
