"""What workers do for the sign-in. Messages carry no arguments: the rows say what is due."""

from celery import shared_task
from django.utils import timezone

from auth_flows.sms import sending


@shared_task(name="auth_flows.send_sms")
def send_sms() -> int:
    return sending.send_due(timezone.now())
