"""SCIM inbound (open set, A13.08 and what is like it), over HTTP against the site as `make run` starts it.

What is too large is refused in SCIM's form, and whoever refused it goes on. How long that takes is printed:
the promise of 200 ms is for a quiet machine, which no test can count on.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Barrier
from typing import Any

import httpx
import psycopg2
import pytest

from tests.attacks.ways import BULK
from tests.provisioning.scim.door import ERROR, PATCH, USER, user
from tests.site import Site, descendants, running_site

pytestmark = pytest.mark.site

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
NESTED = "(" * 10_000 + 'userName eq "x"' + ")" * 10_000
TERMS = " or ".join(['userName eq "x"'] * 5_000)
LONG = f'userName eq "{"x" * 1_000_000}"'
NAMES = ",".join(f"name{number}" for number in range(100_000))
ADA = "ada.at.once@example.com"
TOGETHER = 50


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("limits")) as site:
        yield site


@pytest.fixture(scope="module")
def door(site: Site) -> Iterator[httpx.Client]:
    scim = site.facts["scim"]
    headers = {"Authorization": f"Bearer {scim['token']}", "Content-Type": "application/scim+json"}
    # A connection for each request: the server hangs up where it doesn't read a body to its end.
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=scim["base_url"], headers=headers, timeout=60, limits=limits) as door:
        yield door


def search(**asked: object) -> bytes:
    return json.dumps({"schemas": [SEARCH], **asked}).encode()


def operations(number: int) -> bytes:
    one = {"method": "POST", "path": "/Users", "bulkId": "1", "data": user()}
    return json.dumps({"schemas": [BULK], "Operations": [one] * number}).encode()


def patch(path: str) -> bytes:
    step = {"op": "remove", "path": path}
    return json.dumps({"schemas": [PATCH], "Operations": [step]}).encode()


def deep(opens: str, inside: str, closes: str) -> bytes:
    return (opens * 100_000 + inside + closes * 100_000).encode()


def fixed(method: str, path: str, body: Callable[[], bytes] = bytes) -> Callable[[], tuple[str, str, bytes]]:
    return lambda: (method, path, body())


NOBODY = "/Users/11111111-1111-4111-8111-111111111111"
HUGE = {
    "a filter of 1 MB": fixed("POST", "/.search", lambda: search(filter=LONG)),
    "a filter of 1 MB about users": fixed("POST", "/Users/.search", lambda: search(filter=LONG)),
    "10,000 parentheses": fixed("POST", "/.search", lambda: search(filter=NESTED)),
    "10,000 parentheses in the address": fixed("GET", f"/Users?filter={NESTED.replace(' ', '%20')}"),
    "10,000 parentheses about groups": fixed("GET", f"/Groups?filter={NESTED.replace(' ', '%20')}"),
    "10,000 times not": fixed("POST", "/.search", lambda: search(filter="not (" * 10_000 + ")" * 10_000)),
    "10,000 brackets": fixed("POST", "/Users/.search", lambda: search(filter="emails[" * 10_000)),
    "5,000 terms": fixed("POST", "/Users/.search", lambda: search(filter=TERMS)),
    "5,000 terms about all": fixed("POST", "/.search", lambda: search(filter=TERMS)),
    "100,000 attributes": fixed("POST", "/Users/.search", lambda: search(attributes=NAMES.split(","))),
    "100,000 attributes in the address": fixed("GET", f"/Users?attributes={NAMES[:60_000]}"),
    "10,000 parentheses in a path": fixed("PATCH", NOBODY, lambda: patch(f"emails[{NESTED}].value")),
    "5,000 terms in a path": fixed("PATCH", NOBODY, lambda: patch(f"emails[{TERMS}].value")),
    "10,000 operations": fixed("POST", "/Bulk", lambda: operations(10_000)),
    "10,000 small operations": fixed(
        "POST", "/Bulk", lambda: json.dumps({"schemas": [BULK], "Operations": [{}] * 10_000}).encode()
    ),
    "10 MB": fixed("POST", "/Users", lambda: b'{"userName": "' + b"x" * 10_000_000 + b'"}'),
    "10 MB in a bulk": fixed("POST", "/Bulk", lambda: b'{"Operations": "' + b"x" * 10_000_000 + b'"}'),
    "10 MB of nothing": fixed("POST", "/Users", lambda: b" " * 10_000_000),
    "lists 100,000 deep": fixed("POST", "/Users", lambda: deep("[", "", "]")),
    "objects 100,000 deep": fixed("POST", "/Users", lambda: deep('{"a":', "1", "}")),
    "objects 100,000 deep in a bulk": fixed("POST", "/Bulk", lambda: deep('{"a":', "1", "}")),
    "a user whose name is 20,000 deep": fixed(
        "POST", "/Users", lambda: b'{"userName": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    ),
    "a number of 100,000 digits": fixed("POST", "/Users", lambda: b'{"userName": ' + b"9" * 100_000 + b"}"),
    "20,000 schemas": fixed(
        "POST", "/Users", lambda: json.dumps({"schemas": ["x"] * 20_000, "userName": "x"}).encode()
    ),
    "8,000 attributes": fixed(
        "POST",
        "/Users",
        lambda: json.dumps({"schemas": [USER]} | {f"a{n}": 1 for n in range(8_000)}).encode(),
    ),
    "200 e-mails of 600 characters": fixed(
        "POST",
        "/Users",
        lambda: json.dumps(user() | {"emails": [{"value": "x" * 600 + "@example.com"}] * 200}).encode(),
    ),
}


@pytest.mark.parametrize("what", HUGE)
def test_a13_08_what_is_too_large_is_refused_and_the_server_goes_on(
    site: Site, door: httpx.Client, what: str
) -> None:
    door.get("/Users", params={"count": 0})
    workers = descendants(site.children["web"].pid)
    method, path, body = HUGE[what]()

    began = time.perf_counter()
    answer = door.request(method, path, content=body)
    took = time.perf_counter() - began

    print(f"{what}: {answer.status_code} in {took * 1_000:.0f} ms")
    assert 400 <= answer.status_code < 500, answer.text[:200]
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert answer.json()["schemas"] == [ERROR]
    assert answer.json()["status"] == str(answer.status_code)
    assert len(answer.content) < 1_000, "nothing of it is sent back"
    assert door.get("/Users", params={"count": 1}).status_code == 200
    assert descendants(site.children["web"].pid) == workers


ADDRESSES = {
    "filter": f"filter={'x' * 1_000_000}",
    "attributes": f"attributes={NAMES}",
    "names": "&".join(["a=1"] * 300_000),
}


@pytest.mark.parametrize("query", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_a13_08_an_address_of_a_megabyte_is_refused_before_it_comes_to_us(
    site: Site, door: httpx.Client, query: str
) -> None:
    workers = descendants(site.children["web"].pid)
    connection = HTTPConnection("localhost", door.base_url.port, timeout=60)

    status = None
    # The server may hang up on whoever still sends.
    with contextlib.suppress(ConnectionError), contextlib.closing(connection):
        connection.request("GET", f"/scim/v2/Users?{query}", headers=dict(door.headers))
        status = connection.getresponse().status

    print(f"an address of {len(query)} characters: {status}")
    assert status is None or 400 <= status < 500
    assert door.get("/Users", params={"count": 1}).status_code == 200
    assert descendants(site.children["web"].pid) == workers


def test_a13_08_a_body_without_a_length_is_bounded_as_well(site: Site, door: httpx.Client) -> None:
    workers = descendants(site.children["web"].pid)

    status = None
    with contextlib.suppress(httpx.TransportError):
        status = door.post("/Users", content=(b" " * 100_000 for _piece in range(100))).status_code

    print(f"10 MB in pieces: {status}")
    assert status is None or 400 <= status < 500
    assert door.get("/Users", params={"count": 1}).status_code == 200
    assert descendants(site.children["web"].pid) == workers


def test_many_huge_requests_at_once_leave_room_for_others(site: Site, door: httpx.Client) -> None:
    workers = descendants(site.children["web"].pid)

    with ThreadPoolExecutor(8) as threads:
        calls = [HUGE[what]() for what in ("a filter of 1 MB", "10,000 operations", "10 MB")] * 4
        refused = threads.map(lambda call: door.request(call[0], call[1], content=call[2]), calls)
        answers = [answer.status_code for answer in refused]

    assert set(answers) <= {400, 413}
    assert door.get("/Users", params={"count": 1}).status_code == 200
    assert descendants(site.children["web"].pid) == workers


def test_fifty_creations_of_one_address_at_once_make_one_account(site: Site, door: httpx.Client) -> None:
    start = Barrier(TOGETHER)
    body = json.dumps(user(ADA, interests=["espresso"], consents=[site.newsletter()]))

    def create(_number: int) -> httpx.Response:
        start.wait(timeout=30)
        return httpx.post(f"{door.base_url}Users", content=body, headers=door.headers, timeout=60)

    with ThreadPoolExecutor(TOGETHER) as threads:
        answers = list(threads.map(create, range(TOGETHER)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (TOGETHER - 1)
    assert {answer.json().get("scimType") for answer in answers} == {None, "uniqueness"}
    found: dict[str, Any] = door.get("/Users", params={"filter": f'userName eq "{ADA}"'}).json()
    assert found["totalResults"] == 1
    with psycopg2.connect(site.engines.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT account_id), count(*) FILTER (WHERE scope = '') FROM accounts_identifier"
            " WHERE normal = %s",
            [ADA],
        )
        assert cursor.fetchone() == (1, 1)
    connection.close()
