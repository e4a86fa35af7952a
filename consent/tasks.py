"""What workers do for the ledgers."""

from celery import shared_task
from django.utils import timezone

from accounts import events
from ciam.lib.outbox import moment
from ciam.lib.sealing import seal
from ciam.lib.wake import wake
from consent import expiring, ledger


@shared_task(name="consent.seal_ledgers")
def seal_ledgers() -> int:
    """Seal what was written since; returns the number of rows."""
    now = timezone.now()
    return seal(events.CHAIN, now) + seal(ledger.CHAIN, now)


@shared_task(name="consent.expire")
def expire() -> None:
    """Every few minutes, and again at once while there is more to do than one task should."""
    if not expiring.expire_round(moment()).is_complete:
        wake("consent.expire")
