"""Bringing people at a SCIM service to what is wanted: who is there, what changes, what came of it."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from accounts.values import Value, as_text
from ciam.lib.outbox import NeedsHuman, TryLater
from provisioning.connectors.base import Answer, Done, Erase, Gone, Hold, HoldNothing, Push
from provisioning.connectors.scim_changes import Change
from provisioning.connectors.scim_paths import Place
from provisioning.connectors.scim_users import (
    EXTERNAL_ID,
    USER_NAME,
    Result,
    Users,
    Write,
    place_of_user,
    version_of,
)
from provisioning.connectors.scim_wire import Abilities
from provisioning.connectors.wire import Fields, name_only
from provisioning.mapping import EMAIL
from provisioning.models import Outcome

NOTHING = Done("", frozenset(), Outcome.NOTHING)
LONGEST_ID = 200
BUSY = {408, 423, 425, 429}
IS_GONE = {404, 410}


@dataclass(frozen=True)
class Terms:
    """What the connector's settings and mapping say. `system` is what an operator calls the service."""

    system: str
    match: str
    deletes: bool
    places: Mapping[str, Place]
    """By attribute."""


@dataclass(frozen=True)
class _Doing:
    """One person, the write that is to be made, and of what it is made. `key` is empty for who is new."""

    push: Push
    key: str
    write: Write
    change: Change | None = None


class Sync:
    """One talk with one service."""

    def __init__(self, users: Users, abilities: Abilities, terms: Terms) -> None:
        self._users = users
        self._abilities = abilities
        self._terms = terms

    def push(self, pushes: Sequence[Push]) -> Iterator[tuple[uuid.UUID, Answer]]:
        """Erasures and withdrawals first, then who is there, then who is new: a userName is free before
        somebody else gets it."""
        found = self.find([push for push in pushes if not push.remote_id or isinstance(push.wanted, Erase)])
        doing: list[_Doing] = []
        for push in sorted(pushes, key=_turn):
            prepared = self._prepare(push, found.get(push.link_id, []))
            if isinstance(prepared, _Doing):
                doing.append(prepared)
            else:
                yield push.link_id, prepared
        results = self._users.perform([one.write for one in doing])
        for one, result in zip(doing, results, strict=True):
            yield one.push.link_id, self._finish(one, result)

    def find(self, pushes: Sequence[Push]) -> dict[uuid.UUID, list[Fields]]:
        """Who is there under our id, by link id; for a service that can't be asked for it, under the name."""
        by_name = self._terms.match == USER_NAME
        names = {push.link_id: self._user_name(push) if by_name else str(push.member_id) for push in pushes}
        found = self._users.find(self._terms.match, names.values())
        return {key: found[name] for key, name in names.items()}

    def held_there(self, pushes: Sequence[Push]) -> Iterator[tuple[uuid.UUID, Fields | None]]:
        """The user of each, None for whom it lacks."""
        found = self.find(pushes) if self._terms.match == EXTERNAL_ID else {}
        for push in pushes:
            named = found.get(push.link_id, [])
            user = next((one for one in named if one.text("id") == push.remote_id), None)
            if user is None and push.remote_id:
                user = self._users.get(push.remote_id)
            yield push.link_id, user or (named[0] if named else None)

    def _prepare(self, push: Push, found: Sequence[Fields]) -> _Doing | Answer:
        """What is to be done for one person, or the answer where that is nothing."""
        if isinstance(push.wanted, Erase):
            return self._erase(push, found)
        if len(found) > 1:
            return self._twice(*(one.text("id") for one in found))
        user = found[0] if found else None
        if user is not None and not self._may_take(push, user):
            return self._taken(user)
        key = push.remote_id or (user.text("id") if user else "")
        if isinstance(push.wanted, Hold):
            change = self._change(push, push.wanted)
            if not key:
                return _Doing(push, "", Write("POST", "/Users", change.new()), change)
            return self._update(push, key, change, user)
        if not key:
            return self._not_found()
        if self._terms.deletes:
            return _deletion(push, key)
        return self._update(push, key, self._cleared(push), user)

    def _erase(self, push: Push, found: Sequence[Fields]) -> _Doing | Answer:
        """The user that we stored, and any that has our id although its answer never reached us."""
        ours = {one.text("id") for one in found if one.text(EXTERNAL_ID) == str(push.member_id)}
        first, *others = sorted({push.remote_id, *ours} - {""}) or [""]
        for key in others:
            answer = self._deleted(push, key, self._users.perform_one(_deletion(push, key).write))
            if not isinstance(answer, Done):
                return answer
        return _deletion(push, first) if first else self._not_found()

    def _not_found(self) -> Answer:
        """Nobody is there under our id; where only names can be asked for, that says nothing."""
        if self._terms.match == EXTERNAL_ID:
            return NOTHING
        return NeedsHuman(f"{self._terms.system} never said whether it made this user: look for them there.")

    def _update(self, push: Push, key: str, change: Change, user: Fields | None) -> _Doing | Answer:
        if user is None and not self._abilities.patch:
            user = self._users.get(key)
            if user is None:
                return self._is_gone(push)
        version = version_of(user) if user else ""
        if self._abilities.patch:
            write = Write("PATCH", place_of_user(key), change.patch(user.tree if user else None), version)
        else:
            assert user is not None
            write = Write("PUT", place_of_user(key), change.whole(user.tree), version)
        return _Doing(push, key, write, change)

    def _change(self, push: Push, hold: Hold) -> Change:
        places = self._terms.places
        gone = push.held - hold.values.keys()
        return Change(
            user_name=self._user_name(push),
            external_id=str(push.member_id),
            active=True,
            values={
                places[name]: self._said(places[name], value)
                for name, value in hold.values.items()
                if name in places
            },
            cleared=tuple(places[name] for name in sorted(gone) if name in places),
        )

    def _cleared(self, push: Push) -> Change:
        """The userName may be an address, so it goes as well."""
        our_id, places = str(push.member_id), self._terms.places
        gone = tuple(places[name] for name in sorted(push.held) if name in places)
        return Change(our_id, our_id, active=False, cleared=gone)

    def _said(self, place: Place, value: Value) -> object:
        if not self._abilities.is_many(place):
            return as_text(value)
        return value if isinstance(value, list) else [value]

    def _user_name(self, push: Push) -> str:
        address = push.wanted.values.get(EMAIL) if isinstance(push.wanted, Hold) else None
        return as_text(address) if address else str(push.member_id)

    def _may_take(self, push: Push, user: Fields) -> bool:
        """Not one of another system, or of another customer."""
        return user.text(EXTERNAL_ID) in {"", str(push.member_id)}

    def _finish(self, one: _Doing, result: Result | None) -> Answer:
        if result is None:
            return TryLater(f"{self._terms.system} said nothing of this person.")
        if one.write.method == "DELETE":
            return self._deleted(one.push, one.key, result)
        if result.status in IS_GONE and one.key:
            return self._is_gone(one.push)
        if result.status == 409:
            return self._conflict(one)
        if result.scim_type == "noTarget" and one.write.method == "PATCH":
            user = self._users.get(one.key)
            return self._once_more(one, user) if user else self._is_gone(one.push)
        return self._done(one, result)

    def _deleted(self, push: Push, key: str, result: Result) -> Answer:
        if result.is_refused and result.status not in IS_GONE:
            return self._refused(result)
        if isinstance(push.wanted, Erase):
            return Done(push.remote_id or key, frozenset(), Outcome.ERASED)
        return NOTHING

    def _done(self, one: _Doing, result: Result) -> Answer:
        if result.is_refused:
            return self._refused(result)
        key = one.key or result.id
        if not key:
            return TryLater(f"{self._terms.system} made a user and did not say under which id.")
        if len(key) > LONGEST_ID:
            return NeedsHuman(f"{self._terms.system} gave this person an id that is too long to be kept.")
        if isinstance(one.push.wanted, Hold):
            return Done(
                key, frozenset(one.push.wanted.values.keys() & self._terms.places.keys()), Outcome.HOLDS
            )
        return Done(key, frozenset(), Outcome.SUPPRESSED)

    def _once_more(self, one: _Doing, user: Fields) -> Answer:
        """Now that we know what the service has."""
        assert one.change is not None
        again = self._update(one.push, user.text("id"), one.change, user)
        if not isinstance(again, _Doing):
            return again
        return self._done(again, self._users.perform_one(again.write))

    def _conflict(self, one: _Doing) -> Answer:
        """Somebody there has this userName. Who is new here is perhaps there already, made by hand."""
        assert one.change is not None
        named = self._users.find(USER_NAME, [one.change.user_name])[one.change.user_name]
        others = [user for user in named if user.text("id") != one.key]
        if not others:
            return TryLater(f"{self._terms.system} says that another user has this name, address or id.")
        if one.key:
            if others[0].text(EXTERNAL_ID):
                # Two customers may be swapping an address: the other one's turn comes too.
                return TryLater(f"Another user at {self._terms.system} has this userName.")
            return self._twice(one.key, others[0].text("id"))
        if not self._may_take(one.push, others[0]):
            return self._taken(others[0])
        return self._once_more(one, others[0])

    def _twice(self, *keys: str) -> NeedsHuman:
        named = " and ".join(sorted(name_only(key) or "another" for key in keys))
        return NeedsHuman(f"This person is at {self._terms.system} more than once: keep one of {named}.")

    def _taken(self, user: Fields) -> NeedsHuman:
        key = name_only(user.text("id")) or "found"
        return NeedsHuman(
            f"The user {key} at {self._terms.system} has this name and another externalId: correct one."
        )

    def _is_gone(self, push: Push) -> Answer:
        if not isinstance(push.wanted, Hold):
            return NOTHING
        return Gone(f"The user is no longer at {self._terms.system}.")

    def _refused(self, result: Result) -> Answer:
        system = self._terms.system
        if result.status == 412:
            return TryLater(f"The user has changed at {system} meanwhile.")
        if result.status in BUSY or result.status >= 500:
            return TryLater(f"{system} answered {result.status} for this person.")
        if result.status == 405:
            return NeedsHuman(f"{system} does not let users be changed so: see the connector's settings.")
        reason = result.scim_type or str(result.status)
        return NeedsHuman(
            f"{system} does not accept this person ({reason}): correct the value or the mapping, "
            "then send again."
        )


def _turn(push: Push) -> int:
    match push.wanted:
        case Erase():
            return 0
        case HoldNothing():
            return 1
    return 2 if push.remote_id else 3


def _deletion(push: Push, key: str) -> _Doing:
    return _Doing(push, key, Write("DELETE", place_of_user(key)))
