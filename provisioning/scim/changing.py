"""PUT, PATCH and DELETE of a user (RFC 7644, sections 3.5 and 3.6)."""

import datetime as dt
import uuid
from dataclasses import replace as but
from typing import Any

from scim2_models import (
    ForbiddenException,
    NotFoundException,
    PatchOp,
    PreconditionFailedException,
    Resource,
)

from accounts import events, handles
from accounts.events import Change, EventType
from accounts.memberships import set_status
from accounts.models import MembershipStatus, ProfileValue, Source
from accounts.profiles import Known, say, take_back
from provisioning.models import Website
from provisioning.scim.lens import Answer, Lens, visible
from provisioning.scim.looking import look_at
from provisioning.scim.records import forget_external_ids, keep_reported, taken, write_answers
from provisioning.scim.resources import Tree, names_version, plant, tree_of, version_of
from provisioning.scim.schemas import CONSENTS
from provisioning.scim.service import DIALECTS, user_from
from provisioning.scim.told import (
    attributes_of,
    check_allowed,
    consents_of,
    handles_of,
    plain,
    reports_of,
    values_of,
    without_emptied,
    words_of,
)
from provisioning.websites import Caller

HANDLES = ("userName", "emails", "phoneNumbers", "externalId")


def change(
    caller: Caller, key: uuid.UUID, patch: PatchOp[Resource[Any]], if_match: str | None, now: dt.datetime
) -> Tree:
    """The user as it is then. Raises PreconditionFailed where it isn't the version that the website meant."""
    with events.together():
        lens, user = _hold(caller, key, if_match)
        before = plain(user)
        patch.patch(user, DIALECTS)
        after = without_emptied(before, plain(user))
        return tree_of(_Changing(caller, now, before, after).apply(lens))


def replace(
    caller: Caller, key: uuid.UUID, wanted: Resource[Any], if_match: str | None, now: dt.datetime
) -> Tree:
    """The user as it is then. What the website leaves out now it takes back, but for consents."""
    with events.together():
        lens, user = _hold(caller, key, if_match)
        before, after = plain(user), plain(wanted)
        said = consents_of(after)
        named = {entry["purpose"] for entry in said}
        kept = [entry for entry in consents_of(before) if entry["purpose"] not in named]
        if kept:
            plant(after, CONSENTS, [*kept, *said])
        return tree_of(_Changing(caller, now, before, after).apply(lens))


def end(caller: Caller, key: uuid.UUID, if_match: str | None, now: dt.datetime) -> None:
    """End what the person has with the caller's brand; what they have elsewhere stays."""
    with events.together():
        lens, _user = _hold(caller, key, if_match)
        membership = lens.membership
        forget_external_ids(membership)
        websites = Website.objects.filter(brand=caller.brand).values_list("pk", flat=True)
        said = ProfileValue.objects.filter(account=membership.account_id, source=Source.WEBSITE)
        said.filter(said_by__in=[str(website) for website in websites]).delete()
        set_status(membership, MembershipStatus.ENDED, caller.actor, now)


def _hold(caller: Caller, key: uuid.UUID, if_match: str | None) -> tuple[Lens, Resource[Any]]:
    members = visible(caller).filter(pk=key)
    locked = members.select_related("account", "brand").select_for_update(of=("account",)).first()
    # Read after the lock is held: whoever held it may have changed what is seen.
    lens = look_at(caller, key) if locked else None
    if not locked or not lens:
        raise NotFoundException(detail="There is no such user.")
    lens.membership.account, lens.membership.brand = locked.account, locked.brand
    tree = tree_of(lens)
    if if_match is not None and not names_version(if_match, version_of(tree)):
        raise PreconditionFailedException(detail="The user has changed since.")
    return lens, user_from(tree)


class _Changing:
    """One change of a user from `before` to `after`. Each part writes its rows, and gives the lens as it is
    then."""

    def __init__(self, caller: Caller, now: dt.datetime, before: Tree, after: Tree) -> None:
        self.caller = caller
        self.now = now
        self.before = before
        self.after = after
        self.told: list[Change] = []

    def apply(self, lens: Lens) -> Lens:
        parts = (self._consents, self._handles, self._values, self._status)
        seen = lens
        for part in parts:
            seen = part(seen)
        events.record(self.told, self.now)
        return seen if seen is lens else but(seen, changed_at=max(self.now, seen.changed_at))

    def _consents(self, lens: Lens) -> Lens:
        held, said = consents_of(self.before), consents_of(self.after)
        if held == said:
            return lens
        named = {entry["purpose"] for entry in said}
        gone = [entry["purpose"] for entry in held if entry["purpose"] not in named]
        new = [entry for entry in said if entry not in held]
        taken_back = [{"purpose": purpose, "decision": "withdrawn", "at": self.now} for purpose in gone]
        reports = reports_of([*new, *taken_back], self.caller, self.now)
        records = write_answers(lens.membership, reports, self.caller, self.now)
        lens = but(lens, reported=keep_reported(lens.membership, words_of(said), self.caller))
        if not records:
            self._tell(lens, EventType.PROFILE_CHANGED, "consents")
            return lens
        answers = {answer.purpose: answer for answer in lens.answers}
        answers |= {record.purpose.key: Answer.of(record) for record in records}
        return but(lens, answers=tuple(answers.values()))

    def _handles(self, lens: Lens) -> Lens:
        if all(self.before.get(name) == self.after.get(name) for name in HANDLES):
            return lens
        if self.caller.person:
            raise ForbiddenException(detail="userName, emails, phoneNumbers, externalId: the website's.")
        wanted = handles_of(self.after, self.caller)
        try:
            changed = handles.exchange(lens.membership.account, lens.handles, wanted)
        except handles.Taken as error:
            raise taken(error) from None
        if not changed:
            return lens
        followed = handles.follow(lens.membership, lens.handles, wanted, self.now)
        self._tell(lens, EventType.IDENTIFIER_CHANGED, "email" if followed else "handles")
        return but(lens, handles=wanted.after(lens.handles))

    def _values(self, lens: Lens) -> Lens:
        before, after = attributes_of(self.before), attributes_of(self.after)
        new = {name: value for name, value in after.items() if before.get(name) != value}
        gone = set(before) - set(after)
        check_allowed(gone, self.caller)
        said = self.caller.said(self.now)
        kept = values_of(new, self.caller) if new else {}
        held = {name: known.value for name, known in lens.values.items()}
        changed = say(lens.membership.account, kept, said, held)
        if gone:
            take_back(lens.membership.account_id, gone, said)
        if not changed and not gone:
            return lens
        self._tell(lens, EventType.PROFILE_CHANGED, *changed, *gone)
        values = {name: known for name, known in lens.values.items() if name not in gone}
        values |= {name: Known(kept[name], said.source, said.by, said.at) for name in changed}
        return but(lens, values=values)

    def _status(self, lens: Lens) -> Lens:
        # Left out, it stays: a replacement that doesn't speak of it must not resume anybody.
        if self.before["active"] == self.after.get("active", self.before["active"]):
            return lens
        if self.caller.person:
            raise ForbiddenException(detail="active: this is the website's to say.")
        if lens.membership.suspended_by == "operator":
            raise ForbiddenException(detail="active: an operator suspended this and alone resumes it.")
        wanted = MembershipStatus.SUSPENDED if self.before["active"] else MembershipStatus.ACTIVE
        set_status(lens.membership, wanted, self.caller.actor, self.now)
        return but(lens, changed_at=lens.membership.changed_at)

    def _tell(self, lens: Lens, type: EventType, *fields: str) -> None:
        account, brand = lens.membership.account_id, self.caller.brand.pk
        self.told.append(Change(type, account, self.caller.actor, brand, fields))
