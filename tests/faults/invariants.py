"""What must hold after every fault, by the numbers of the matrix."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.load import Person
from tests.faults.targets import Held, Told

AFTER_WITHDRAWAL_S = 60.0


@dataclass
class Differences:
    """Addresses at which the vendors hold something else than the truth, with the vendor."""

    lost: list[str] = field(default_factory=list)
    """I1: nothing is there, or nobody may write to whom agreed."""
    phantom: list[str] = field(default_factory=list)
    """I2: somebody is there whom nobody has made."""
    duplicate: list[str] = field(default_factory=list)
    """I3"""
    stale: list[str] = field(default_factory=list)
    """I4: an older version, or what a withdrawal should have cleared."""

    def __bool__(self) -> bool:
        return any((self.lost, self.phantom, self.duplicate, self.stale))

    def __iadd__(self, other: "Differences") -> "Differences":
        self.lost += other.lost
        self.phantom += other.phantom
        self.duplicate += other.duplicate
        self.stale += other.stale
        return self


def compare(people: Sequence[Person], records: Mapping[str, list[Held]], prefix: str, at: str) -> Differences:
    """`prefix` is that of the addresses of these people: others may be there too."""
    found, known = Differences(), {person.email: person for person in people}
    for person in people:
        there = records.get(person.email, [])
        where = f"{person.email} at {at}"
        if len(there) > 1:
            found.duplicate.append(where)
        elif person.is_in_doubt:
            continue
        elif not there:
            if not person.is_withdrawn:
                found.lost.append(where)
        elif person.is_withdrawn:
            if there[0].name or there[0].may_be_written_to:
                found.stale.append(where)
        elif not there[0].may_be_written_to:
            found.lost.append(where)
        elif there[0].name not in {person.name, *person.maybe}:
            found.stale.append(where)
    strangers = (email for email in records if email.startswith(prefix) and email not in known)
    found.phantom += [f"{email} at {at}" for email in strangers]
    return found


def seconds_after_withdrawal(people: Iterable[Person], told: Iterable[Told]) -> list[float]:
    """I5: for each telling of somebody who had withdrawn, how long after; the vendors share our clock."""
    withdrawn = {person.email: person.withdrawn_at for person in people if person.withdrawn_at}
    late = (one.at.timestamp() - withdrawn[one.email] for one in told if one.email in withdrawn)
    return sorted(seconds for seconds in late if seconds > 0)
