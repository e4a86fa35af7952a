"""Retention: of whom nobody has heard for long is warned, and then erased.

What is due is one query each, with the time as a parameter. It is asked again under the lock of the accounts,
so that whoever comes back at the same moment stays, and two workers do no more than one. Every batch commits
on its own: after a kill the next round finds what is left.
"""

import datetime as dt
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import events, keeping, privacy
from accounts.events import SYSTEM, Change, EventType
from accounts.models import (
    Account,
    Identifier,
    IdentifierKind,
    Kind,
    Membership,
    MembershipStatus,
    Status,
)
from ciam.lib import mail
from ciam.lib.mail import Letter

log = logging.getLogger(__name__)

# Then other work of the same worker gets its turn.
BUDGET = 30.0
BATCH = 200
MOST = 10_000

Clock = Callable[[], float]
Due = Callable[[dt.datetime], QuerySet[Account]]
Act = Callable[[Sequence[uuid.UUID], dt.datetime], None]


@dataclass(frozen=True)
class Round:
    """What was done, and whether that was all there was to do."""

    erased: int
    warned: int
    is_complete: bool


def to_warn(now: dt.datetime) -> QuerySet[Account]:
    """Lite accounts that come near the end of their time and have not been told."""
    return _silent_since(now - _days(settings.LITE_RETENTION_DAYS - settings.LITE_WARNING_DAYS)).filter(
        warned_at=None
    )


def to_erase(now: dt.datetime) -> QuerySet[Account]:
    """Those whose time is over, and who had the time that the warning named to answer it."""
    silent = _silent_since(now - _days(settings.LITE_RETENTION_DAYS))
    return silent.filter(warned_at__lte=now - _days(settings.LITE_WARNING_DAYS))


def without_brand(now: dt.datetime) -> QuerySet[Account]:
    """Lite accounts that no brand has any more. Full ones are for their owners to end."""
    live = Membership.objects.filter(account=OuterRef("pk")).exclude(status=MembershipStatus.ENDED)
    return _silent_since(now - _days(settings.MEMBERLESS_DAYS)).filter(~Exists(live))


def _silent_since(moment: dt.datetime) -> QuerySet[Account]:
    # In these words the database recognises the index `lite_by_contact`.
    lite = Account.objects.customers().filter(kind=Kind.LITE, status__in=[Status.ACTIVE, Status.SUSPENDED])
    return lite.filter(contact_at__lte=moment)


def _days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def keep_round(now: dt.datetime, budget: float = BUDGET, clock: Clock = time.monotonic) -> Round:
    """Erase and warn whoever is due at `now`, for at most `budget` seconds. Outside a transaction."""
    ends, done, is_complete = clock() + budget, Counter[Act](), True
    for due, act in RULES:
        ids = list(due(now).order_by("contact_at").values_list("pk", flat=True)[:MOST])
        is_complete = is_complete and len(ids) < MOST
        for batch in _batches(ids):
            if clock() > ends:
                return Round(done[_erase], done[_warn], False)
            try:
                done[act] += _do(due, act, batch, now)
            except DatabaseError as error:
                # A lock that wasn't to be had, say. The others go on, and the next round tries again.
                log.error("retention: %d accounts have to wait (%s)", len(batch), type(error).__name__)
    return Round(done[_erase], done[_warn], is_complete)


def _batches(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _do(due: Due, act: Act, batch: Sequence[uuid.UUID], now: dt.datetime) -> int:
    with transaction.atomic():
        Account.objects.locked(batch)
        # Somebody may have come back since, or another worker been faster.
        still = list(due(now).filter(pk__in=batch).values_list("pk", flat=True))
        if still:
            act(still, now)
    return len(still)


def _erase(ids: Sequence[uuid.UUID], now: dt.datetime) -> None:
    privacy.erase(ids, SYSTEM, now)


def _warn(ids: Sequence[uuid.UUID], now: dt.datetime) -> None:
    Account.objects.filter(pk__in=ids).update(warned_at=now)
    events.record([Change(EventType.ACCOUNT_WARNED, one, SYSTEM) for one in ids], now)
    mail.post_all("retention_warning", _letters(ids, now), until=now + _days(settings.LITE_WARNING_DAYS))


def _letters(ids: Sequence[uuid.UUID], now: dt.datetime) -> list[Letter]:
    """From the brand that has known them longest, of those that can reach them; none where none can."""
    mails = Identifier.objects.filter(
        account__in=ids, kind=IdentifierKind.EMAIL, is_primary=True, retired_at=None, undeliverable_at=None
    )
    addresses = {(row.account_id, row.scope): row.value for row in mails.exclude(scope="")}
    live = Membership.objects.filter(account__in=ids).exclude(status=MembershipStatus.ENDED)
    letters: dict[uuid.UUID, Letter] = {}
    for member in live.select_related("brand").order_by("since", "pk"):
        address = addresses.get((member.account_id, str(member.brand_id)))
        if address and member.account_id not in letters:
            letters[member.account_id] = _letter(member, address, now)
    return list(letters.values())


def _letter(member: Membership, address: str, now: dt.datetime) -> Letter:
    context: mail.Context = {
        "brand": {"name": member.brand.name, "slug": member.brand.slug},
        "days": settings.LITE_WARNING_DAYS,
        "link": keeping.link(member, now),
    }
    return Letter(address, context, member.brand.default_locale)


# Who has nobody left to write to is erased before anybody is warned.
RULES: Sequence[tuple[Due, Act]] = ((to_erase, _erase), (without_brand, _erase), (to_warn, _warn))
