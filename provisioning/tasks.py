"""What workers do for provisioning. Messages carry no arguments: the rows say what is due."""

from celery import shared_task

from ciam.lib.outbox import moment
from provisioning import outbox


@shared_task(name="provisioning.sweep")
def sweep() -> int:
    """Any number at once is fine: each takes what no other has taken, and one without work ends at once."""
    return outbox.send_due(moment())
