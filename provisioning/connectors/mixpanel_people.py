"""Mixpanel's profiles: set, unset, deleted, and read.

https://developers.mixpanel.com/reference/profile-set
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from accounts.values import Value, as_text
from ciam.lib.crypto import keyed_hash
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors import mixpanel_deletions as deletions
from provisioning.connectors.base import Answer, Done, Erase, Hold, HoldNothing, Push
from provisioning.connectors.mixpanel_project import Project
from provisioning.connectors.mixpanel_visits import VISIT, Ids, Joining, can_be_joined, distinct_id, join
from provisioning.connectors.mixpanel_wire import Application, Ingestion, Row
from provisioning.connectors.wire import Fields
from provisioning.models import Outcome


@dataclass(frozen=True)
class Person:
    """A push, and under which ids Mixpanel knows whom it is about. `visit` may be known there now."""

    push: Push
    ids: Ids
    is_read_there: bool = False
    """Only the profile itself has told of the visits: they must be dealt with before it is changed."""

    @property
    def key(self) -> uuid.UUID:
        return self.push.link_id

    @property
    def values(self) -> Mapping[str, Value]:
        return self.push.wanted.values if isinstance(self.push.wanted, Hold) else {}

    @property
    def visit(self) -> str:
        return str(self.values.get(VISIT, ""))

    @property
    def mark(self) -> str:
        return keyed_hash("joined visit", self.visit) if self.visit else ""

    @property
    def may_have_lost_a_visit(self) -> bool:
        return VISIT in self.push.held and not self.visit and not self.ids.visits

    @property
    def is_paused(self) -> bool:
        return isinstance(self.push.wanted, HoldNothing) and not self.push.wanted.is_withdrawn

    def to_delete(self, project: Project) -> list[str]:
        """The ids whose events may not stay: visits, once nothing allows to know of them; what happened under
        our own id only where the person is erased. Whoever just pauses loses nothing for good."""
        if self.is_paused:
            return []
        visits = [] if self.visit else [distinct_id(project, visit) for visit in self.ids.visits]
        return [self.ids.member, *visits] if isinstance(self.push.wanted, Erase) else visits

    def done(self, task: str) -> Done:
        member, wanted = Ids(self.ids.member), self.push.wanted
        if isinstance(wanted, Hold):
            known = self.ids.with_visit(self.visit) if self.visit else member
            return Done(known.as_text(), frozenset(wanted.values), Outcome.HOLDS, self.mark)
        if isinstance(wanted, Erase):
            return Done(member.as_text(), frozenset(), Outcome.ERASING, task=task)
        if self.is_paused:
            return Done(self.ids.as_text(), frozenset(), Outcome.NOTHING)
        # Known by its id still: what happened under that stays until the person is erased.
        return Done(member.as_text(), frozenset(), Outcome.NOTHING)


class People:
    """The profiles of one project, in one talk."""

    def __init__(
        self, told: Ingestion, asked: Application, project: Project, mapping: Mapping[str, str]
    ) -> None:
        self._told = told
        self._asked = asked
        self._project = project
        self._mapping = mapping

    def push(self, pushes: Sequence[Push]) -> Iterator[tuple[uuid.UUID, Answer]]:
        """Withdrawals and erasures first."""
        ordered = sorted(pushes, key=lambda push: isinstance(push.wanted, Hold))
        people, answers = self._known(ordered)
        ids = {one.key: one.to_delete(self._project) for one in people}
        asked = deletions.ask(self._asked, self._project, {key: some for key, some in ids.items() if some})
        left = [one for one in people if not (one.is_read_there and isinstance(asked.get(one.key), TryLater))]
        tasks = {key: task for key, task in asked.items() if isinstance(task, str)}
        answers.update((key, why) for key, why in asked.items() if not isinstance(why, str))
        answers.update(self._change(left))
        for one in people:
            if not self._is_to_join(one):
                yield one.key, answers.get(one.key) or one.done(tasks.get(one.key, ""))
        joining = [one for one in people if self._is_to_join(one)]
        self._join([one for one in joining if one.key not in answers])
        for one in joining:
            yield one.key, answers.get(one.key) or one.done("")
        yield from ((push.link_id, answers[push.link_id]) for push in pushes if push.link_id not in ids)

    def _known(self, pushes: Sequence[Push]) -> tuple[list[Person], dict[uuid.UUID, Answer]]:
        """Under which ids Mixpanel knows them; answers for those of whom that could not be found out.

        Who was told a visit of which no answer came back has it in the profile alone.
        """
        known = {push.link_id: Person(push, Ids.of(push)) for push in pushes}
        unsure = [one for one in known.values() if one.may_have_lost_a_visit]
        field = self._mapping.get(VISIT)
        if not unsure or field is None:
            return list(known.values()), {}
        try:
            found = self._asked.profiles([one.ids.member for one in unsure], [field])
        except TryLater as later:
            answers: dict[uuid.UUID, Answer] = {one.key: later for one in unsure}
            return [one for one in known.values() if one.key not in answers], answers
        for one in unsure:
            visit = found.get(one.ids.member, Fields(None)).text(field)
            if visit:
                known[one.key] = Person(one.push, one.ids.with_visit(visit), is_read_there=True)
        return list(known.values()), {}

    def _change(self, people: Sequence[Person]) -> dict[uuid.UUID, NeedsHuman]:
        """Bring the profiles to what is wanted; whose is refused."""
        told = [(one.key, row) for one in people for row in self._rows(one)]
        refused = self._told.profiles([row for _key, row in told])
        return {told[place][0]: why for place, why in refused.items()}

    def _rows(self, one: Person) -> Iterator[Row]:
        # With any other address Mixpanel would note where our server stands.
        whose = {"$token": self._project.token, "$distinct_id": one.ids.member, "$ip": "0"}
        if not isinstance(one.push.wanted, Hold):
            yield {**whose, "$delete": "", "$ignore_alias": True}
            return
        said = {self._mapping[name]: value for name, value in one.values.items() if name in self._mapping}
        gone = [self._mapping[name] for name in one.push.held - one.values.keys() if name in self._mapping]
        if said:
            yield {**whose, "$set": said}
        if gone:
            yield {**whose, "$unset": sorted(gone)}

    def _is_to_join(self, one: Person) -> bool:
        is_new = bool(one.visit) and one.mark != one.push.subscription_mark
        return is_new and can_be_joined(self._project, one.visit)

    def _join(self, people: Sequence[Person]) -> None:
        join(
            self._told,
            self._project,
            [
                Joining(one.ids.member, one.visit, one.push.wanted.basis.said_at)
                for one in people
                if isinstance(one.push.wanted, Hold)
            ],
        )

    def held_there(self, pushes: Sequence[Push]) -> Iterator[tuple[uuid.UUID, Mapping[str, str] | None]]:
        found = self._asked.profiles([str(push.member_id) for push in pushes], self._mapping.values())
        for push in pushes:
            profile = found.get(str(push.member_id))
            yield push.link_id, None if profile is None else _texts(profile)


def _texts(profile: Fields) -> dict[str, str]:
    """As `mapping.fields` would have them."""
    return {name: as_text(_value(value)) for name, value in profile.tree.items()}


def _value(value: object) -> Value:
    return [str(one) for one in value] if isinstance(value, list) else str(value)
