"""Where a browser may be sent: what may be registered, and what counts as registered."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, example, given
from hypothesis import strategies as st

from auth_flows.models import Client
from auth_flows.models.client import ApplicationType
from auth_flows.oidc.redirects import is_registered, origin_of, with_answer
from tests.auth_flows.oidc.apps import App, answer_of, confidential, native, public
from tests.people import Kaffeehaus

UNSAFE = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "javascript://shop.example/%0aalert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox",
    "file:///etc/passwd",
    "about:blank",
    "blob:https://shop.example/x",
    "http://shop.example/callback",
    "https://*.shop.example/callback",
    "https://shop.example/callback#fragment",
    "https://user@shop.example/callback",
    "https://shop.example:port/callback",
    "https:///callback",
    "https:shop.example",
    "https://shop.example\\@evil.example/",
    "https://[::1/callback",
    "//shop.example/callback",
    "/callback",
    "shop.example",
    "HTTPS://shop.example/callback",
    "https://sh\u00f6p.example/callback",
    'https://shop.example/"onload="x',
]
ports = st.integers(1, 65_535)
urls = st.from_regex(r"https?://[a-z0-9.\[\]:@-]{1,20}(/[a-z0-9/.%?=&-]{0,20})?", fullmatch=True)


@pytest.mark.parametrize("kind", [ApplicationType.WEB, ApplicationType.NATIVE])
def test_an_unsafe_address_is_never_one_of_an_app(kind: ApplicationType) -> None:
    client = Client(application_type=kind)

    assert [uri for uri in [*UNSAFE, "myapp:/callback"] if not client.why_unsafe(uri)] == []
    assert client.why_unsafe("https://shop.example/callback?x=1") is None


@pytest.mark.parametrize("field", ["redirect_uris", "post_logout_redirect_uris"])
def test_an_unsafe_address_can_not_be_registered(shop: Kaffeehaus, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        confidential(shop.brand, **{field: ["https://shop.example/ok", "javascript:alert(1)"]})

    assert field in caught.value.message_dict
    assert "/ok" not in str(caught.value)


def test_a_scheme_of_its_own_is_for_a_native_app(shop: Kaffeehaus) -> None:
    own = "com.example.coffee:/callback"

    assert native(shop.brand, [own]).request().redirect_uri == own
    with pytest.raises(ValidationError):
        public(shop.brand, redirect_uris=[own])


def test_an_app_that_signs_people_in_needs_an_address(shop: Kaffeehaus) -> None:
    with pytest.raises(ValidationError):
        confidential(shop.brand, redirect_uris=[])


@given(port=ports)
def test_a_native_app_may_take_any_port_of_its_own_computer(port: int) -> None:
    for host in ("127.0.0.1", "[::1]"):
        for registered in (f"http://{host}/cb", f"http://{host}:5000/cb"):
            assert is_registered(f"http://{host}:{port}/cb", [registered], native=True)
            assert not is_registered(f"http://{host}:{port}/cb", [f"http://{host}/cb"], native=False)


@pytest.mark.parametrize(
    "asked",
    [
        "http://localhost:5000/cb",
        "http://localhost.evil/cb",
        "http://127.0.0.1.evil/cb",
        "http://127.0.0.1@evil/cb",
        "http://127.0.0.1:80@evil/cb",
        "http://127.0.0.1:5000@evil/cb",
        "http://127.0.0.2:5000/cb",
        "http://[::1]:5000/cb",
        "https://127.0.0.1:5000/cb",
        "http://127.0.0.1:5000/cb/",
        "http://127.0.0.1:5000/cb?x=1",
        "http://127.0.0.1:5000/other",
        "http://127.0.0.1:5000",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:999999/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:\u0665000/cb",
        "http://127.0.0.1:5000/cb\n",
        "HTTP://127.0.0.1:5000/cb",
        "http://127.1:5000/cb",
        "http://2130706433:5000/cb",
    ],
)
def test_nothing_but_the_port_may_differ(shop: Kaffeehaus, asked: str) -> None:
    assert not is_registered(asked, ["http://127.0.0.1/cb"], native=True)


@given(asked=urls, registered=urls)
@example("http://localhost:1/cb", "http://localhost/cb")
def test_without_a_native_app_only_the_same_string_is_the_same(asked: str, registered: str) -> None:
    assert is_registered(asked, [registered], native=False) == (asked == registered)


@given(asked=urls, registered=urls)
def test_a_native_app_gains_no_other_host_by_its_free_port(asked: str, registered: str) -> None:
    assume(asked != registered)

    if is_registered(asked, [registered], native=True):
        assert asked.startswith(("http://127.0.0.1:", "http://[::1]:", "http://127.0.0.1/", "http://[::1]/"))
        assert asked.rsplit("/", 1)[1] == registered.rsplit("/", 1)[1]


@given(values=st.dictionaries(st.sampled_from(["code", "state", "iss"]), st.text(min_size=1)))
@pytest.mark.parametrize(
    "uri",
    [
        "https://a.example/cb",
        "https://a.example/cb?",
        "https://a.example/cb?x=1",
        "com.example:/cb",
        "https://a.example",
    ],
)
def test_an_answer_is_added_and_the_address_stays_as_it_is(uri: str, values: dict[str, str]) -> None:
    values = {name: value.encode("utf-8", "replace").decode() for name, value in values.items()}

    address = with_answer(uri, values)

    assert address.startswith(uri)
    assert address.isascii()
    if values:
        assert answer_of(address) == values | ({"x": "1"} if "x=1" in uri else {})
    else:
        assert address == uri


def test_a_pages_form_may_end_at_the_app_and_nowhere_else(app: App, shop: Kaffeehaus) -> None:
    assert origin_of("https://shop.example/callback?x=1") == "https://shop.example"
    assert origin_of("http://127.0.0.1:5000/cb") == "http://127.0.0.1:5000"
    assert origin_of("com.example.coffee:/cb") == "com.example.coffee:"
