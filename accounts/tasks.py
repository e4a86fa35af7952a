"""What workers do for accounts. Messages carry no arguments: the rows say what is due."""

from celery import shared_task

from accounts import retention
from ciam.lib.outbox import moment
from ciam.lib.wake import wake


@shared_task(name="accounts.keep_retention")
def keep_retention() -> None:
    """Hourly, and again at once while there is more to do than one task should."""
    if not retention.keep_round(moment()).is_complete:
        wake("accounts.keep_retention")
