"""Whatever happens to workers, targets and people, in whatever order: every target ends as it should be.

Histories are made of changes, of single phases of several workers, and of time.

One thing is left out, because no sender can prevent it: a worker that is frozen between its last look at the
clock and the first byte it sends, wakes when another has taken over, sends, and then dies before it settles.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings

from provisioning.connectors import KINDS
from provisioning.models import Connector
from tests.properties.outbox_histories import (
    Changes,
    Fate,
    Happening,
    Passes,
    Publishes,
    Redraws,
    Steps,
    Sweeps,
    Verb,
    histories,
)
from tests.properties.outbox_world import World
from tests.provisioning.outbox.memory import Memory

EXAMPLES = 10_000 if os.environ.get("CIAM_LONG") else 60


@pytest.fixture
def memory_is_a_kind(transactional_db: None) -> Iterator[None]:
    KINDS[Memory.kind] = Memory()
    yield
    del KINDS[Memory.kind]


SAYS, GIVES, WITHDRAWS, ERASED_ = (
    Changes(0, verb) for verb in (Verb.SAYS, Verb.GIVES, Verb.WITHDRAWS, Verb.ERASED)
)
UNTIL_TALK, LATE = 3, Steps(0, 1, in_flight=True)


@pytest.mark.timeout(7_200)
@pytest.mark.usefixtures("memory_is_a_kind")
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
# A worker thaws, brings older state over newer, and settles before the one that took over does.
@example([Steps(0, UNTIL_TALK), Passes(60), SAYS, Steps(1, 4), LATE, Steps(0), Steps(1)])
# The same with a withdrawal: the other found nothing there to clear, and must not say so.
@example([SAYS, Steps(0, UNTIL_TALK), Passes(60), WITHDRAWS, Steps(1, 4), LATE, Steps(0), Steps(1)])
# The same, settling after it.
@example([Steps(0, UNTIL_TALK), Passes(60), SAYS, Steps(1, 5), LATE, Steps(0)])
# A change while somebody talks about the same person.
@example([Steps(0, UNTIL_TALK), SAYS, Steps(1, 5), Steps(0, 2)])
# Frozen between claim and read: what it read is fresh, what it claimed is not.
@example([Steps(0), Passes(40), Steps(0, 2), Passes(10), SAYS, Sweeps(), Steps(0, 2)])
# The answer is lost and the consent withdrawn before it was repeated.
@example([Steps(0, 5, Fate.LOST), WITHDRAWS, Passes(10), Sweeps()])
# A thawed worker brings back somebody who was erased.
@example([Sweeps(), SAYS, Steps(0, UNTIL_TALK), Passes(60), ERASED_, Sweeps(), LATE, Steps(0)])
# A wording that no longer tells of names covers none, whatever the matrix says.
@example([Publishes(names=False), GIVES, SAYS, Sweeps()])
# Who agreed to a wording without names has not agreed to the next one.
@example([Publishes(names=False), GIVES, Publishes(names=True), SAYS, Sweeps()])
# Names leave the matrix while somebody talks.
@example([SAYS, Steps(0, UNTIL_TALK), Redraws(names=False), Steps(0, 2), Sweeps()])
def test_any_history_converges_and_the_newest_state_wins(
    history: list[Happening],
) -> None:
    world = World()
    KINDS[Memory.kind] = world.memory
    try:
        for what in history:
            world.happens(what)
        world.ends()
    finally:
        Connector.objects.update(is_active=False)
