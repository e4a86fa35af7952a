"""The worker's application. `python -m celery -A ciam.celery worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ciam.settings")

app = Celery("ciam")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
