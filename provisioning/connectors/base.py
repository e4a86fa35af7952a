"""What a target is asked for and what it answers: the shape of a connector.

A new kind is one file with a class of the shape of `Kind`, and one line in `connectors/__init__.py`.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

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
    """Why an attribute leaves or stays, in a sentence for an operator."""

    attribute: str
    leaves: bool
    sentence: str


@dataclass(frozen=True)
class Hold:
    """The target may know exactly these values, by attribute."""

    values: Mapping[str, Value]
    basis: Basis
    why: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class HoldNothing:
    """The target may not use what it has: suppress it there, so that it can be undone. Delete nothing."""

    why: str


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
    """The target is as wanted. `held` are the attributes that it has now."""

    remote_id: str
    held: frozenset[str]
    outcome: Outcome
    subscription_mark: str = ""


class Gone(Exception):
    """The remote record that we knew is no more; the next try begins without it."""


Answer = Done | TryLater | NeedsHuman | Gone


class Kind(Protocol):
    """A kind of target. Has no state: one object serves all connectors of its kind.

    Both methods raise TryLater or NeedsHuman for what concerns the whole target. `deadline`, in seconds of
    `time.monotonic`, goes to `ciam.lib.http.client`: after it what we know is too old to be sent.
    """

    kind: ClassVar[str]
    default_mapping: ClassVar[Mapping[str, str]]
    """Attribute name -> field at the target."""
    batch_size: ClassVar[int]

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
