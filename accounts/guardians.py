"""A guardian's consent for somebody too young to give their own (GDPR, article 8).

The account begins with its processing restricted: nothing leaves and nothing is used for marketing. A no, and
no answer in two weeks, erases it.
"""

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import events, privacy
from accounts.events import SYSTEM, Change, EventType
from accounts.models import Account, Brand, GuardianConsent
from ciam.lib import mail
from ciam.lib.crypto import new_token, token_hash

ANSWER_WITHIN = dt.timedelta(days=14)


def ask(account: Account, address: str, needed_until: dt.date, brand: Brand, now: dt.datetime) -> None:
    """In the transaction that begins the account."""
    secret = new_token()
    GuardianConsent.objects.create(
        account=account,
        address=address,
        key_hash=token_hash(secret),
        asked_at=now,
        ends_at=now + ANSWER_WITHIN,
        needed_until=needed_until,
    )
    Account.objects.filter(pk=account.pk).update(restricted_at=now)
    events.record([Change(EventType.ACCOUNT_RESTRICTED, account.pk, SYSTEM)], now)
    child = account.identifiers.filter(scope="", kind="email", retired_at=None).first()
    context: mail.Context = {
        "brand": {"name": brand.name, "slug": brand.slug},
        "child": child.value if child else "",
        "link": f"{settings.BASE_URL}{reverse('guardian', args=[secret])}",
        "days": ANSWER_WITHIN.days,
    }
    mail.post("guardian_asked", address, context, until=now + ANSWER_WITHIN, locale=brand.default_locale)


def waiting(account_id: uuid.UUID) -> bool:
    return GuardianConsent.objects.filter(account=account_id, given_at=None).exists()


def behind_link(secret: str, now: dt.datetime) -> GuardianConsent | None:
    """What waits for whoever has this secret."""
    rows = GuardianConsent.objects.filter(key_hash=token_hash(secret), given_at=None, ends_at__gt=now)
    return rows.first()


def give(row: GuardianConsent, now: dt.datetime) -> bool:
    """The guardian agrees. Says whether this was the answer."""
    with transaction.atomic():
        Account.objects.locked([row.account_id])
        if not GuardianConsent.objects.filter(pk=row.pk, given_at=None).update(given_at=now):
            return False
        Account.objects.filter(pk=row.account_id).update(restricted_at=None)
        events.record([Change(EventType.ACCOUNT_UNRESTRICTED, row.account_id, SYSTEM)], now)
    return True


def refuse(row: GuardianConsent, now: dt.datetime) -> bool:
    """The guardian does not: nothing of the child stays. Says whether this was the answer."""
    return _erase(row.account_id, now)


def let_lapse(now: dt.datetime, most: int = 500) -> int:
    """Nobody answered in time. Each in a transaction of its own; returns how many."""
    over = GuardianConsent.objects.filter(given_at=None, ends_at__lte=now).order_by("ends_at")
    return sum(_erase(account_id, now) for account_id in over.values_list("account_id", flat=True)[:most])


def _erase(account_id: uuid.UUID, now: dt.datetime) -> bool:
    with transaction.atomic():
        Account.objects.locked([account_id])
        return waiting(account_id) and bool(privacy.erase([account_id], SYSTEM, now))
