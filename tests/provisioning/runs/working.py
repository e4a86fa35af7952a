"""A worker that does as much as a test wants."""

import itertools

from ciam.lib.outbox import moment
from provisioning import runs


def one_slice() -> int:
    """One slice of one run, if any is due."""
    ticks = itertools.count(0.0, 0.001)
    return runs.work(moment(), budget=0.001, clock=lambda: next(ticks))


def all_slices() -> int:
    return runs.work(moment())
