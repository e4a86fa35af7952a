"""Whatever people, operators and vendors do: no request tells more than the ledger allows at that moment, and
in the end each vendor holds exactly what it may. All three vendors, over HTTP, held to their contracts."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from ciam.lib import http
from tests.properties.outbox_histories import Changes, Publishes, Redraws, Sweeps, Verb
from tests.properties.vendor_world import VENDORS, WITH_NAMES, WITHOUT, VendorWorld
from tests.sandbox.running import RunningSandbox

# An answer that comes later is lost; in the end none may be, however slow the machine.
IMPATIENT, PATIENT = httpx.Timeout(0.4), httpx.Timeout(30)
EXAMPLES = 500 if os.environ.get("CIAM_LONG") else 12


class Wrong(StrEnum):
    BUSY = "too many requests"
    BROKEN = "an error of its own"
    LOCKED_OUT = "the credentials are refused"
    GARBAGE = "an answer that says nothing"
    LOST = "does what it is asked to, and its answer is lost"


@dataclass(frozen=True)
class Fails:
    vendor: str
    how: Wrong
    times: int = 1


FAULTS: dict[Wrong, dict[str, object]] = {
    Wrong.BUSY: {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}},
    Wrong.BROKEN: {"kind": "status", "status": 503},
    Wrong.LOCKED_OUT: {"kind": "status", "status": 401},
    Wrong.GARBAGE: {"kind": "garbage"},
    Wrong.LOST: {"kind": "timeout_after", "seconds": 0.5},
}
Happening = Changes | Publishes | Redraws | Sweeps | Fails

_happenings = st.one_of(
    *[st.builds(Changes, st.integers(0, 1), st.sampled_from(list(Verb)))] * 4,
    *[st.just(Sweeps())] * 3,
    *[st.builds(Fails, st.sampled_from(VENDORS), st.sampled_from(list(Wrong)), st.integers(1, 3))] * 2,
    st.builds(Publishes, st.booleans()),
    st.builds(Redraws, st.booleans()),
)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def outside(running: RunningSandbox, settings: Settings, transactional_db: None) -> RunningSandbox:
    settings.OUTBOUND_ALLOWED = [f"localhost:{running.port}"]
    return running


SAYS, OPENS, WITHDRAWS, GIVES = (
    Changes(0, verb) for verb in (Verb.SAYS, Verb.OPENS, Verb.WITHDRAWS, Verb.GIVES)
)


@pytest.mark.timeout(7_200)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(_happenings, min_size=2, max_size=12))
@example([SAYS, OPENS, Sweeps(), WITHDRAWS, Sweeps(), SAYS, GIVES, Sweeps()])
@example([SAYS, *[Fails(vendor, Wrong.LOST) for vendor in VENDORS], Sweeps(), WITHDRAWS, Sweeps()])
@example([SAYS, OPENS, Sweeps(), Changes(0, Verb.PAUSES), Sweeps(), Changes(0, Verb.ERASED), Sweeps()])
@example([SAYS, Sweeps(), Publishes(names=False), GIVES, SAYS, Sweeps(), Redraws(names=False), Sweeps()])
def test_no_vendor_is_told_more_than_the_ledger_allows_and_each_ends_as_it_should(
    outside: RunningSandbox, monkeypatch: pytest.MonkeyPatch, history: list[Happening]
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", IMPATIENT)
    world = VendorWorld(outside)
    for what in history:
        match what:
            case Changes(person, verb):
                world.change(world.people[person], verb)
            case Publishes(names):
                world.publish(WITH_NAMES if names else WITHOUT)
            case Redraws(names):
                world.redraw(WITH_NAMES if names else WITHOUT)
            case Sweeps():
                world.sweep()
            case Fails(vendor, how, times):
                outside.fault(vendor, times=times, **FAULTS[how])  # type: ignore[arg-type]
    monkeypatch.setattr(http, "TIMEOUT", PATIENT)
    world.ends()
