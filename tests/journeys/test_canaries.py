"""Nobody's words stand where they don't belong: in what the programs log, or in what goes through Redis."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis

from tests.site import Site, until

pytestmark = pytest.mark.site

CANARY = "canary-7q3"
ADDRESS = f"{CANARY}@example.com"
PROGRAMS = ("web", "worker", "beat")


@contextlib.contextmanager
def listening(site: Site) -> Iterator[list[str]]:
    """Every command that Redis is given, as it is given."""
    heard: list[str] = []
    client: Any = redis.Redis.from_url(site.engines.redis_url)
    with client.monitor() as monitor:

        def listen() -> None:
            with contextlib.suppress(redis.ConnectionError, ValueError, AttributeError):
                for command in monitor.listen():
                    heard.append(str(command["command"]))

        threading.Thread(target=listen, daemon=True).start()
        yield heard
    client.close()


def goes_wrong(site: Site, kind: str, **fields: object) -> None:
    """An answer of a vendor that repeats what it was sent, as vendors do."""
    fault = {"vendor": "hubspot", "kind": kind, "path_contains": "upsert", **fields}
    httpx.post(f"{site.sandbox_url}/faults", json=fault).raise_for_status()


def test_no_value_and_no_secret_is_logged_or_sent_through_the_broker(site: Site) -> None:
    said = {"message": f"{CANARY} is refused", "category": "VALIDATION_ERROR"}
    goes_wrong(site, "status", status=500, body=said)
    goes_wrong(site, "garbage", body=f"<p>{CANARY}</p>")

    with listening(site) as heard:
        consent = site.newsletter()
        made = site.write_lite(ADDRESS, interests=[f"{CANARY}-interest"], consents=[consent])
        assert made.status_code == 201
        assert site.write_lite(f"{CANARY} no address", consents=[consent]).status_code == 400
        httpx.get(f"{site.base_url}/scim/v2/Users", params={"filter": f'userName eq "{CANARY}'})
        until(lambda: site.contacts(ADDRESS), within=90)

    facts = site.facts
    secrets = [
        facts["scim"]["token"],
        facts["customers"][0]["password"],
        facts["clients"]["shop"]["client_secret"],
    ]
    logged = [(site.folder / f"{name}.log").read_text(errors="replace") for name in PROGRAMS]
    assert any("provisioning.sweep" in command for command in heard), "nothing went through the broker"
    for text in [*logged, "\n".join(heard)]:
        assert CANARY not in text
        assert not [secret for secret in secrets if secret in text]
