"""What a target is asked for and what it answers: the shape of a connector.

A new kind is one file with a class of the shape of `Kind`, and one line in `connectors/__init__.py`.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

from django.utils.functional import Promise

from accounts.values import Value
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.models import Connector, Outcome


@dataclass(frozen=True)
class Basis:
    """The consent under which something leaves: purpose key, version number, and when it was said."""

    purpose: str
    version: int
    said_at: dt.datetime


@dataclass(frozen=True)
class Reason:
    """Why an attribute leaves or stays, in a sentence for an operator; `purpose` is for which it leaves."""

    attribute: str
    leaves: bool
    sentence: str
    purpose: str = ""


@dataclass(frozen=True)
class Hold:
    """The target may know exactly these values, by attribute."""

    values: Mapping[str, Value]
    basis: Basis
    why: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class HoldNothing:
    """The target may not use what it has: suppress it there, so that it can be undone.

    `is_withdrawn`: the person no longer agrees to what it was there for, and doesn't just pause.
    """

    why: str
    is_withdrawn: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Erase:
    """Delete the person there for good."""

    why: str


Wanted = Hold | HoldNothing | Erase


@dataclass(frozen=True)
class Push:
    """One person for one target. `member_id` is under what it knows the person, whatever else changes.

    `held` names the attributes that it may have: no matter what became of earlier tries, never too few.
    """

    link_id: uuid.UUID
    member_id: uuid.UUID
    remote_id: str
    wanted: Wanted
    held: frozenset[str]
    subscription_mark: str = ""

    @property
    def is_unknown_there(self) -> bool:
        """Nothing of this person was ever on the way there."""
        return not self.remote_id and not self.held


@dataclass(frozen=True)
class Done:
    """The target is as wanted. `held` are the attributes that it has now.

    `task` is its own number of an erasure that it has begun and will confirm later (outcome `ERASING`).
    """

    remote_id: str
    held: frozenset[str]
    outcome: Outcome
    subscription_mark: str = ""
    task: str = ""


class Gone(Exception):
    """The remote record that we knew is no more; the next try begins without it."""


Answer = Done | TryLater | NeedsHuman | Gone


@dataclass(frozen=True)
class Setting:
    """One of a kind's own settings, as the operator's form asks for it: a text, or one of `choices`."""

    name: str
    label: str
    help: str = ""
    default: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


@runtime_checkable
class CannotUndo(Protocol):
    """A kind whose targets keep something after a withdrawal; the sentence says what, to the person."""

    cannot_undo: ClassVar[Promise]


class Kind(Protocol):
    """A kind of target. Has no state: one object serves all connectors of its kind.

    Its methods raise TryLater or NeedsHuman for what concerns the whole target. `deadline`, in seconds of
    `time.monotonic`, goes to `ciam.lib.http.client`: after it what we know is too old to be sent. What a kind
    can do beyond this it says by having the methods of `TakesEvents`, `TakesJobs`, `CanBeCompared`,
    `ReadsBack` or `ErasesLater` too. One that only takes events has `batch_size` 0, and `push` is never
    called.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    """What an operator calls it."""
    settings: ClassVar[tuple[Setting, ...]]
    default_mapping: ClassVar[Mapping[str, str]]
    """Attribute name -> field at the target."""
    batch_size: ClassVar[int]

    def check(self, connector: Connector, deadline: float) -> str:
        """Ask the target whether it accepts the credentials, changing nothing; returns a sentence that says
        as whom or where we are known there."""

    def prepare(self, connector: Connector, deadline: float) -> None:
        """Make what must exist there before the first push. May be repeated at any time."""

    def push(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        """Bring each person there to what is wanted; yields (link id, answer) as soon as it is known.

        At most `batch_size` pushes, and none for somebody unknown there who shall not be held. Those not yet
        answered when it raises are as if never tried. Repeating a push must do no harm: the answer to an
        earlier one may have been lost.
        """


@dataclass(frozen=True)
class Message:
    """Something that happened, for a target that takes events. Names of what changed, and no values but those
    that the matrix lets this target know."""

    delivery_id: uuid.UUID
    """The same each time that it is tried: by it the receiver knows a repetition."""
    type: str
    at: dt.datetime
    member_id: uuid.UUID
    subject: str
    """The account's `sub`, as apps of the target's sector know it."""
    fields: tuple[str, ...]
    values: Mapping[str, Value]


@runtime_checkable
class TakesEvents(Protocol):
    """A kind whose targets are told of each event by itself, in the order in which they happened."""

    event_types: ClassVar[tuple[str, ...]]
    """Those that an operator can choose; the first choice is all of them."""
    event_batch_size: ClassVar[int]

    def deliver(
        self, connector: Connector, messages: Sequence[Message], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        """Yields (delivery id, answer); as with `push`, those not answered are as if never tried."""


@runtime_checkable
class TakesJobs(Protocol):
    """A kind whose targets take thousands of people at once and work on them for a while."""

    job_size: ClassVar[int]

    def begin_job(self, connector: Connector, pushes: Sequence[Push], deadline: float) -> str:
        """Hold these people, at most `job_size`; returns the job's number, empty where nobody is to be held.
        Until it is over none of them may be pushed: it could bring an older state after a newer one."""

    def job_is_over(self, connector: Connector, job: str, deadline: float) -> bool: ...

    def answers_of_job(
        self, connector: Connector, job: str, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        """Of a job that is over, for the pushes that it began with; as `push` yields them."""

    def abandon_job(self, connector: Connector, job: str, deadline: float) -> None:
        """End it. What it has saved stays saved."""


@runtime_checkable
class CanBeCompared(Protocol):
    """A kind whose targets can be asked what they hold."""

    def held_there(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, str] | None]]:
        """Yields (link id, texts by field of the mapping), None for whom it lacks; those of whom it says
        nothing are left out. At most `batch_size`."""


@runtime_checkable
class ReadsBack(Protocol):
    """A kind whose targets find out things of which we want to know."""

    read_back_fields: ClassVar[Mapping[str, str]]
    """Field at the target -> attribute name."""
    read_back_size: ClassVar[int]
    read_back_every: ClassVar[dt.timedelta]
    """So seldom that the vendor's limits of queries hold."""

    def read_back(
        self, connector: Connector, pushes: Sequence[Push], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Mapping[str, object]]]:
        """Yields (link id, raw values by attribute). At most `read_back_size` people, in one query."""


@runtime_checkable
class ErasesLater(Protocol):
    """A kind whose targets take their time to erase somebody."""

    def erased(
        self, connector: Connector, tasks: Mapping[uuid.UUID, str], deadline: float
    ) -> Iterator[tuple[uuid.UUID, Answer]]:
        """`tasks` are its numbers by link id; yields Done with outcome ERASED, TryLater while it works
        on it, NeedsHuman where it failed."""
