"""A target in memory that takes events, whose every step a test controls. For HTTP there is the sandbox."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from accounts.events import EventType
from ciam.lib.outbox import TryLater, moment
from provisioning import deliveries
from provisioning.connectors.base import Answer, Message, Push, Setting
from provisioning.connectors.posting import TOLD
from provisioning.deliveries import Batch
from provisioning.models import Connector


def _nothing(message: Message) -> None:
    return None


@dataclass
class Journal:
    """Writes down each event when it first comes, and knows repetitions by their ids. `before` is called
    before a message has its effect, `after` when it had it. What they return is the answer, what they raise
    concerns the whole target."""

    kind: ClassVar[str] = "journal"
    title: ClassVar[str] = "Journal"
    settings: ClassVar[tuple[Setting, ...]] = ()
    default_mapping: ClassVar[Mapping[str, str]] = {"given_name": "name", "interests": "likes"}
    batch_size: ClassVar[int] = 0
    event_types: ClassVar[tuple[str, ...]] = tuple(EventType)
    event_batch_size: ClassVar[int] = 8

    clock: Callable[[], float] = time.monotonic
    before: Callable[[Message], Answer | None] = _nothing
    after: Callable[[Message], Answer | None] = _nothing
    heeds_deadline: bool = True
    heard: list[Message] = field(default_factory=list)
    times: dict[uuid.UUID, int] = field(default_factory=dict)
    """How often each came, by delivery id."""
    sizes: list[int] = field(default_factory=list)

    def check(self, connector: Connector, deadline: float) -> str:
        return "It listens."

    def prepare(self, connector: Connector, deadline: float) -> None:
        pass

    def push(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        return iter(())

    def deliver(
        self, connector: Connector, messages: Sequence[Message], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        self.sizes.append(len(messages))
        for message in messages:
            if self.heeds_deadline and self.clock() > deadline:
                raise TryLater("It is too late to send this.")
            answer = self.before(message)
            if answer is None:
                self._hear(message)
                answer = self.after(message) or TOLD
            yield message.delivery_id, answer

    def _hear(self, message: Message) -> None:
        if message.delivery_id not in self.times:
            self.heard.append(message)
        self.times[message.delivery_id] = self.times.get(message.delivery_id, 0) + 1

    def of(self, member_id: uuid.UUID) -> list[Message]:
        return [message for message in self.heard if message.member_id == member_id]

    def types(self, member_id: uuid.UUID) -> list[str]:
        return [message.type for message in self.of(member_id)]


def claimed(connector: Connector, journal: Journal) -> Batch:
    """A worker's batch, not read yet."""
    return deliveries.claim(connector, journal, most=99, now=moment())


def talked(connector: Connector, journal: Journal) -> Batch:
    """A worker's batch, not settled yet."""
    return deliveries.talk(deliveries.announce(deliveries.read(claimed(connector, journal)), moment()))
