"""What workers do for the foundation. Messages carry no arguments: the rows say what is due."""

from celery import shared_task
from django.utils import timezone

from ciam.lib import mail


@shared_task(name="lib.send_mail")
def send_mail() -> int:
    return mail.send_due(timezone.now())
