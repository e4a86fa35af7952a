"""A target in memory whose every step a test controls. For what speaks HTTP there is the sandbox."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from accounts.values import Value
from ciam.lib.outbox import TryLater, moment
from provisioning import delivery
from provisioning.connectors.base import Answer, Done, Erase, Hold, HoldNothing, Push, Setting
from provisioning.delivery import Batch
from provisioning.mapping import EMAIL
from provisioning.models import Connector, Outcome

ATTRIBUTES = (EMAIL, "given_name", "family_name", "interests")


@dataclass(frozen=True)
class Record:
    """A person as the target knows them."""

    id: str
    values: Mapping[str, Value]
    suppressed: bool = False


def _nothing(push: Push) -> None:
    return None


@dataclass
class Memory:
    """Knows people by our id. `before` is called before a push has its effect, `after` when it had it. What
    they return is the answer, what they raise concerns the whole target."""

    kind: ClassVar[str] = "memory"
    title: ClassVar[str] = "Memory"
    settings: ClassVar[tuple[Setting, ...]] = ()
    default_mapping: ClassVar[Mapping[str, str]] = {name: name for name in ATTRIBUTES}
    batch_size: ClassVar[int] = 8

    clock: Callable[[], float] = time.monotonic
    before: Callable[[Push], Answer | None] = _nothing
    after: Callable[[Push], Answer | None] = _nothing
    heeds_deadline: bool = True
    people: dict[uuid.UUID, Record] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    """How many people each batch had."""

    def check(self, connector: Connector, deadline: float) -> str:
        return "It remembers."

    def prepare(self, connector: Connector, deadline: float) -> None:
        pass

    def push(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        self.sizes.append(len(pushes))
        for push in pushes:
            if self.heeds_deadline and self.clock() > deadline:
                raise TryLater("It is too late to send this.")
            answer = self.before(push)
            if answer is None:
                done = self._do(push)
                answer = self.after(push) or done
            yield push.link_id, answer

    def _do(self, push: Push) -> Done:
        known = self.people.get(push.member_id)
        match push.wanted:
            case Hold(values=values):
                record = Record(known.id if known else uuid.uuid4().hex[:8], dict(values))
                self.people[push.member_id] = record
                return Done(record.id, frozenset(values), Outcome.HOLDS)
            case HoldNothing() if known is not None:
                kept = {name: value for name, value in known.values.items() if name == EMAIL}
                self.people[push.member_id] = replace(known, values=kept, suppressed=True)
                return Done(known.id, frozenset(kept), Outcome.SUPPRESSED)
            case Erase() if known is not None:
                del self.people[push.member_id]
                return Done(known.id, frozenset(), Outcome.ERASED)
        return Done(push.remote_id, frozenset(), Outcome.NOTHING)


def claimed(connector: Connector, memory: Memory) -> Batch:
    """A worker's batch, not read yet."""
    return delivery.claim(connector, memory, most=99, now=moment())


def talked(connector: Connector, memory: Memory) -> Batch:
    """A worker's batch, not settled yet."""
    batch = delivery.announce(delivery.read(claimed(connector, memory)))
    return delivery.talk(batch, moment())
