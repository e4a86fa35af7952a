"""Asks people by mail to confirm what was reported of them."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from django.conf import settings

from accounts.identifiers import limit_key
from accounts.models import Identifier
from ciam.lib import mail
from ciam.lib.throttle import Limit, TooMany, hit
from consent.confirmation_links import LIFETIME, address, addresses_of, wording
from consent.models import ConsentRecord

# Counters of their own: whoever has us send these must not use up somebody's codes for signing in.
LIMITS = (
    Limit("confirmation a minute", most=1, seconds=60),
    Limit("confirmation an hour", most=5, seconds=3_600),
    Limit("confirmation a day", most=10, seconds=86_400),
)


def ask(waiting: Iterable[ConsentRecord], now: dt.datetime) -> None:
    """One mail for each person and brand, whatever the number of purposes; none past the limits, and none to
    whoever has had the use of their data paused (GDPR, article 18).

    In the caller's transaction: no pending answer without its mail, and no mail without its answer.
    """
    asked: dict[tuple[uuid.UUID, uuid.UUID], list[ConsentRecord]] = {}
    for record in waiting:
        asked.setdefault((record.account_id, record.version.purpose.brand_id), []).append(record)
    reached = [(box, records) for key, records in asked.items() if (box := _mailbox(*key))]
    # Each of the counters stays locked until the transaction ends: everybody takes them in one order.
    for box, records in sorted(reached, key=lambda pair: limit_key(pair[0].normal)):
        if _may_mail(box, now):
            _mail(box, records, now)


def _mailbox(account_id: uuid.UUID, brand_id: uuid.UUID) -> Identifier | None:
    """Where the brand knows to reach this person, or else their own address; of the restricted none."""
    primary = addresses_of(account_id, brand_id).filter(is_primary=True, account__restricted_at=None)
    primary = primary.filter(undeliverable_at=None)
    return max(primary, key=lambda row: row.scope, default=None)


def _may_mail(box: Identifier, now: dt.datetime) -> bool:
    """Counted within the transaction, unlike tries at a secret: what is rolled back has sent no mail."""
    try:
        for limit in LIMITS:
            hit(limit, limit_key(box.normal), now)
    except TooMany:
        return False
    return True


def _mail(box: Identifier, records: Sequence[ConsentRecord], now: dt.datetime) -> None:
    brand = records[0].version.purpose.brand
    wordings = [wording(record) for record in records]
    context: mail.Context = {
        "brand": {"name": brand.name, "slug": brand.slug},
        "titles": ", ".join(title for _locale, title, _text in wordings),
        "days": LIFETIME.days,
        "link": f"{settings.BASE_URL}{address(records, box.normal, now)}",
    }
    mail.post("confirm_consent", box.value, context, until=now + LIFETIME, locale=wordings[0][0])
