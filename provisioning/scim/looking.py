"""Members through a website's eyes: one statement for one of them, for a page, or for whom a handle names.

Written by hand, as it is what every call of a website asks: to have it built anew each time cost five times
what the database needs to answer it.
"""

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.handles import Handles
from accounts.identifiers import Contact
from accounts.models import IdentifierKind, Membership, ProfileValue, Source
from accounts.profiles import strongest
from consent.models import Decision
from provisioning.scim.lens import Answer, Group, Lens
from provisioning.websites import Caller

COLUMNS = [field.attname for field in Membership._meta.concrete_fields]
REPORTED = COLUMNS.index("reported")

SEEN = """
SELECT {columns}, handles, said, answers, segments, is_restricted
FROM provisioning_members_seen(%(brand)s, %(website)s, %(source)s, %(by)s, %(released)s, %(person)s,
  %(keys)s, %(scope)s, %(kind)s, %(normal)s)
""".replace("{columns}", ", ".join(f"(member).{name}" for name in COLUMNS))
BY_KEY: dict[str, Any] = {"scope": None, "kind": None, "normal": None}
BY_HANDLE: dict[str, Any] = {"keys": None}


def look_at(caller: Caller, key: uuid.UUID) -> Lens | None:
    found = _look(caller, BY_KEY | {"keys": [key]})
    return found[0] if found else None


def look_at_all(caller: Caller, keys: Sequence[uuid.UUID]) -> list[Lens]:
    """In the order of the keys; whoever isn't there now is left out."""
    if not keys:
        return []
    found = {lens.membership.pk: lens for lens in _look(caller, BY_KEY | {"keys": list(keys)})}
    return [found[key] for key in keys if key in found]


def look_for(caller: Caller, scope: uuid.UUID, kind: IdentifierKind, normal: str) -> list[Lens]:
    """Whom the brand, or the website, calls so: the oldest member first."""
    found = _look(caller, BY_HANDLE | {"scope": str(scope), "kind": kind.value, "normal": normal})
    return sorted(found, key=lambda lens: (lens.membership.since, lens.membership.pk))


def _look(caller: Caller, which: Mapping[str, Any]) -> list[Lens]:
    voice = caller.said(timezone.now())
    values: dict[str, Any] = {
        "brand": str(caller.brand.pk),
        "website": str(caller.website.pk),
        "source": voice.source.value,
        "by": voice.by,
        "released": _released(caller),
        "person": caller.person,
        **which,
    }
    with connection.cursor() as cursor:
        cursor.execute(SEEN, values)
        return [_lens(caller, row) for row in cursor.fetchall()]


def _lens(caller: Caller, row: Sequence[Any]) -> Lens:
    handles, said, answers, groups, is_restricted = row[len(COLUMNS) :]
    member = Membership.from_db(connection.alias, COLUMNS, row[: len(COLUMNS)])
    member.reported = json.loads(row[REPORTED])
    standing = tuple(_answer(answer) for answer in answers or ())
    voice = caller.said(member.changed_at)
    rows = [_value(member, value) for value in said or ()]
    own = [row for row in rows if (row.source, row.said_by) == (voice.source, voice.by)]
    # While processing is restricted (GDPR, article 18) nothing that others said leaves.
    open_to_it = frozenset() if is_restricted else _may_know(caller, answers or ())
    others = [row for row in rows if row not in own and row.attribute in open_to_it]
    return Lens(
        membership=member,
        changed_at=member.changed_at,
        handles=Handles(tuple(_handle(handle) for handle in handles or ())),
        values=strongest(own),
        known=strongest(others),
        answers=standing,
        groups=tuple(Group(*group) for group in groups or ()),
        reported=() if caller.person else tuple(member.reported.get(str(caller.website.pk), ())),
    )


def _handle(row: Sequence[Any]) -> tuple[str, Contact]:
    scope, kind, *said = row
    return scope, Contact(IdentifierKind(kind), *said)


def _value(member: Membership, row: Sequence[Any]) -> ProfileValue:
    key, attribute, value, source, said_by, said_at, verified_at = row
    return ProfileValue(
        id=uuid.UUID(key),
        account_id=member.account_id,
        attribute=attribute,
        value=value,
        source=Source(source),
        said_by=said_by,
        said_at=_moment(said_at),
        verified_at=_moment(verified_at) if verified_at else None,
    )


def _answer(row: Sequence[Any]) -> Answer:
    key, purpose, decision, version, text_hash, locale, said_at, surface, *_rest = row
    return Answer(
        key, uuid.UUID(purpose), Decision(decision), version, text_hash, locale, _moment(said_at), surface
    )


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def _released(caller: Caller) -> list[str]:
    """What the website may know beside its own words, if the person has agreed to its purpose."""
    purpose = caller.website.purpose
    if purpose is None or purpose.brand_id != caller.brand.pk or caller.person:
        return []
    return sorted(caller.website.attributes)


def _may_know(caller: Caller, answers: Sequence[Sequence[Any]]) -> frozenset[str]:
    """What the wording releases that the person agreed to, while that stands."""
    for _key, purpose, decision, *_proof, expires_at, releases in answers:
        is_its_own = uuid.UUID(purpose) == caller.website.purpose_id
        if is_its_own and decision == Decision.GIVEN and not _is_over(expires_at):
            return frozenset(releases)
    return frozenset()


def _is_over(expires_at: str | None) -> bool:
    return expires_at is not None and _moment(expires_at) <= timezone.now()
