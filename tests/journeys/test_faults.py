"""Faults in the middle of the walk: nothing is lost, and no page waits for Redis."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator

import httpx
import pytest
import redis

from tests.browser.driving import Person
from tests.site import Site, until

pytestmark = pytest.mark.site


def appears(site: Site, email: str, within: float = 60.0) -> None:
    until(lambda: site.contacts(email), within=within)
    assert len(site.contacts(email)) == 1


def test_a_killed_worker_loses_nothing(site: Site) -> None:
    consent = site.newsletter()
    site.kill("worker")
    for number in range(5):
        assert site.write_lite(f"killed{number}@example.com", consents=[consent]).status_code == 201

    site.start("worker")

    for number in range(5):
        appears(site, f"killed{number}@example.com")


def test_a_worker_killed_at_work_loses_and_doubles_nothing(site: Site) -> None:
    fault = {"vendor": "hubspot", "kind": "timeout_after", "times": 1, "seconds": 3}
    httpx.post(f"{site.sandbox_url}/faults", json={**fault, "path_contains": "batch/upsert"})
    seen = len(site.vendor_requests())
    site.write_lite("halfway@example.com", consents=[site.newsletter()])
    until(lambda: site.contacts("halfway@example.com") or len(site.vendor_requests()) > seen)

    site.kill("worker")
    site.start("worker")

    appears(site, "halfway@example.com", within=90)


def test_a_redis_that_is_shut_down_without_saving_loses_nothing(site: Site) -> None:
    """The worker lives on, and its broker comes back empty."""
    consent = site.newsletter()
    with contextlib.suppress(redis.ConnectionError):
        redis.Redis.from_url(site.engines.redis_url).shutdown(nosave=True)
    for number in range(3):
        assert site.write_lite(f"redis{number}@example.com", consents=[consent]).status_code == 201

    site.engines.restart_redis()

    for number in range(3):
        appears(site, f"redis{number}@example.com")


def test_a_frozen_redis_slows_no_page_by_more_than_a_second(site: Site, person: Person) -> None:
    usual = seconds_of_pages(site, person, "usual")
    pid = site.engines.redis_process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        frozen = seconds_of_pages(site, person, "frozen")
    finally:
        os.kill(pid, signal.SIGCONT)

    slower = [then - before for before, then in zip(usual, frozen, strict=True)]
    assert max(slower) < 1.0, slower
    assert site.code_for("frozen@example.com")
    for number in range(4):
        appears(site, f"frozen{number}@example.com")


def seconds_of_pages(site: Site, person: Person, name: str) -> list[float]:
    """How long those take that wake a worker, and the page that tells how all is."""
    consent = site.newsletter()
    seconds: list[float] = []
    for number in range(4):
        with taking(seconds):
            answer = site.write_lite(f"{name}{number}@example.com", consents=[consent])
        assert answer.status_code == 201
    with taking(seconds):
        person.go(f"{site.base_url}/register/")
    with taking(seconds):
        person.fill(identifier=f"{name}@example.com").press("Continue")
    with taking(seconds):
        assert httpx.get(f"{site.base_url}/health/ready", timeout=10).status_code == 200
    return seconds


@contextlib.contextmanager
def taking(seconds: list[float]) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds.append(time.monotonic() - began)
