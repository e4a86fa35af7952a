"""What workers do for the ledgers."""

from celery import shared_task
from django.utils import timezone

from accounts import events
from ciam.lib.sealing import seal
from consent import ledger


@shared_task(name="consent.seal_ledgers")
def seal_ledgers() -> int:
    """Seal what was written since; returns the number of rows."""
    now = timezone.now()
    return seal(events.CHAIN, now) + seal(ledger.CHAIN, now)
