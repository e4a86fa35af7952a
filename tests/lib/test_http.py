"""The only door to the outside leads nowhere inside."""

import httpx
import pytest
from pytest_django import Settings

from ciam.lib import http


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://0.0.0.0:9/",
        "http://[::1]:9/",
        "http://[::ffff:127.0.0.1]:9/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://2130706433:9/",
        "http://0x7f.1:9/",
        "http://017700000001:9/",
        "http://100.64.0.1/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://224.0.0.1/",
    ],
)
def test_private_addresses_in_any_notation_are_refused(address: str, settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED = []

    with http.client() as outside, pytest.raises((http.Forbidden, httpx.HTTPError)) as refused:
        outside.get(address)

    assert not isinstance(refused.value, httpx.TimeoutException)


def test_only_the_named_pair_of_host_and_port_is_let_through(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED = ["localhost:8002"]

    assert http.judged_addresses("localhost", 8002)
    with pytest.raises(http.Forbidden):
        http.judged_addresses("localhost", 8003)
