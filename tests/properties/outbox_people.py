"""A person of a history, and what a target may know of them from which moment on."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from tests.provisioning.outbox.scene import Customer

State = Mapping[str, object] | str
"""What a target may hold of somebody: values, or "nothing", or "erased"."""
NOTHING, ERASED = "nothing", "erased"
LIKES = "tea"
WITH_NAMES, WITHOUT = frozenset({"email", "given_name"}), frozenset({"email"})


@dataclass
class Person:
    customer: Customer
    covered: frozenset[str] = frozenset()
    """What the wording lets leave that stands as agreed to."""
    personal: bool = False
    active: bool = True
    paused: bool = False
    erased: bool = False
    name: int = 0
    states: list[tuple[float, State]] = field(default_factory=list)
    """What was allowed from which moment on."""
    floor: int = 0
    """The state that is known to have reached the target."""

    def state(self, cells: Set[str]) -> State:
        """`cells` are the attributes that the matrix lets leave for the newsletter."""
        if self.erased:
            return ERASED
        if not self.covered or not self.active or self.paused:
            return NOTHING
        known = {"email": self.customer.email} | ({"given_name": f"Name {self.name}"} if self.name else {})
        values: dict[str, object] = {name: known[name] for name in known.keys() & self.covered & cells}
        return values | ({"interests": [LIKES]} if self.personal else {})

    def possible(self, state: State, since: float) -> list[int]:
        """Which of the states this may have been at some time from `since` on."""
        ends = [moment for moment, _state in self.states[1:]] + [float("inf")]
        return [
            number
            for number, ((_begin, known), end) in enumerate(zip(self.states, ends, strict=True))
            if known == state and end >= since
        ]
