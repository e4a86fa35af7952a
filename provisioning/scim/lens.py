"""What a website may see: its brand's members, as far as it said it itself or they agreed that it knows.

A narrower read than `accounts.snapshot`, so that what other brands and sources know isn't even fetched.
`looking` reads it.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from accounts.handles import Handles
from accounts.identifiers import Contact
from accounts.models import IdentifierKind, Kind, Membership, MembershipStatus, Realm
from accounts.profiles import Known
from consent.models import ConsentRecord, Decision
from provisioning.websites import Caller


@dataclass(frozen=True)
class Answer:
    """What stands for one of the brand's purposes."""

    purpose: str
    purpose_id: uuid.UUID
    decision: Decision
    version: int
    text_hash: str
    locale: str
    said_at: dt.datetime
    surface: str

    @classmethod
    def of(cls, record: ConsentRecord) -> "Answer":
        return cls(
            purpose=record.purpose.key,
            purpose_id=record.purpose_id,
            decision=Decision(record.decision),
            version=record.version.number,
            text_hash=record.text_hash,
            locale=record.locale,
            said_at=record.said_at,
            surface=record.surface,
        )


@dataclass(frozen=True)
class Group:
    """A segment that the member is in."""

    id: str
    name: str


@dataclass(frozen=True)
class Lens:
    """A member as one website sees them. `values` it said itself; `known` others did, and the person agreed
    that this website may know. `reported` are its own words on consents, in SCIM's JSON; `answers` stand."""

    membership: Membership
    changed_at: dt.datetime
    handles: Handles
    values: Mapping[str, Known] = field(default_factory=dict)
    known: Mapping[str, Known] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    """By purpose; at most one each."""
    groups: tuple[Group, ...] = ()
    reported: tuple[Mapping[str, Any], ...] = ()

    @property
    def kind(self) -> Kind:
        """Full for whoever registered with this brand: what they did elsewhere isn't this brand's to know."""
        return Kind.FULL if self.membership.registered_at else Kind.LITE

    def of_kind(self, kind: IdentifierKind) -> list[Contact]:
        """The main one for being the first is the first."""
        found = [contact for _scope, contact in self.handles.contacts if contact.kind == kind]
        return sorted(found, key=lambda contact: not contact.by_default)


def visible(caller: Caller) -> QuerySet[Membership]:
    """The members that a website's brand has now. Operators are never among them; who is erased is none."""
    members = Membership.objects.filter(brand=caller.brand, account__realm=Realm.CUSTOMER)
    members = members.exclude(status=MembershipStatus.ENDED)
    return members.filter(account=caller.person) if caller.person else members
