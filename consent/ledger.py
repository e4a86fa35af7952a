"""The consent ledger: give, withdraw, and what stands.

Records are only added. For an account and a purpose they form a line (each follows its parent), and the last
one is what stands. The account's row is locked first, so that a line never forks.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts import events
from accounts.events import Actor, Change, EventType
from accounts.models import Account, Brand
from ciam.lib.rows import insert
from ciam.lib.sealing import Chain, row_digest
from consent.models import ConsentRecord, Decision, LawfulBasis, Method, Purpose, PurposeVersion

OBJECTIONS = frozenset({Decision.WITHDRAWN, Decision.REFUSED, Decision.PENDING})
"""With these as the last answer a legitimate interest allows nothing."""


@dataclass(frozen=True)
class Shown:
    """What the person saw and where: the proof of an answer."""

    version: PurposeVersion
    text_hash: str
    locale: str
    surface: str


@dataclass(frozen=True)
class Given:
    """An answer, ready to be written down. All of them at once, so that bulk work stays set-based."""

    account_id: uuid.UUID
    shown: Shown
    decision: Decision
    method: Method
    actor: Actor
    said_at: dt.datetime
    address_hash: str = ""
    agent_hash: str = ""


def write(answers: Sequence[Given], now: dt.datetime, *, of_new: bool = False) -> list[ConsentRecord]:
    """Add records and tell it as events.

    An answer equal to the one that stands adds nothing; nor does a reported one that is older or unproven.
    `of_new`: their memberships were made by this transaction, so that nothing stands yet.
    """
    with transaction.atomic(savepoint=False):
        stands = {} if of_new else _standing(answers)
        records: list[ConsentRecord] = []
        for answer in answers:
            line = (answer.account_id, answer.shown.version.purpose_id)
            parent = stands.get(line)
            if parent is not None and (_same(parent, answer) or _yields(parent, answer)):
                continue
            records.append(_record(answer, parent, now))
            stands[line] = records[-1]
        if not of_new:
            insert(records)
        events.record([_told(record) for record in records], now, rows=records if of_new else ())
    return records


def _standing(answers: Sequence[Given]) -> dict[tuple[uuid.UUID, uuid.UUID], ConsentRecord]:
    """The ends of the lines, which nobody else can add to until this transaction ends."""
    Account.objects.locked(answer.account_id for answer in answers)
    return _last_lines({a.account_id for a in answers}, {a.shown.version.purpose_id for a in answers})


def _same(stands: ConsentRecord, answer: Given) -> bool:
    """Whether it adds nothing: the same answer to the same wording, that holds no longer than before."""
    if (stands.decision, stands.version_id) != (answer.decision, answer.shown.version.pk):
        return False
    until = _expiry(answer, None)
    return until is None or stands.expires_at is None or until <= stands.expires_at


def _yields(stands: ConsentRecord, answer: Given) -> bool:
    """What a website or an import reports never undoes a later answer, nor a proven one without proof, nor
    one that was given by one that is yet to be confirmed: anybody could report that."""
    if answer.method == Method.CLICK:
        return False
    unproven = answer.decision == Decision.UNPROVEN and stands.decision != Decision.UNPROVEN
    unconfirmed = answer.decision == Decision.PENDING and stands.decision == Decision.GIVEN
    # What has expired was said at the time that its record repeats: to report that again revives nothing.
    told_before = stands.decision == Decision.EXPIRED and answer.said_at == stands.said_at
    return unproven or unconfirmed or told_before or answer.said_at < stands.said_at


def _record(answer: Given, parent: ConsentRecord | None, now: dt.datetime) -> ConsentRecord:
    return ConsentRecord(
        account_id=answer.account_id,
        version=answer.shown.version,
        purpose=answer.shown.version.purpose,
        decision=answer.decision,
        text_hash=answer.shown.text_hash,
        locale=answer.shown.locale,
        surface=answer.shown.surface,
        method=answer.method,
        actor_kind=answer.actor.kind,
        actor_id=answer.actor.id,
        said_at=answer.said_at,
        at=now,
        address_hash=answer.address_hash,
        agent_hash=answer.agent_hash,
        parent_id=parent.pk if parent else None,
        lawful_basis=answer.shown.version.purpose.lawful_basis,
        expires_at=_expiry(answer, parent),
    )


def _expiry(answer: Given, parent: ConsentRecord | None) -> dt.datetime | None:
    """Until when an agreement holds; of an expired one, until when it held."""
    if answer.decision == Decision.EXPIRED:
        return parent.expires_at if parent else None
    days = answer.shown.version.purpose.valid_days
    if answer.decision != Decision.GIVEN or days is None:
        return None
    return answer.said_at + dt.timedelta(days=days)


def _told(record: ConsentRecord) -> Change:
    purpose = record.version.purpose
    return Change(
        EventType.CONSENT_CHANGED,
        record.account_id,
        Actor(record.actor_kind, record.actor_id),
        purpose.brand_id,
        (f"consent.{purpose.key}",),
    )


def _last_lines(
    accounts: Iterable[uuid.UUID], purposes: Iterable[uuid.UUID], until: dt.datetime | None = None
) -> dict[tuple[uuid.UUID, uuid.UUID], ConsentRecord]:
    rows = ConsentRecord.objects.filter(account__in=list(accounts), purpose__in=list(purposes))
    if until is not None:
        rows = rows.filter(at__lte=until)
    last = rows.order_by("account_id", "purpose_id", "-at", "-id").distinct("account_id", "purpose_id")
    return {(row.account_id, row.purpose_id): row for row in last.select_related("version")}


def current(
    account_ids: Iterable[uuid.UUID], purposes: Iterable[Purpose]
) -> dict[tuple[uuid.UUID, uuid.UUID], ConsentRecord]:
    """What stands, by (account id, purpose id). One query."""
    return _last_lines(account_ids, [purpose.pk for purpose in purposes])


def as_of(account_id: uuid.UUID, purpose: Purpose, moment: dt.datetime) -> ConsentRecord | None:
    """What stood at a past moment."""
    return _last_lines([account_id], [purpose.pk], moment).get((account_id, purpose.pk))


def is_given(record: ConsentRecord | None, now: dt.datetime) -> bool:
    """Only a consent that was given and has not expired counts: neither a pending nor an unproven one."""
    if record is None or record.decision != Decision.GIVEN:
        return False
    return record.expires_at is None or record.expires_at > now


@dataclass(frozen=True)
class Standing:
    """How a person stands to a purpose at one moment. `record` is their last answer, None if there is none;
    `version` is the wording that it was to, else the latest one."""

    purpose: Purpose
    version: PurposeVersion | None
    record: ConsentRecord | None
    allows: bool
    since: dt.datetime | None = None

    @property
    def releases(self) -> frozenset[str]:
        """The attributes that may leave for it: as the wording says that the person agreed to."""
        return frozenset(self.version.releases) if self.allows and self.version else frozenset()


Line = tuple[uuid.UUID, uuid.UUID]
"""(account id, purpose id)."""


def standings(
    account_ids: Iterable[uuid.UUID], purposes: Iterable[Purpose], now: dt.datetime
) -> dict[Line, Standing]:
    """How each person stands to each purpose. Two queries, one of which only where one needs no agreement."""
    accounts, asked = list(account_ids), list(purposes)
    stands = current(accounts, asked)
    unasked = [p.pk for p in asked if p.lawful_basis == LawfulBasis.LEGITIMATE_INTEREST]
    latest = {version.purpose_id: version for version in _latest(unasked)} if unasked else {}
    return {
        (account, purpose.pk): standing(
            purpose, stands.get((account, purpose.pk)), latest.get(purpose.pk), now
        )
        for account in accounts
        for purpose in asked
    }


def standing(
    purpose: Purpose, record: ConsentRecord | None, latest: PurposeVersion | None, now: dt.datetime
) -> Standing:
    """Consents and contracts must have been agreed to; to a legitimate interest one can object."""
    version = record.version if record else latest
    since = record.said_at if record else latest.published_at if latest else None
    if purpose.lawful_basis != LawfulBasis.LEGITIMATE_INTEREST:
        return Standing(purpose, version, record, is_given(record, now), since)
    # A yes that waits for its mailbox may follow an objection, and anybody may have said it.
    objected = record is not None and record.decision in OBJECTIONS
    return Standing(purpose, version, record, version is not None and not objected, since)


def latest_versions(brand: Brand) -> list[PurposeVersion]:
    """The version of each purpose of a brand that is shown now."""
    return sorted(
        _latest(Purpose.objects.filter(brand=brand).values("pk")),
        key=lambda version: (not version.purpose.required, version.purpose.key),
    )


def _latest(purposes: Any) -> QuerySet[PurposeVersion]:
    rows = PurposeVersion.objects.filter(purpose__in=purposes).select_related("purpose__brand")
    return rows.order_by("purpose_id", "-number").distinct("purpose_id")


def due(account_id: uuid.UUID | None, brand: Brand) -> list[PurposeVersion]:
    """The versions to show to this person: never answered, or a material one has come since."""
    versions = latest_versions(brand)
    if account_id is None:
        return versions
    stands = current([account_id], [version.purpose for version in versions])
    return [v for v in versions if _is_due(v, stands.get((account_id, v.purpose_id)))]


def _is_due(version: PurposeVersion, stands: ConsentRecord | None) -> bool:
    if stands is None or stands.decision in {Decision.PENDING, Decision.UNPROVEN, Decision.EXPIRED}:
        return True
    if version.purpose.required and stands.decision != Decision.GIVEN:
        return True
    return PurposeVersion.objects.filter(
        purpose=version.purpose_id, number__gt=stands.version.number, material=True
    ).exists()


def digest(record: ConsentRecord) -> str:
    return row_digest(
        record.pk,
        record.account_id,
        record.version_id,
        record.purpose_id,
        record.decision,
        record.text_hash,
        record.locale,
        record.surface,
        record.method,
        record.actor_kind,
        record.actor_id,
        record.said_at.astimezone(dt.UTC).isoformat(),
        record.at.astimezone(dt.UTC).isoformat(),
        record.address_hash,
        record.agent_hash,
        record.parent_id,
        *_said_since(record),
    )


def _said_since(record: ConsentRecord) -> list[object]:
    """Columns that records of the first release didn't have: their digests stay as they were sealed."""
    if not record.lawful_basis and record.expires_at is None:
        return []
    expiry = record.expires_at.astimezone(dt.UTC).isoformat() if record.expires_at else ""
    return [record.lawful_basis, expiry]


CHAIN = Chain("consents", ConsentRecord, digest)
