"""What workers do for provisioning. Messages carry no arguments: the rows say what is due."""

from celery import shared_task

from ciam.lib.outbox import moment
from provisioning import erasing, outbox, runs


@shared_task(name="provisioning.sweep")
def sweep() -> int:
    """Any number at once is fine: each takes what no other has taken, and one without work ends at once."""
    return outbox.send_due(moment())


@shared_task(name="provisioning.run")
def run() -> int:
    """The same holds for runs."""
    return runs.work(moment())


@shared_task(name="provisioning.look_after")
def look_after() -> None:
    """Hourly: what is to be begun by the clock, and erasures that targets have yet to confirm."""
    runs.start_scheduled(moment())
    erasing.ask_targets(moment())
