"""Histories of people, workers and time, for the outbox.

Workers freeze between any two phases, die, lose their claims, get no answer, or a refusal.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from hypothesis import strategies as st

PEOPLE, WORKERS = 2, 3


class Fate(StrEnum):
    """What becomes of a talk."""

    HEARD = "heard"
    LOST = "the answer is lost"
    REFUSED = "refused before it has an effect"
    LATER = "this person later"
    HUMAN = "this person never"
    LOCKED_OUT = "the credentials are refused"


class Verb(StrEnum):
    SAYS = "says"
    GIVES = "gives"
    WITHDRAWS = "withdraws"
    ENDS = "ends"
    RETURNS = "returns"
    ERASED = "erased"
    OPENS = "agrees to personal offers"
    CLOSES = "withdraws personal offers"
    PAUSES = "has processing restricted"
    RESUMES = "has it no longer restricted"


@dataclass(frozen=True)
class Changes:
    person: int
    verb: Verb


@dataclass(frozen=True)
class Steps:
    """The next phases of a worker. `in_flight`: it was frozen after its last look at the clock."""

    worker: int
    phases: int = 1
    fate: Fate = Fate.HEARD
    in_flight: bool = False


@dataclass(frozen=True)
class Dies:
    worker: int


@dataclass(frozen=True)
class Sweeps:
    """Yet another worker does all that is due."""


@dataclass(frozen=True)
class Passes:
    seconds: int


@dataclass(frozen=True)
class AsksAgain:
    person: int


@dataclass(frozen=True)
class Publishes:
    """A new wording of the newsletter, which is not material; it tells of names or no longer does."""

    names: bool


@dataclass(frozen=True)
class Redraws:
    """An operator takes names out of the matrix, or puts them in, and everybody is sent again."""

    names: bool


Happening = Changes | Steps | Dies | Sweeps | Passes | AsksAgain | Publishes | Redraws

_person, _worker = st.integers(0, PEOPLE - 1), st.integers(0, WORKERS - 1)
_verbs = st.sampled_from([verb for verb in Verb for _weight in range(1 if verb == Verb.ERASED else 3)])
_fates = st.sampled_from([Fate.HEARD] * 4 + list(Fate))
_steps = st.builds(Steps, _worker, st.integers(1, 5), _fates, st.booleans())
_happenings = st.one_of(
    *[st.builds(Changes, _person, _verbs)] * 3,
    *[_steps] * 5,
    *[st.builds(Passes, st.sampled_from([1, 10, 20, 60, 400]))] * 2,
    st.builds(Dies, _worker),
    st.builds(Sweeps),
    st.builds(AsksAgain, _person),
    st.builds(Publishes, st.booleans()),
    st.builds(Redraws, st.booleans()),
)


@st.composite
def _frozen(draw: st.DrawFn) -> list[Happening]:
    """A worker is frozen before it sends, thaws while or after another took over, and both settle."""
    person, (worker, other) = draw(_person), draw(st.permutations(range(WORKERS)))[:2]
    before, after = Changes(person, draw(_verbs)), Changes(person, draw(_verbs))
    taken_over = Steps(other, draw(st.integers(1, 5)))
    meanwhile = [after, *draw(_few), taken_over]
    settling = draw(st.permutations([Steps(worker), Steps(other)]))
    return [before, Steps(worker, 3), Passes(60), *meanwhile, Steps(worker, in_flight=True), *settling]


@st.composite
def _reworded(draw: st.DrawFn) -> list[Happening]:
    """Somebody agrees to another wording, and has something to tell that it may cover or not."""
    person = draw(_person)
    said = [Changes(person, Verb.SAYS), Changes(person, Verb.GIVES)]
    return [Publishes(draw(st.booleans())), *draw(st.permutations(said)), *draw(_few)]


_few = st.lists(st.one_of(st.just(Sweeps()), _steps, _happenings), max_size=3)
_parts = st.one_of(*[_happenings.map(lambda one: [one])] * 4, _frozen(), _reworded())
# As many short ones as long ones: what goes wrong early may be put right by what comes later.
histories = (
    st.integers(1, 15)
    .flatmap(lambda length: st.lists(_parts, min_size=length, max_size=length))
    .map(lambda parts: list(chain.from_iterable(parts)))
)
