"""That the matrix itself works: two of its rows, briefly, on a machine that may be slow; in `make test-long`,
since that takes minutes. `make faults` runs all of them, as long as they should last, and heeds the clock."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.faults.ground import Ground, ground
from tests.faults.invariants import Differences
from tests.faults.matrix import MATRIX
from tests.faults.running import run

pytestmark = [pytest.mark.site, pytest.mark.timeout(900)]
PATIENCE = 240.0


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("faults")) as here:
        yield here


@pytest.mark.parametrize("number", ["F08", "F13"])
def test_what_was_acknowledged_is_at_every_vendor_after_the_fault(here: Ground, number: str) -> None:
    fault = next(one for one in MATRIX if one.number == number)

    outcome = run(replace(fault, bound=PATIENCE), here, quick=True)

    assert outcome.left == Differences()
    assert outcome.people
    assert (outcome.errors, outcome.too_late, outcome.complaints) == (0, 0, ())


def test_every_fault_has_a_number_of_its_own() -> None:
    numbers = [fault.number for fault in MATRIX]

    assert len(set(numbers)) == len(numbers)
